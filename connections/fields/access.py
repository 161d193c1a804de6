"""The fields that decide who may sign in by a connection."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import idna
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from connections.fields.field import Check, Field, Kind, Section, Shape, Text
from core.text import join_names

PEOPLE = "access_people"
DOMAINS = "access_email_domains"
TENANTS = "access_tenants"
ORGANIZATIONS = "access_organizations"

# The value of `access_people` other than "".
EXISTING = "existing"

MOST_ENTRIES = 50
LONGEST_ENTRY = 253
LONGEST_LIST = 5000
# Of a claim with many values. Those behind are not read.
MOST_VALUES = 1000
LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# The last label begins with a letter; otherwise it would be an IP address.
DOMAIN = re.compile(rf"(?:{LABEL}\.)+(?=[a-z]){LABEL}")
# Where anybody can get an address.
PUBLIC_DOMAINS = frozenset(
    (
        "126.com",
        "163.com",
        "foxmail.com",
        "gmail.com",
        "gmx.de",
        "hotmail.com",
        "icloud.com",
        "live.com",
        "mail.ru",
        "naver.com",
        "outlook.com",
        "proton.me",
        "qq.com",
        "sina.com",
        "web.de",
        "yahoo.com",
        "yandex.ru",
        "yeah.net",
    )
)


@dataclass(frozen=True, kw_only=True)
class Membership:
    """A claim that says to which tenant, or to which organizations, a user belongs."""

    # The name in the provider's data about the user.
    claim: str
    label: Text
    help: Text
    # Requested in addition if a connection has such a rule.
    scope: str = ""
    # What every value looks like.
    shape: Shape | None = None
    ignores_case: bool = False
    # Whether the subject of the user begins with the value and a colon.
    is_in_subject: bool = False

    def values_in(self, answer: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the values of the claim: of a text, a number, or a list of them."""
        found = answer.get(self.claim)
        every = found[:MOST_VALUES] if isinstance(found, list) else [found]
        texts = [str(each) if type(each) is int else each for each in every]
        return tuple(
            self.comparable(each)
            for each in texts
            if isinstance(each, str) and 0 < len(each) <= LONGEST_ENTRY
        )

    def comparable(self, value: str) -> str:
        """Return a value as it is compared."""
        return value.lower() if self.ignores_case else value


def access_fields(
    *, proves_addresses: bool, tenants: Membership | None, organizations: Membership | None
) -> tuple[Field, ...]:
    """Return the fields of a provider, as far as it tells what they are about."""
    found = [
        Field(
            name=PEOPLE,
            label=_("Who may sign in"),
            kind=Kind.CHOICE,
            choices=(
                ("", _("New and existing users")),
                (EXISTING, _("Existing users only")),
            ),
            help=_("Existing users have signed in to this project with this provider before."),
            required=False,
            section=Section.ACCESS,
            is_kept_empty=False,
        )
    ]
    if proves_addresses:
        found.append(
            list_field(
                DOMAINS,
                _("Email domains"),
                _(
                    "One per line, such as example.com. Only email addresses that the provider "
                    "has verified count. Subdomains are not included. The rule also applies to "
                    "existing users."
                ),
                read_domain,
                warn=warn_of_public_domains,
            )
        )
    for name, membership in ((TENANTS, tenants), (ORGANIZATIONS, organizations)):
        if membership:
            help_text = format_lazy(
                _("{help} One per line. The rule also applies to existing users."),
                help=membership.help,
            )
            found.append(list_field(name, membership.label, help_text, value_parser(membership)))
    return tuple(found)


def list_field(
    name: str,
    label: Text,
    help: Text,
    read: Callable[[str], str],
    *,
    warn: Callable[[Check, list[str]], None] = lambda found, values: None,
) -> Field:
    """Return an optional field for values, one in each line; `read` returns the saved form of one.

    An empty field means that there is no such rule.
    """

    def check(found: Check, value: str) -> str:
        values: list[str] = []
        for line in value.replace(",", "\n").replace("，", "\n").splitlines():
            entry = line.strip()
            if entry:
                values.append(read(entry))
        values = list(dict.fromkeys(values))
        if len(values) > MOST_ENTRIES:
            raise ValidationError(
                _("Enter at most %(most)d values."), code="many", params={"most": MOST_ENTRIES}
            )
        found.values[name] = "\n".join(values)
        warn(found, values)
        return "\n".join(values)

    return Field(
        name=name,
        label=label,
        help=help,
        kind=Kind.LINES,
        rows=3,
        required=False,
        max_length=LONGEST_LIST,
        check=check,
        section=Section.ACCESS,
        is_kept_empty=False,
    )


def list_values(settings: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return the values of a rule; none if there is no such rule."""
    return tuple(str(settings.get(name) or "").splitlines())


def read_domain(entry: str) -> str:
    """Return a domain in ASCII and lower case; raises ValidationError."""
    text = entry.removeprefix("@")
    if "*" in text:
        raise ValidationError(
            _("“%(entry)s” has an asterisk. Enter each domain and each subdomain in its own line."),
            code="wildcard",
            params={"entry": entry},
        )
    if "@" in text or "/" in text or ":" in text:
        raise ValidationError(
            _("“%(entry)s” is not a domain. Enter only what follows the @ in email addresses."),
            code="domain",
            params={"entry": entry},
        )
    domain = ascii_domain(text)
    if not domain:
        raise ValidationError(
            _("“%(entry)s” is not a domain such as example.com."),
            code="domain",
            params={"entry": entry},
        )
    return domain


def ascii_domain(text: str) -> str:
    """Return a domain in ASCII and lower case, without a dot at its end; "" if it is none.

    Names in other scripts become what is registered (IDNA 2008), so two names that only look alike
    stay different.
    """
    domain = text.removesuffix(".")
    if len(domain) > LONGEST_ENTRY:
        return ""
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            return ""
    domain = domain.lower()
    return domain if len(domain) <= LONGEST_ENTRY and DOMAIN.fullmatch(domain) else ""


def warn_of_public_domains(found: Check, values: list[str]) -> None:
    """Warn of domains at which anybody can get an address."""
    public = sorted(PUBLIC_DOMAINS.intersection(values))
    if public:
        text = _("Anybody can get an email address at %(domains)s.") % {
            "domains": join_names(public)
        }
        found.warn(DOMAINS, "public_domain", text)


def value_parser(membership: Membership) -> Callable[[str], str]:
    """Return the function that reads one value of a membership; it raises ValidationError."""

    def read(entry: str) -> str:
        value = membership.comparable(entry)
        shape = membership.shape
        if len(value) > LONGEST_ENTRY or (shape and not shape.pattern.fullmatch(value)):
            sentence = shape.text if shape else _("It is too long.")
            raise ValidationError(
                _("“%(entry)s”: %(sentence)s"),
                code="shape",
                params={"entry": entry[:LONGEST_ENTRY], "sentence": sentence},
            )
        return value

    return read
