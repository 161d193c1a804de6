"""The definition of a provider: one frozen value per file, from which everything else follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import models
from django.utils import translation
from django.utils.functional import cached_property
from django.utils.module_loading import import_string
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from connections.fields.access import ORGANIZATIONS, TENANTS, Membership, access_fields
from connections.fields.dates import with_expiry_fields
from connections.fields.field import Check, Field, LookUp, Sibling, Text
from connections.values.browsers import Browser
from connections.values.claims import Claims, IdentityClaims, app_namespace
from connections.values.faults import Fault
from connections.values.sites import Site

Settings = Mapping[str, Any]
# A provider's data about a user.
Answer = Mapping[str, Any]
Reader = Callable[[Settings, str, Answer], Claims]


class Group(models.TextChoices):
    """The catalogue's groups, in the order of the page."""

    SOCIAL = "social", _("Social")
    CHINA = "china", _("China")
    ENTERPRISE = "enterprise", _("Enterprise")
    MORE = "more", _("More")


@dataclass(frozen=True)
class Endpoint:
    """An endpoint of a provider. A deployment, but no tenant, can move its base."""

    path: str
    base: str = ""
    base_setting: str = ""

    @classmethod
    def at(cls, url: str) -> Endpoint:
        """Return the endpoint with this URL."""
        parts = urlsplit(url)
        base = f"{parts.scheme}://{parts.netloc}"
        return cls(url.removeprefix(base), base=base)

    @property
    def url(self) -> str:
        """The URL with the base in effect."""
        return self.origin + self.path

    @property
    def origin(self) -> str:
        """Scheme and host in effect."""
        if self.base_setting:
            return str(getattr(settings, self.base_setting))
        return str(settings.MENKOU_MOVED_ENDPOINTS.get(self.base, self.base))

    @property
    def moved(self) -> bool:
        """Whether this deployment uses another host than the provider's."""
        return self.origin != self.base


@dataclass(frozen=True, kw_only=True)
class Copyable:
    """A value to copy to the provider, in the form that it expects."""

    id: str
    label: Text
    help: Text
    value: Callable[[Site], str]
    # Whether it is a URL of ours that can be opened after the connection was saved.
    opens: bool = False


EXACT = _("The provider must accept exactly this address.")


def copy_callback_url(label: Text, help: Text = EXACT) -> Copyable:
    """Return the callback URL to copy, under the provider's name for it."""
    return Copyable(id="callback-url", label=label, help=help, value=lambda site: site.callback_url)


def copy_domain(label: Text, help: Text) -> Copyable:
    """Return the host to copy, without a port."""
    return Copyable(id="callback-domain", label=label, help=help, value=lambda site: site.hostname)


def copy_host(label: Text, help: Text) -> Copyable:
    """Return the host to copy, with its port if it has one."""
    return Copyable(id="callback-domain", label=label, help=help, value=lambda site: site.host)


def exact_callback_url(label: Text) -> tuple[Copyable, ...]:
    """Return the only value to copy for a provider that needs the whole callback URL."""
    return (copy_callback_url(label),)


def https_only(provider: Text, *, or_localhost: bool = False) -> Callable[[Site], Text | None]:
    """Return the warning of a provider that accepts only https for the callback.

    Some make an exception for localhost.
    """

    def warning(site: Site) -> Text | None:
        if site.scheme == "https" or (or_localhost and site.hostname == "localhost"):
            return None
        return format_lazy(
            _("{provider} sends users back by https only. Serve the sign-in page by https."),
            provider=provider,
        )

    return warning


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step of the guide. A step for a field gets its title from the field."""

    title: Text = ""
    body: tuple[Text, ...] = ()
    field: str = ""
    links: tuple[tuple[Text, str], ...] = ()
    table: tuple[tuple[Text, Text, Text], ...] = ()


def step(title: Text, *body: Text, **options: Any) -> Step:
    """Return a step with a title and paragraphs."""
    return Step(title=title, body=body, **options)


def field_step(field: str, *body: Text, **options: Any) -> Step:
    """Return the step for a field. Its title is derived from the field's label."""
    return Step(field=field, body=body, **options)


def copy_steps(id: Text, secret: Text) -> tuple[Step, Step]:
    """Return the steps that copy the client id and its secret; the texts say where they are."""
    return field_step("client_id", id), field_step("client_secret", secret)


def callback_step(*body: Text, **options: Any) -> Step:
    """Return the step that registers the callback URL at the provider."""
    return Step(title=_("Register the callback URL"), body=body, **options)


def callback_under(place: Text, *body: Text, **options: Any) -> Step:
    """Return the step that registers the callback URL in the named field of the console."""
    sentence = _("Enter the callback URL from the card “Copy to the provider” under {place}.")
    return callback_step(format_lazy(sentence, place=place), *body, **options)


@dataclass(frozen=True, kw_only=True)
class BrowserFallback:
    """The texts of the page for a browser that the provider refuses. It has a link to copy."""

    title: Text
    text: Text
    steps: tuple[Text, ...]
    # The label of a button for another connection with the same users in this browser, and the text
    # next to it.
    here: Text = ""
    here_help: Text = ""


@dataclass(frozen=True, kw_only=True)
class Expiry:
    """A part of a connection that expires, such as a certificate."""

    # What tells it from the connection's other parts, in every language.
    key: str
    name: Text
    at: datetime
    # What to do before that day.
    remedy: Text
    # The field that takes its replacement, "" if there is none.
    field: str = ""
    # False if the provider may have replaced it meanwhile.
    is_current: bool = True


def button_label(brand: Text) -> Text:
    """Return the default button label of a brand, in the current language."""
    return format_lazy(_("Sign in with {brand}"), brand=brand)


class Probe(StrEnum):
    """How the credentials of a connection are tested."""

    NONE = ""
    UNKNOWN_CODE = "unknown_code"
    # For providers that reject an unknown code whether the secret is right or not.
    CREDENTIALS_ALONE = "credentials_alone"


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A provider of the catalogue."""

    id: str
    name: Text
    # The provider's name for end users.
    brand: Text
    summary: Text
    group: Group
    documentation: str
    fields: tuple[Field, ...]
    scopes: tuple[str, ...]
    # The Protocol class, or its dotted path.
    protocol: type[Any] | str
    # The function (settings, namespace, data from the protocol) → Claims, or its dotted path.
    claims: Reader | str
    # The namespace in which a subject is unique, from the connection's settings. It outlives the
    # connection. If it is "", the subject is unique only within the connection.
    namespace: Callable[[Settings], str]
    # For entries whose namespace can be "": the origin of the subjects, such as the issuer.
    subject_source: Callable[[Settings], str] = lambda settings: ""
    # The namespace of an additional key of the claims: (namespace, settings) → text.
    key_namespace: Callable[[str, Settings], str] = app_namespace
    # The provider's endpoints by name, at least authorize and token. Empty if administrators enter
    # the provider's URL.
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    # Button labels by language, if the brand requires its own.
    button_labels: Mapping[str, Text] = field(default_factory=dict)
    # Rules for several fields together.
    check: Callable[[Check], None] | None = None
    # The request to the provider before a connection is saved.
    look_up: LookUp | None = None
    # Called when all values are valid: for warnings that depend on the provider, and for generated
    # values such as our own key.
    complete: Callable[[Check], None] | None = None
    # The initial values of a new connection, from the project's other connections.
    starting_values: Callable[[Sequence[Sibling]], Mapping[str, Any]] = lambda siblings: {}
    # Whether the provider tells which email addresses it has verified.
    proves_addresses: bool = False
    # The claims that say to which tenant and to which organizations a user belongs.
    tenants: Membership | None = None
    organizations: Membership | None = None
    # The setting that already admits the users of one tenant only.
    tenant_setting: str = ""
    # The provider's name for the id that identifies users, for the documentation.
    known_by: str = ""
    # Hosts that are requested in addition to those of the endpoints, whatever is entered.
    more_hosts: tuple[str, ...] = ()
    # The callback's parameter for the code.
    code_parameter: str = "code"
    # Whether the code is a document in base64, which has its own limit and may contain line breaks.
    code_is_document: bool = False
    # The fields that the provider posts to the callback (form_post).
    posts_back: tuple[str, ...] = ()
    # The field for the state of a provider that posts.
    state_parameter: str = "state"
    # Whether the provider returns our nonce in a signed value.
    nonce: bool = False
    # Whether a request to the provider is needed before the redirect to it.
    calls_provider_at_start: bool = False
    # Whether requests to the provider are signed with our own key.
    signs_requests: bool = False
    # Our metadata for a connection: the function (settings, site) → XML.
    own_metadata: Callable[[Settings, Site], bytes] | None = None
    # The parts of a connection that expire.
    expiries: Callable[[Settings], tuple[Expiry, ...]] = lambda settings: ()
    # The provider's parameters with which it asks again who the user is, although it has a session.
    # Empty if it documents none.
    reauthentication: Mapping[str, str] = field(default_factory=dict)
    # The provider's parameter for the account with which somebody will probably sign in, "" if it
    # documents none.
    login_hint: str = ""
    # The further ids of an identity that applications may learn, by the provider's names in
    # snake_case: (claims, settings) → ids.
    identity_claims: Callable[[Claims, Settings], Mapping[str, str]] = IdentityClaims()
    # The issuer, which an `iss` in callbacks must equal.
    issuer: Callable[[Settings], str] = lambda settings: ""
    search_words: tuple[str, ...] = ()
    # The alias of a new connection if none is entered. If it is "", the id is used.
    proposed_alias: str = ""
    guide: tuple[Step, ...] = ()
    appendix: tuple[Step, ...] = ()
    copies: tuple[Copyable, ...] = ()
    faults: Mapping[str, Fault] = field(default_factory=dict)
    # How the credentials are tested.
    probe: Probe = Probe.UNKNOWN_CODE
    # The provider's errors for an unknown code when id and secret are right.
    unknown_code_causes: frozenset[str] = frozenset({"invalid_grant"})
    # Hosts whose https pictures the account page may show.
    picture_hosts: tuple[str, ...] = ()
    # Returns why the provider refuses a browser (a cause of the fault table), or "".
    unsupported_browser: Callable[[Browser], str] = lambda browser: ""
    # Whether the provider refuses browsers that are part of another app, such as WeChat's own.
    refuses_embedded: bool = False
    # The page for a browser that is refused, in place of an error.
    browser_fallback: BrowserFallback | None = None
    # Connections of several providers that return the same value here, other than "", have the same
    # users. They share a button, which leads to the connection that prefers the browser.
    one_button: Callable[[Settings], str] = lambda settings: ""
    preferred_browsers: frozenset[Browser] = frozenset()
    # Returns a warning about a site as this provider's callback, or None.
    site_warning: Callable[[Site], Text | None] = lambda site: None

    def __post_init__(self) -> None:
        rules = access_fields(
            proves_addresses=self.proves_addresses,
            tenants=self.tenants,
            organizations=self.organizations,
        )
        # A definition that was made from another one has the fields of that one.
        others = (each for each in self.fields if not each.name.startswith("access_"))
        object.__setattr__(self, "fields", (*with_expiry_fields(tuple(others)), *rules))
        labels = {each.name: each.label for each in self.fields}
        titled = tuple(
            each
            if each.title
            else replace(each, title=format_lazy(_("Copy the {field}"), field=labels[each.field]))
            for each in self.guide
        )
        object.__setattr__(self, "guide", titled)

    def button_label(self, language: str) -> str:
        """Return the default button label in a language."""
        with translation.override(language):
            return str(self.button_labels.get(language) or button_label(self.brand))

    def field(self, name: str) -> Field:
        """Return a field by its name."""
        return next(each for each in self.fields if each.name == name)

    @property
    def secret_names(self) -> frozenset[str]:
        """The names of the secrets."""
        return frozenset(each.name for each in self.fields if each.is_secret)

    @property
    def required_secrets(self) -> frozenset[str]:
        """The names of the secrets that a sign-in requires."""
        return frozenset(each.name for each in self.fields if each.is_secret and each.required)

    @property
    def bound_settings(self) -> tuple[str, ...]:
        """The settings that decide where a secret is sent."""
        return tuple(each.name for each in self.fields if each.moves_secrets)

    @cached_property
    def protocol_class(self) -> Any:
        """The Protocol class."""
        return import_string(self.protocol) if isinstance(self.protocol, str) else self.protocol

    @cached_property
    def claims_reader(self) -> Reader:
        """The function that returns the claims."""
        found: Reader = import_string(self.claims) if isinstance(self.claims, str) else self.claims
        return found

    def with_memberships(self, claims: Claims, answer: Mapping[str, Any]) -> Claims:
        """Return the claims with the tenants and organizations in the provider's data."""
        return replace(
            claims,
            tenants=self.tenants.values_in(answer) if self.tenants else (),
            organizations=self.organizations.values_in(answer) if self.organizations else (),
        )

    def rule_scopes(self, settings: Settings) -> tuple[str, ...]:
        """Return the scopes that the rules of a connection need in addition."""
        rules = {TENANTS: self.tenants, ORGANIZATIONS: self.organizations}
        return tuple(
            each.scope for name, each in rules.items() if each and each.scope and settings.get(name)
        )

    def load(self) -> None:
        """Import what the first sign-in needs."""
        self.protocol_class, self.claims_reader  # noqa: B018 - both import

    def namespace_of(self, connection_id: UUID, settings: Settings) -> str:
        """Return the namespace of a connection's subjects."""
        return self.namespace(settings) or self.own_namespace(connection_id, settings)

    def own_namespace(self, connection_id: UUID, settings: Settings) -> str:
        """Return a namespace that belongs to this connection only.

        It includes the server: if a connection is changed to another server, a subject that exists
        on both means two users.
        """
        digest = sha256(self.subject_source(settings).encode()).hexdigest()[:16]
        return f"connection:{connection_id}:{digest}"

    def refusal(self, browser: Browser) -> str:
        """Return why the provider refuses the browser (a cause), or ""."""
        if self.refuses_embedded and browser.is_embedded:
            return "embedded"
        return self.unsupported_browser(browser)

    @property
    def fixed_hosts(self) -> frozenset[str]:
        """The provider's own hosts, which no setting of a connection changes."""
        hosts = (urlsplit(each.base).hostname for each in self.endpoints.values() if each.base)
        return frozenset(host for host in (*hosts, *self.more_hosts) if host)

    @property
    def endpoints_moved(self) -> bool:
        """Whether this deployment uses other hosts than the provider's."""
        return any(endpoint.moved for endpoint in self.endpoints.values())

    @cached_property
    def names(self) -> tuple[str, ...]:
        """All names by which the catalogue can be searched, in every language."""
        names = []
        for language, _name in settings.LANGUAGES:
            with translation.override(language):
                names += [str(self.name), str(self.brand)]
        return tuple(dict.fromkeys((*names, *self.search_words)))

    @cached_property
    def icon(self) -> str:
        """The provider's logo: the SVG file next to the definition."""
        return (Path(__file__).parent / f"{self.id}.svg").read_text(encoding="utf-8").strip()
