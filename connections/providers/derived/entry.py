"""The catalogue entry of a provider that is derived from its class in django-allauth."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from django.utils.functional import cached_property
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from connections.providers.definition import (
    Definition,
    Group,
    Step,
    callback_step,
    exact_callback_url,
    field_step,
    step,
)
from connections.providers.derived.claims import parse_claims
from connections.providers.derived.classes import AllauthProvider
from connections.providers.derived.fields import (
    derived_check,
    derived_fields,
    derived_look_up,
    id_is_reassignable,
)
from connections.providers.derived.login import derived_protocol
from connections.values.failures import SHARED_FAULTS
from connections.values.faults import Fault
from connections.values.outcomes import Outcome

# One page for all, because not every provider has its own.
DOCUMENTATION = "https://docs.allauth.org/en/latest/socialaccount/providers/index.html"
# White text is readable on each of these colours, and each is visible on light and dark pages.
COLOURS = ("#3b5bdb", "#1971c2", "#0c8599", "#2b8a3e", "#5f6b1e", "#a85504", "#c92a2a", "#a61e4d")
# The parameters for a probable account, which the classes do not know.
LOGIN_HINTS = {
    # https://yandex.com/dev/id/doc/en/codes/code-url
    "yandex": "login_hint",
}
# The fields that every app has.
EVERYWHERE = ("client_id", "client_secret")


class DerivedDefinition(Definition):
    """The definition of a derived provider."""

    @cached_property
    def icon(self) -> str:
        """The first letter of the name on a square, in a colour derived from the name."""
        name = str(self.name)
        colour = COLOURS[sha256(name.encode()).digest()[0] % len(COLOURS)]
        return (
            f'<svg viewBox="0 0 24 24"><rect width="24" height="24" rx="5" fill="{colour}"/>'
            '<text x="12" y="17" fill="#fff" font-size="14" font-weight="600"'
            f' text-anchor="middle">{first_letter(name)}</text></svg>'
        )


def first_letter(name: str) -> str:
    """Return the first letter or digit of a name."""
    return next((each for each in name.upper() if each.isalnum() and each.isascii()), "A")


def build_definition(provider_id: str, found: AllauthProvider) -> Definition:
    """Return the entry of a provider of allauth."""
    name = str(found.provider_class.name)
    protocol = derived_protocol(found, provider_id)
    return DerivedDefinition(
        id=provider_id,
        name=name,
        brand=name,
        summary=_("Uses django-allauth. See the provider's own documentation for setup."),
        group=Group.MORE,
        documentation=DOCUMENTATION,
        fields=derived_fields(found),
        check=derived_check(found),
        look_up=derived_look_up(found),
        scopes=(),
        protocol=protocol,
        claims=parse_claims,
        namespace=lambda settings: namespace(found, settings),
        known_by=known_by(found),
        search_words=(found.name,),
        proposed_alias=found.name,
        reauthentication=found.reauthentication,
        login_hint=LOGIN_HINTS.get(found.name, ""),
        guide=guide(found, name),
        copies=exact_callback_url(_("Redirect URI")),
        faults=faults(found),
    )


def namespace(found: AllauthProvider, settings: Mapping[str, Any]) -> str:
    """Return the namespace: the app at the provider, and the settings that identify its users.

    Otherwise anyone could enter another server's URL and sign in as its users. It consists of our
    own names and values only, so that a release of allauth cannot create new accounts.
    """
    whole = f"allauth:{found.name}:{settings['client_id']}"
    values = found.server.identifying(settings)
    if not values:
        return whole
    digest = sha256(json.dumps(sorted(values.items())).encode()).hexdigest()
    return f"{whole}:{digest[:16]}"


def known_by(found: AllauthProvider) -> str:
    """Return the documentation of the id that identifies users."""
    return "can be reassigned" if id_is_reassignable(found) else ""


def faults(found: AllauthProvider) -> dict[str, Fault]:
    """Return the meaning of the provider's error codes, as far as the class shows it."""
    word = found.provider_class.oauth2_adapter_class.login_cancelled_error
    cancelled = SHARED_FAULTS["cancelled"]
    return {
        word: Fault(outcome=Outcome.CANCELLED, cause=cancelled.cause, remedy=cancelled.remedy),
    }


def guide(found: AllauthProvider, name: str) -> tuple[Step, ...]:
    """Return the steps that are the same for all derived providers."""
    own = [
        each.name for each in derived_fields(found) if each.required and each.name not in EVERYWHERE
    ]
    return (
        step(
            _("Register an app"),
            format_lazy(
                _(
                    "In the {name} developer console, register an OAuth 2 app as described in "
                    "the provider's documentation. The django-allauth documentation describes "
                    "the settings of its provider class."
                ),
                name=name,
            ),
            links=((_("Providers in the django-allauth documentation"), DOCUMENTATION),),
        ),
        callback_step(
            _(
                "Enter the callback URL from the card “Copy to the provider” in the provider's "
                "console."
            )
        ),
        field_step("client_id", _("Some providers call it App ID, key or consumer key.")),
        field_step("client_secret", _("It is shown near the Client ID, often only once.")),
        *(
            field_step(
                each,
                _("Ask whoever runs the server, or look in the provider's developer pages."),
            )
            for each in own
        ),
    )
