"""What a provider is: one frozen value per file, from which everything else is derived."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.utils import translation
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from connections.browsers import Browser

if TYPE_CHECKING:
    from connections.claims import Claims
    from connections.forms import ConnectionForm
    from connections.models import Connection, Outcome

Text = str | Promise
Settings = Mapping[str, Any]
Reader = Callable[[Settings, str, Mapping[str, Any]], "Claims"]


class Group(models.TextChoices):
    """The catalogue's groups, in the order of the page."""

    SOCIAL = "social", _("Social")
    CHINA = "china", _("China")
    ENTERPRISE = "enterprise", _("Enterprise")
    MORE = "more", _("More")


@dataclass(frozen=True)
class Endpoint:
    """An address at a provider; a deployment, never a tenant, may move its base."""

    path: str
    base: str = ""
    base_setting: str = ""

    @property
    def url(self) -> str:
        """The whole address, with the base that is in force."""
        return self.origin + self.path

    @property
    def origin(self) -> str:
        """Scheme and host that are in force."""
        if self.base_setting:
            return str(getattr(settings, self.base_setting))
        return str(settings.MENKOU_MOVED_ENDPOINTS.get(self.base, self.base))

    @property
    def moved(self) -> bool:
        """Whether this deployment uses another host than the provider's."""
        return self.origin != self.base


@dataclass(frozen=True)
class Site:
    """A project's sign-in page as a provider sees it."""

    scheme: str
    host: str
    callback_path: str

    @property
    def callback_url(self) -> str:
        """The redirect URI, whole."""
        return f"{self.scheme}://{self.host}{self.callback_path}"

    @classmethod
    def of(cls, callback_url: str) -> Site:
        """Return the site that has this redirect URI."""
        parts = urlsplit(callback_url)
        return cls(parts.scheme, parts.netloc, parts.path)

    @property
    def metadata_url(self) -> str:
        """Where the connection says who it is; in SAML, its own name, too."""
        alias = self.callback_path.rpartition("/")[2]
        return f"{self.scheme}://{self.host}/sso/{alias}/metadata"

    @property
    def hostname(self) -> str:
        """The host without a port, and without the brackets of an IPv6 address."""
        return urlsplit(f"//{self.host}").hostname or ""


@dataclass(frozen=True, kw_only=True)
class Copyable:
    """Something that an administrator copies to the provider, in the provider's form."""

    id: str
    label: Text
    help: Text
    value: Callable[[Site], str]
    # Whether it is an address of ours that can be opened, once the connection is saved.
    opens: bool = False


def exact_callback_url(label: Text) -> tuple[Copyable, ...]:
    """Return the one thing that is copied to a provider that wants the callback URL, whole."""
    return (
        Copyable(
            id="callback-url",
            label=label,
            help=_("The provider must accept exactly this address."),
            value=lambda site: site.callback_url,
        ),
    )


def https_only(provider: Text, *, or_localhost: bool = False) -> Callable[[Site], Text | None]:
    """Return what says of a site that a provider, by this name, sends nobody back to it by http.

    Some make an exception for localhost itself.
    """

    def warning(site: Site) -> Text | None:
        if site.scheme == "https" or (or_localhost and site.hostname == "localhost"):
            return None
        return format_lazy(
            _("{provider} sends people back by https only. Serve the sign-in page by https."),
            provider=provider,
        )

    return warning


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step of the guide, tied to the field that it fills."""

    title: Text
    body: tuple[Text, ...] = ()
    field: str = ""
    links: tuple[tuple[Text, str], ...] = ()
    table: tuple[tuple[Text, Text, Text], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What a failure means: for the person who signs in, and for the one who can mend it."""

    outcome: Outcome
    cause: Text
    fix: Text
    # What the person who signs in reads in place of the outcome's own sentence.
    public: Text = ""


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """What a person does whose browser cannot use the provider; the page has a link to copy."""

    title: Text
    text: Text
    steps: tuple[Text, ...]
    # Words on the button that uses another connection of the same people right here, and beside it.
    here: Text = ""
    here_help: Text = ""


@dataclass(frozen=True, kw_only=True)
class Expiry:
    """Something of a connection that ends on a day, such as a certificate."""

    name: Text
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A provider of the catalogue."""

    id: str
    name: Text
    # What end users call it.
    brand: Text
    summary: Text
    group: Group
    documentation: str
    form: type[ConnectionForm]
    scopes: tuple[str, ...]
    # The class that signs people in, or its path: an adapter, or an allauth provider class where
    # that is not enough.
    login: type[Any] | str
    # The function (settings, namespace, what the login class found out) → Claims, or its path.
    claims: Reader | str
    # Where a subject is unique, from the connection's settings; it outlives the connection. Where
    # it is "", a subject means something by the one connection alone.
    namespace: Callable[[Settings], str]
    button_labels: Mapping[str, str]
    # The provider's addresses by name, at least authorize and token; none where administrators say
    # where the provider is.
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    # The id that a person is known by, in the provider's word, for the documentation.
    known_by: str = ""
    # What the callback calls the code.
    code_parameter: str = "code"
    # The fields that the provider posts to the callback, where it posts (form_post); everywhere
    # else in the code they stand where those of a redirect do, in request.GET.
    posts_back: tuple[str, ...] = ()
    # What a provider that posts calls the state.
    state_parameter: str = "state"
    # Whether the provider puts our nonce into what it signs.
    nonce: bool = False
    # Whether the provider must be asked before people can be sent to it.
    asks_at_start: bool = False
    # Whether our own key signs what people are sent to the provider with.
    signs_requests: bool = False
    # What we publish of a connection at its metadata address: the function (settings, site) → XML.
    own_metadata: Callable[[Settings, Site], bytes] | None = None
    # What of a connection ends on a day.
    expiries: Callable[[Settings], tuple[Expiry, ...]] = lambda settings: ()
    # The name that the provider has for itself, which a callback's `iss` must repeat.
    issuer: Callable[[Settings], str] = lambda settings: ""
    search_words: tuple[str, ...] = ()
    # The alias that a new connection gets where nobody types one; the id, if it is "".
    proposed_alias: str = ""
    guide: tuple[Step, ...] = ()
    appendix: tuple[Step, ...] = ()
    copies: tuple[Copyable, ...] = ()
    faults: Mapping[str, Fault] = field(default_factory=dict)
    # How the credentials are tested: a function (relying party, secret), or its path, that raises
    # SignInFailed unless the provider accepts them; "" where they cannot be.
    probe: Callable[[Any, str], object] | str = "connections.signin.probing.send_unknown_code"
    # What the provider says of a code that it never gave, once it has accepted id and secret.
    code_refused: frozenset[str] = frozenset({"invalid_grant"})
    # Hosts whose https pictures the end user's page may show.
    picture_hosts: tuple[str, ...] = ()
    # Says why such a browser cannot use the provider (a cause of the fault table), or "".
    refuses_browser: Callable[[Browser], str] = lambda browser: ""
    # Whether the provider refuses browsers that are part of another app, such as WeChat's own.
    refuses_embedded: bool = False
    # What to do in a browser that is refused: a page in place of a failure.
    elsewhere: Elsewhere | None = None
    # Connections of several providers for which this is one and the same, and not "", know the
    # same people: they share a button, which leads to the one that is at home in the browser.
    one_button: Callable[[Settings], str] = lambda settings: ""
    at_home_in: frozenset[Browser] = frozenset()
    # Says what is wrong with a site as this provider's callback, or None.
    site_warning: Callable[[Site], Text | None] = lambda site: None

    def button_label(self, language: str) -> str:
        """The default words on the button in a language, English where there are none."""
        return self.button_labels.get(language, self.button_labels["en"])

    @cached_property
    def login_class(self) -> Any:
        """The allauth provider class."""
        from connections.signin.oauth2 import Adapter, provider_of

        found = import_string(self.login) if isinstance(self.login, str) else self.login
        return provider_of(self, found) if issubclass(found, Adapter) else found

    @cached_property
    def claims_reader(self) -> Reader:
        """What reads an answer."""
        found: Reader = import_string(self.claims) if isinstance(self.claims, str) else self.claims
        return found

    def load(self) -> None:
        """Load what the first sign-in would wait for."""
        self.login_class, self.claims_reader  # noqa: B018 - both import

    def claims_of(self, connection: Connection, answer: Mapping[str, Any]) -> Claims:
        """Return who the provider says this is."""
        namespace = self.namespace(connection.settings) or f"connection:{connection.pk}"
        return self.claims_reader(connection.settings, namespace, answer)

    def refusal(self, browser: Browser) -> str:
        """Say why such a browser cannot use the provider (a cause), or ""."""
        if self.refuses_embedded and browser.is_embedded:
            return "embedded"
        return self.refuses_browser(browser)

    @property
    def endpoints_moved(self) -> bool:
        """Whether this deployment sends people and secrets elsewhere than the provider."""
        return any(endpoint.moved for endpoint in self.endpoints.values())

    @property
    def names(self) -> tuple[str, ...]:
        """All that people may type to find it in the catalogue, in every language."""
        told = []
        for language, _name in settings.LANGUAGES:
            with translation.override(language):
                told += [str(self.name), str(self.brand)]
        return tuple(dict.fromkeys((*told, *self.search_words)))

    @cached_property
    def icon(self) -> str:
        """The provider's mark: the SVG file beside the definition."""
        return (Path(__file__).parent / f"{self.id}.svg").read_text(encoding="utf-8").strip()
