"""The form of an application."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from applications.events import FIELDS
from applications.models import Application, Kind, RefreshTokens, SigningAlgorithm
from applications.models.application import LONGEST_URL
from applications.redirect_uris import MOST_URIS, TOO_LONG, find_problem
from applications.services import FIELD_NAMES, ApplicationFields
from connections.configured import button_label, known_definition
from connections.forms.connection_form import replace_values
from core.text import display_name
from portal.shell.forms import visible_name
from projects.models import Project

# As History names them.
LABELS: dict[str, Any] = {name: field.label for name, field in FIELDS.items()}
URL_FIELDS = ("backchannel_logout_uri", "initiate_login_uri", "home_page")
LIST_FIELDS = ("redirect_uris", "post_logout_redirect_uris")
# What is not sent keeps its first value.
WITH_DEFAULT = (
    "kind",
    "refresh_tokens",
    "access_token_seconds",
    "id_token_seconds",
    "refresh_idle_days",
    "refresh_max_days",
    "signing_alg",
)
# Of a URI in an error message.
LONGEST_SHOWN = 60
# So many wrong URIs are described in full.
MOST_ERRORS = 10
COPIED_VALUE = {"autocomplete": "off", "spellcheck": "false", "class": "mono"}
TOO_MANY_URIS = _("Enter at most 50 URIs.")

KIND_HELP = {
    Kind.WEBSITE: _("Runs on a server of yours that can keep a secret, such as Django or Rails."),
    Kind.BROWSER: _("Runs in the browser only (single-page app), where nothing can be secret."),
    Kind.NATIVE: _("Is installed on a phone or computer, where nothing can be secret."),
}


class UriListField(forms.CharField):
    """URIs, one on each line; its value is the list of them, each once."""

    def __init__(self, *, rows: int, **options: Any) -> None:
        # The form checks them as soon as the typing pauses, and when the type changes.
        trigger = (
            "change, input changed delay:700ms, "
            "change from:input[name='kind'], change from:input[name='is_development']"
        )
        attributes = {**COPIED_VALUE, "rows": rows, "wrap": "off", "hx-trigger": trigger}
        super().__init__(
            widget=forms.Textarea(attrs=attributes),
            max_length=MOST_URIS * (LONGEST_URL + 2),
            error_messages={"max_length": TOO_MANY_URIS},
            **options,
        )

    def clean(self, value: Any) -> list[str]:
        return split_lines(super().clean(value))


def url_field(name: str, help_text: Any) -> forms.CharField:
    """Return a field for a URL that may be left out."""
    return forms.CharField(
        label=LABELS[name],
        help_text=help_text,
        required=False,
        max_length=LONGEST_URL,
        error_messages={"max_length": TOO_LONG},
        widget=forms.TextInput(attrs={**COPIED_VALUE, "inputmode": "url"}),
    )


def number_field(name: str, least: int, most: int, error: Any) -> forms.IntegerField:
    """Return a field for a number within bounds."""
    return forms.IntegerField(
        label=LABELS[name],
        min_value=least,
        max_value=most,
        error_messages=dict.fromkeys(("invalid", "required", "min_value", "max_value"), error),
    )


def seconds_field(name: str) -> forms.IntegerField:
    """Return a field for the lifetime of a token of short life."""
    return number_field(name, 60, 86_400, _("Enter a number of seconds from 60 to 86400 (a day)."))


def days_field(name: str) -> forms.IntegerField:
    """Return a field for the lifetime of a refresh token."""
    return number_field(name, 1, 365, _("Enter a number of days from 1 to 365."))


class ApplicationForm(forms.Form):
    """What people decide about an application; without `application`, it is to be added."""

    name = forms.CharField(
        label=LABELS["name"],
        help_text=_("Users see it on the sign-in page: “Sign in to …”."),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    kind = forms.ChoiceField(
        label=LABELS["kind"],
        choices=Kind.choices,
        initial=Kind.WEBSITE,
        widget=forms.RadioSelect,
    )
    redirect_uris = UriListField(
        label=LABELS["redirect_uris"],
        help_text=_(
            "Where users return after signing in. One per line. Each request must use one of "
            "them exactly."
        ),
        rows=3,
    )
    home_page = url_field(
        "home_page",
        _("Where “Back to …” leads, on the account page and when a sign-in has expired."),
    )
    initiate_login_uri = url_field(
        "initiate_login_uri",
        _(
            "A URL of your website that starts a sign-in. Users are sent there when a sign-in "
            "has expired."
        ),
    )
    post_logout_redirect_uris = UriListField(
        label=LABELS["post_logout_redirect_uris"],
        help_text=_(
            "Where users may return after signing out (post_logout_redirect_uris). One per line."
        ),
        required=False,
        rows=2,
    )
    backchannel_logout_uri = url_field(
        "backchannel_logout_uri",
        _("This server calls it when somebody has signed out, so that you can end their session."),
    )
    connections = forms.MultipleChoiceField(
        label=LABELS["connections"],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    idp_claim = forms.BooleanField(
        label=LABELS["idp_claim"],
        help_text=_(
            "Adds the claim idp: the connection's alias, the provider, and the user's ID there. "
            "For WeChat also unionid, openid and appid."
        ),
        required=False,
    )
    is_third_party = forms.BooleanField(
        label=LABELS["is_third_party"],
        help_text=_(
            "The application belongs to somebody else. Users are asked for consent before it "
            "receives their data, and can withdraw it on their account page."
        ),
        required=False,
    )
    accept_foreign_parameters = forms.BooleanField(
        label=LABELS["accept_foreign_parameters"],
        help_text=_(
            "Requests may name a connection by kc_idp_hint (Keycloak), direct_sign_in (Logto) or "
            "x_oauth_provider_alias (Authgear), too. The parameter connection always works."
        ),
        required=False,
    )
    refresh_tokens = forms.ChoiceField(
        label=LABELS["refresh_tokens"],
        help_text=_(
            "With a refresh token, the application gets new access tokens while nobody is there."
        ),
        choices=RefreshTokens.choices,
        initial=RefreshTokens.REQUESTED,
    )
    access_token_seconds = seconds_field("access_token_seconds")
    id_token_seconds = seconds_field("id_token_seconds")
    refresh_idle_days = days_field("refresh_idle_days")
    refresh_max_days = days_field("refresh_max_days")
    signing_alg = forms.ChoiceField(
        label=LABELS["signing_alg"],
        help_text=_("Of ID tokens. Every library knows RS256."),
        choices=SigningAlgorithm.choices,
        initial=SigningAlgorithm.RS256,
    )
    pkce_optional = forms.BooleanField(
        label=LABELS["pkce_optional"],
        help_text=_(
            "Only for a website whose library cannot send a code challenge. PKCE protects the code "
            "on its way back to you."
        ),
        required=False,
    )
    is_development = forms.BooleanField(
        label=LABELS["is_development"],
        help_text=_(
            "Redirect URIs may have a wildcard in the first part of the host, such as "
            "https://*.preview.example.com/callback. Whoever controls a matching host can receive "
            "sign-ins, so never use this in production."
        ),
        required=False,
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        project: Project,
        application: Application | None = None,
    ) -> None:
        self.application = application
        initial = initial_values(application)
        if data is not None:
            # A page of an earlier release, or a script, may not send every field.
            absent = {name: initial[name] for name in WITH_DEFAULT if name not in data}
            data = replace_values(data, absent)
        super().__init__(data, initial=initial)
        if application is not None:
            # A secret belongs to one type only, so it cannot be changed.
            del self.fields["kind"]
            if not application.is_confidential:
                del self.fields["pkce_optional"]
        chosen: Iterable[str] = application.connections if application else ()
        self.fields["connections"].choices = connection_choices(project, chosen)  # type: ignore[attr-defined]
        self.fields["connections"].error_messages["invalid_choice"] = _(
            "A connection that you have chosen was deleted. Check the others."
        )

    @property
    def kinds(self) -> list[tuple[Any, Any]]:
        """The types to choose from, each with what it means."""
        return [(each, KIND_HELP[each.data["value"]]) for each in self["kind"]]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        """The fields under “More settings”."""
        first = {"name", "kind", "redirect_uris"}
        return [field for field in self.visible_fields() if field.name not in first]

    @property
    def more_need_attention(self) -> bool:
        """Whether one of the fields under “More settings” has an error."""
        return any(field.errors for field in self.more_fields)

    @property
    def chosen_kind(self) -> str:
        """The type of the application, or the one that is typed."""
        return self.application.kind if self.application else self.cleaned_data.get("kind", "")

    @property
    def values(self) -> dict[str, Any]:
        """What is valid, by field of the application."""
        return {name: given for name, given in self.cleaned_data.items() if name in FIELD_NAMES}

    @property
    def proposal(self) -> ApplicationFields:
        """What a valid form asks for."""
        return ApplicationFields(**self.values)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        return visible_name(name) if name else ""

    def clean(self) -> None:
        given = self.cleaned_data
        for name in LIST_FIELDS:
            wildcards = name == "redirect_uris" and given.get("is_development", False)
            self.check_uris(name, is_development=wildcards)
        for name in URL_FIELDS:
            value = given.get(name)
            # Of a website, whatever the application is: this server or a browser goes there.
            problem = find_problem(value, kind=Kind.WEBSITE) if value else None
            if problem:
                self.add_error(name, ValidationError(str(problem), code="url"))
        if self.chosen_kind != Kind.WEBSITE and "pkce_optional" in given:
            given["pkce_optional"] = False
        idle, longest = given.get("refresh_idle_days"), given.get("refresh_max_days")
        if idle and longest and longest < idle:
            self.add_error(
                "refresh_max_days",
                ValidationError(
                    _("It must not be shorter than the idle lifetime (%(idle)d days)."),
                    code="order",
                    params={"idle": idle},
                ),
            )

    def check_uris(self, name: str, *, is_development: bool) -> None:
        """Add an error for each URI that cannot be registered."""
        values = self.cleaned_data.get(name, [])
        # Without a type that is known, those of a website are checked.
        kind = self.chosen_kind or Kind.WEBSITE
        if len(values) > MOST_URIS:
            self.add_error(name, ValidationError(TOO_MANY_URIS, code="many"))
            return
        found = [
            (value, problem)
            for value in values
            if (problem := find_problem(value, kind=kind, is_development=is_development))
        ]
        lines = LinesOf(str(self[name].value() or ""))
        errors = [lines.describe(value, problem) for value, problem in found[:MOST_ERRORS]]
        if more := len(found) - len(errors):
            errors.append(
                ngettext("%(more)d more line is invalid.", "%(more)d more lines are invalid.", more)
                % {"more": more}
            )
        if errors:
            self.add_error(name, [ValidationError(each, code="uri") for each in errors])


@dataclass(frozen=True)
class LinesOf:
    """The lines of a text, to say on which one something stands."""

    text: str

    def describe(self, value: str, problem: Any) -> str:
        """Return the problem with its line, if there are several."""
        lines = [each.strip() for each in self.text.splitlines()]
        if len([each for each in lines if each]) == 1:
            return str(problem)
        shown = display_name(value, longest=LONGEST_SHOWN)
        return gettext("Line %(number)d (%(uri)s): %(problem)s") % {
            "number": lines.index(value) + 1,
            "uri": shown + ("…" if len(value) > LONGEST_SHOWN else ""),
            "problem": problem,
        }


class RemoveSecretForm(forms.Form):
    """When a secret stops being valid."""

    days = forms.TypedChoiceField(
        label=_("When"),
        choices=[
            (0, _("Immediately")),
            (1, _("In one day")),
            (7, _("In 7 days")),
            (30, _("In 30 days")),
        ],
        coerce=int,
        help_text=_("Until then, both secrets are valid."),
    )


def split_lines(text: str) -> list[str]:
    """Return the lines that are not empty, each once."""
    return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def form_value(name: str, value: Any) -> Any:
    """Return a value of an application as its control holds it."""
    return "\n".join(value) if name in LIST_FIELDS else value


def initial_values(application: Application | None) -> dict[str, Any]:
    """Return what the form shows before anybody types."""
    if application is None:
        return {**BLANK_VALUES}
    return {name: form_value(name, getattr(application, name)) for name in FIELD_NAMES}


BLANK_VALUES = {
    name: form_value(name, value) for name, value in vars(ApplicationFields(name="")).items()
}


def connection_choices(project: Project, chosen: Iterable[str]) -> list[tuple[str, str]]:
    """Return the project's connections, and those chosen ones that were deleted.

    Without them, an application of a deleted connection would be opened to all connections as soon
    as somebody saves its form.
    """
    chosen = list(chosen)
    offered = project.connections.filter(Q(is_unpublished=False) | Q(alias__in=chosen))
    present = {
        each.alias: button_label(each) if known_definition(each) else each.alias for each in offered
    }
    gone = {
        alias: gettext("%(alias)s (deleted)") % {"alias": alias}
        for alias in chosen
        if alias not in present
    }
    return [*present.items(), *gone.items()]
