"""The catalogue's entry for a provider of which only django-allauth's class is known."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from hashlib import sha256
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from connections.derived.claims import read
from connections.derived.classes import Found
from connections.derived.form import fields_of, form_of, passes_on
from connections.derived.login import provider_of
from connections.models import Outcome
from connections.providers.definition import Copyable, Definition, Fault, Group, Step
from connections.signin.failures import SHARED

# One page for all: not every provider has its own there.
DOCUMENTATION = "https://docs.allauth.org/en/latest/socialaccount/providers/index.html"
# White letters can be read on all of them, and they on light and on dark.
COLOURS = ("#3b5bdb", "#1971c2", "#0c8599", "#2b8a3e", "#5f6b1e", "#a85504", "#c92a2a", "#a61e4d")
LABEL_LENGTH = 40


class DerivedDefinition(Definition):
    """An entry that nobody wrote."""

    @cached_property
    def icon(self) -> str:
        """The name's first letter on a square, in a colour that the name decides."""
        name = str(self.name)
        colour = COLOURS[sha256(name.encode()).digest()[0] % len(COLOURS)]
        return (
            f'<svg viewBox="0 0 24 24"><rect width="24" height="24" rx="5" fill="{colour}"/>'
            '<text x="12" y="17" fill="#fff" font-size="14" font-weight="600"'
            f' text-anchor="middle">{letter_of(name)}</text></svg>'
        )


def letter_of(name: str) -> str:
    """Return the first letter or digit of a name."""
    return next((each for each in name.upper() if each.isalnum() and each.isascii()), "A")


def definition_of(provider_id: str, found: Found) -> Definition:
    """Return the entry of a provider that allauth ships."""
    name = str(found.provider_class.name)
    login = provider_of(found, provider_id)
    return DerivedDefinition(
        id=provider_id,
        name=name,
        brand=name,
        summary=_("Works through django-allauth; the guide is the provider's own."),
        group=Group.MORE,
        documentation=DOCUMENTATION,
        form=form_of(found),
        scopes=(),
        login=login,
        claims=read,
        namespace=lambda settings: namespace(found, settings),
        known_by=known_by(found),
        button_labels=labels(name),
        search_words=(found.name,),
        proposed_alias=found.name,
        guide=guide(found, name),
        copies=COPIES,
        faults=faults(found),
    )


def namespace(found: Found, settings: Mapping[str, Any]) -> str:
    """The app at the provider; where a connection says where that is, the place, too.

    Whoever types an address could otherwise speak for the people of another.
    """
    given = sorted(found.given(settings).items())
    place = sha256(repr((given, settings.get("key", ""))).encode()).hexdigest()[:16]
    whole = f"allauth:{found.name}:{settings['client_id']}"
    return f"{whole}:{place}" if found.settings or found.needs_key else whole


def known_by(found: Found) -> str:
    """Say in the documentation by what people are known."""
    return "something that can pass to somebody else" if passes_on(found) else ""


def labels(name: str) -> dict[str, str]:
    """Return the words on the button."""
    return {
        "en": f"Sign in with {name}"[:LABEL_LENGTH],
        "zh-hans": f"使用{name}登录"[:LABEL_LENGTH],
    }


def faults(found: Found) -> dict[str, Fault]:
    """Return what the provider's own words mean, as far as the class says."""
    word = found.provider_class.oauth2_adapter_class.login_cancelled_error
    cancelled = SHARED["cancelled"]
    return {
        word: Fault(outcome=Outcome.CANCELLED, cause=cancelled.cause, fix=cancelled.fix),
    }


def guide(found: Found, name: str) -> tuple[Step, ...]:
    """Return the steps that are the same everywhere."""
    own = [each for each, field in fields_of(found).items() if field.required]
    return (
        Step(
            title=_("Register an app"),
            body=(
                format_lazy(
                    _(
                        "In {name}'s pages for developers, register an app for OAuth 2. The "
                        "provider's own documentation says how; django-allauth's says what its "
                        "class expects."
                    ),
                    name=name,
                ),
                _("Enter the callback URL from the card “Copy to the provider” there."),
            ),
            links=((_("Providers in django-allauth's documentation"), DOCUMENTATION),),
        ),
        Step(
            title=_("Copy the Client ID"),
            body=(_("Some providers call it App ID, key or consumer key."),),
            field="client_id",
        ),
        Step(
            title=_("Copy the client secret"),
            body=(_("It stands near the Client ID, and is often shown only once."),),
            field="client_secret",
        ),
        *(
            Step(
                title=_("Say where the provider is"),
                body=(_("The value of this setting of django-allauth's class, for your app."),),
                field=each,
            )
            for each in own
        ),
    )


COPIES = (
    Copyable(
        id="callback-url",
        label=_("Redirect URI"),
        help=_("The provider must accept exactly this address."),
        value=lambda site: site.callback_url,
    ),
)
