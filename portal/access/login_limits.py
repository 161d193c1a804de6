"""Limits on guessing an operator's password or code that strangers cannot use to lock out owners.

Attempts are counted per client address and account, so other addresses do not use up the owner's
attempts. A higher limit per account protects against guesses from many addresses. A known browser
and a signed-in person have their own limits instead.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest

from core.limits import rate as limits
from core.limits.rate import Allowance, RateLimited
from portal.access import known_browsers
from projects.models import User

# For one address and account, one known browser, or one signed-in person.
ATTEMPTS, ATTEMPTS_SECONDS = 5, 15 * 60
# For one address, whatever the accounts.
ADDRESS_ATTEMPTS, ADDRESS_SECONDS = 10, 60
ACCOUNT_SECONDS = 3600


@dataclass(frozen=True)
class LimitKind:
    """A kind of attempt, with the hourly limit per account from all addresses."""

    name: str
    per_account: int
    # Whether there is also a limit per address over all accounts.
    per_address: bool = False


# One address has 20 attempts an hour, so a few of them do not reach the limit of an account.
PASSWORD = LimitKind("password", 100, per_address=True)
# Of a million codes three are right at any time.
CODE = LimitKind("code", 30)
# Each sends an email to the owner of the account.
RESET = LimitKind("reset", 20)


class AccountRateLimited(RateLimited):
    """Too many attempts for the account from all unknown browsers."""


def take_login_attempt(
    request: HttpRequest, kind: LimitKind, *, account: str, person: User | None = None
) -> Sequence[Allowance]:
    """Take an attempt and return what was taken, for `give_back`.

    `account` is the email address as it was typed. `person` is given where it is known whose
    account it is, because of a session. Raises RateLimited.
    """
    account = fold_email(account)
    trusted = trusted_allowance(request, kind, account, person)
    allowances = [trusted] if trusted else untrusted_allowances(request, kind, account)
    taken: list[Allowance] = []
    for allowance in allowances:
        try:
            limits.take_attempt(allowance)
        except RateLimited as refusal:
            return_login_attempts(taken)
            if allowance == account_allowance(kind, account):
                raise AccountRateLimited(refusal.seconds) from None
            raise
        taken.append(allowance)
    return taken


def return_login_attempts(taken: Sequence[Allowance]) -> None:
    """Return the attempts after a correct password or code."""
    for allowance in taken:
        limits.return_attempt(allowance)


def reset_login_attempts(request: HttpRequest, kind: LimitKind, *, account: str) -> None:
    """Reset the attempts at an account after its owner has been verified in another way."""
    limits.reset_attempts(address_allowance(request, kind, fold_email(account)))
    limits.reset_attempts(account_allowance(kind, fold_email(account)))


def trusted_allowance(
    request: HttpRequest, kind: LimitKind, account: str, person: User | None
) -> Allowance | None:
    """Return the allowance of a known browser or signed-in person, or None."""
    if person is not None and request.user == person:
        return attempt_allowance(kind, "session", person.pk)
    browser = known_browsers.find_known_browser(request)
    if browser is not None and fold_email(browser.person.email) == account:
        return attempt_allowance(kind, "browser", browser.id)
    return None


def untrusted_allowances(request: HttpRequest, kind: LimitKind, account: str) -> list[Allowance]:
    """Return the allowances of an unknown browser, the one for the account last.

    An address that has reached its own limit does not use up the account's.
    """
    found = [address_allowance(request, kind, account), account_allowance(kind, account)]
    if kind.per_address:
        found.insert(
            0,
            limits.make_allowance(
                kind.name,
                "address",
                limits.client_ip(request),
                amount=ADDRESS_ATTEMPTS,
                seconds=ADDRESS_SECONDS,
            ),
        )
    return found


def address_allowance(request: HttpRequest, kind: LimitKind, account: str) -> Allowance:
    """Return the allowance of one address for one account."""
    return attempt_allowance(kind, "address and account", limits.client_ip(request), account)


def account_allowance(kind: LimitKind, account: str) -> Allowance:
    """Return the allowance of all addresses together for one account."""
    return limits.make_allowance(
        kind.name, "account", account, amount=kind.per_account, seconds=ACCOUNT_SECONDS
    )


def attempt_allowance(kind: LimitKind, *whose: object) -> Allowance:
    return limits.make_allowance(kind.name, *whose, amount=ATTEMPTS, seconds=ATTEMPTS_SECONDS)


def fold_email(email: str) -> str:
    """Return one spelling for all addresses that the database may treat as equal.

    It compares upper case, in which different letters can be equal: a long s is an S.
    """
    return unicodedata.normalize("NFKC", email[:320]).casefold()
