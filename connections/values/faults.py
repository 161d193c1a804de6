"""What a fault is, short ways to write one, and faults that several providers have."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from connections.values.outcomes import Outcome

Text = str | Promise


@dataclass(frozen=True, kw_only=True)
class Fault:
    """The explanation of a failure, for the end user and for the operator."""

    outcome: Outcome
    cause: Text
    remedy: Text
    # Shown to the end user in place of the outcome's general message.
    user_message: Text = ""


BEGIN_AGAIN = _("No action needed. The user can start the sign-in again.")
NOTHING_TO_DO = _("No action needed.")
RELOADED = _("Make sure that users do not reload the page while they sign in.")
COPY_CALLBACK = _("Copy the callback URL from this page into the app's settings at the provider.")
WAITS_FOR_ADMINISTRATOR = _(
    "This sign-in was stopped for your security. Signing in again will not help. Sign in another "
    "way, or contact the site's owner."
)
ASK_PROVIDER = _("Usually temporary. If it continues, check the provider's status page.")


def misconfigured(cause: Text, remedy: Text) -> Fault:
    """Return a fault that an administrator can correct."""
    return Fault(outcome=Outcome.CONFIG, cause=cause, remedy=remedy)


def try_again(cause: Text, remedy: Text = BEGIN_AGAIN) -> Fault:
    """Return a fault that another attempt may not have."""
    return Fault(outcome=Outcome.RETRY, cause=cause, remedy=remedy)


def unavailable(cause: Text, remedy: Text = ASK_PROVIDER) -> Fault:
    """Return a fault of the provider that passes."""
    return Fault(outcome=Outcome.TEMPORARY, cause=cause, remedy=remedy)


def not_allowed(cause: Text, user_message: Text, remedy: Text = NOTHING_TO_DO) -> Fault:
    """Return a fault of a person who may not sign in, with the sentence for that person."""
    return Fault(outcome=Outcome.POLICY, cause=cause, remedy=remedy, user_message=user_message)


def rejected(cause: Text, remedy: Text, user_message: Text = "") -> Fault:
    """Return a fault of an answer that must not be trusted, which another sign-in may not have."""
    return Fault(outcome=Outcome.REJECT, cause=cause, remedy=remedy, user_message=user_message)


def always_rejected(cause: Text, remedy: Text) -> Fault:
    """Return a fault of answers that are not trusted until an administrator changes something."""
    return Fault(
        outcome=Outcome.REJECT, cause=cause, remedy=remedy, user_message=WAITS_FOR_ADMINISTRATOR
    )


WRONG_CALLBACK = misconfigured(
    _("The callback URL is not registered for the app at the provider."), COPY_CALLBACK
)
WRONG_CODE = try_again(
    _("The authorization code was wrong, expired, or issued to another app."), RELOADED
)
CODE_REFUSED = try_again(
    _("The provider did not accept the authorization code. It was already used or had expired."),
    RELOADED,
)
USED_CODE = try_again(_("The authorization code was already used."), RELOADED)
EXPIRED_CODE = try_again(
    _("The authorization code had expired."),
    _("No action needed. The user took too long and can start the sign-in again."),
)
REFUSED_TOKEN = try_again(
    _("The provider rejected the access token that it had just issued."), ASK_PROVIDER
)
EXPIRED_TOKEN = try_again(_("The access token expired before the profile could be read."))
ACCOUNT_GONE = always_rejected(_("The user's account no longer exists."), NOTHING_TO_DO)
