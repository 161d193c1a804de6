"""The classes of django-allauth that need more than an id and a secret, and their settings.

Those classes read the deployment's settings, most of them on import. A connection has its own
settings, so each class has an entry here: our fields, and the class attributes that they replace. A
class that reads settings and has no entry is not offered.

Ids and names here are part of the namespaces of users. They must never change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from connections.fields.field import Text

Values = Mapping[str, Any]


class Form(StrEnum):
    """The form of a setting's value."""

    ADDRESS = "address"  # a whole web address
    HOST = "host"
    TEXT = "text"
    CHOICE = "choice"


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A setting of a connection for its class, under our own name."""

    name: str
    label: Text
    help: Text = ""
    form: Form = Form.ADDRESS
    # The value of an empty field. "" if the setting is required.
    default: str = ""
    choices: tuple[tuple[str, Text], ...] = ()
    # Whether another value means other users, because it selects the server, tenant or site, or the
    # attribute with the user's id.
    identifies: bool = True

    @property
    def required(self) -> bool:
        """Whether the class does not work without a value."""
        return not self.default

    @property
    def example(self) -> str:
        """A value that works with the class."""
        if self.default:
            return self.default
        examples = {Form.ADDRESS: "https://id.example.com", Form.HOST: "id.example.com"}
        return examples.get(self.form, "an-example")


@dataclass(frozen=True, kw_only=True)
class Server:
    """The values that a class gets in place of the deployment's settings."""

    settings: tuple[Setting, ...]
    # The settings of allauth that the entry replaces. The class may read no others.
    replaces: frozenset[str]
    # The attributes of the adapter's class, from the values.
    attributes: Callable[[Values], Mapping[str, Any]] = lambda values: {}
    # The settings that the provider's class reads at run time, under allauth's names.
    given: Callable[[Values], Mapping[str, Any]] = lambda values: {}

    def values(self, settings: Values) -> dict[str, str]:
        """Return the values in effect: those of the connection, or the defaults."""
        return {each.name: str(settings.get(each.name) or each.default) for each in self.settings}

    def identifying(self, settings: Values) -> dict[str, str]:
        """Return the values that decide which users sign in."""
        values = self.values(settings)
        return {each.name: values[each.name] for each in self.settings if each.identifies}


def address(default: str = "") -> Setting:
    """Return the setting for the URL of the server."""
    return Setting(
        name="server",
        label=_("Server address"),
        help=_("For example https://login.example.com."),
        default=default,
    )


def host(default: str) -> Setting:
    """Return the setting for the host."""
    return Setting(name="host", label=_("Host name"), form=Form.HOST, default=default)


# The production service or the sandbox.
ENVIRONMENT = Setting(
    name="environment",
    label=_("Environment"),
    form=Form.CHOICE,
    default="production",
    choices=(("production", _("Production")), ("sandbox", _("Sandbox"))),
)


def user_agent(default: str) -> Setting:
    """Return the setting for the User-Agent header."""
    return Setting(
        name="user_agent", label="User-Agent", form=Form.TEXT, default=default, identifies=False
    )


# The names of the URLs below in allauth's classes.
ATTRIBUTES = {
    "authorize": "authorize_url",
    "exchange": "access_token_url",
    "profile": "profile_url",
    "email": "email_address_url",
    "root": "provider_base_url",
}


def one_base(setting: Setting, replaces: str, base: str, **paths: str) -> Server:
    """Return the entry of a class whose URLs have a common base."""

    def made(values: Values) -> dict[str, str]:
        return {ATTRIBUTES[name]: (base + path).format(**values) for name, path in paths.items()}

    return Server(settings=(setting,), replaces=frozenset(replaces.split()), attributes=made)


def below_server(replaces: str, default: str = "", **paths: str) -> Server:
    """Return the entry of a class whose URLs are below the URL of a server."""
    return one_base(address(default), replaces, "{server}", **paths)


KEY = Setting(
    name="key",
    label=_("Key"),
    help=_(
        "A third credential that some providers issue. See the django-allauth documentation for "
        "this provider."
    ),
    form=Form.TEXT,
    identifies=False,
)


def trainingpeaks(values: Values) -> dict[str, str]:
    """Return the URLs of the environment."""
    sandbox = "sandbox." if values["environment"] == "sandbox" else ""
    return {
        "authorize_url": f"https://oauth.{sandbox}trainingpeaks.com/OAuth/Authorize",
        "access_token_url": f"https://oauth.{sandbox}trainingpeaks.com/oauth/token",
        "profile_url": f"https://api.{sandbox}trainingpeaks.com/v1/athlete/profile",
    }


def paypal(values: Values) -> dict[str, str]:
    """Return the URLs of the environment."""
    sandbox = "sandbox." if values["environment"] == "sandbox" else ""
    api = f"https://api.{sandbox}paypal.com/v1/identity/openidconnect"
    path = "webapps/auth/protocol/openidconnect/v1/authorize"
    return {
        "authorize_url": f"https://www.{sandbox}paypal.com/{path}",
        "access_token_url": f"{api}/tokenservice",
        "profile_url": f"{api}/userinfo",
    }


def dwolla(values: Values) -> dict[str, str]:
    """Return the URLs of the environment."""
    name = "uat" if values["environment"] == "sandbox" else "www"
    return {
        "authorize_url": f"https://{name}.dwolla.com/oauth/v2/authenticate",
        "access_token_url": f"https://{name}.dwolla.com/oauth/v2/token",
    }


def quickbooks(values: Values) -> dict[str, str]:
    """Return the URL of the profile. The other URLs are the same in all environments."""
    sandbox = "sandbox-" if values["environment"] == "sandbox" else ""
    profile = f"https://{sandbox}accounts.platform.intuit.com/v1/openid_connect/userinfo"
    return {"profile_url": profile}


def orcid(values: Values) -> dict[str, Any]:
    """Return the URLs of the registry. Members of ORCID use another API."""
    member = values["api"] == "member"
    host = values["host"]
    api = f"https://{'api' if member else 'pub'}.{host}"
    return {
        "member_api": member,
        "authorize_url": f"https://{host}/oauth/authorize",
        "access_token_url": f"{api}/oauth/token",
        "profile_url": f"{api}/v3.0/%s/record",
    }


def sharefile(values: Values) -> dict[str, str]:
    """Return the URLs of an account, which has a subdomain."""
    account = f"https://{values['account']}"
    return {
        "authorize_url": f"https://secure.{values['host']}/oauth/authorize",
        "access_token_url": f"{account}.{values['host']}/oauth/token",
        "refresh_token_url": f"{account}.{values['host']}/oauth/token",
        "profile_url": f"{account}.sf-api.com/sf/v3/Users",
    }


def mediawiki(values: Values) -> dict[str, Any]:
    """Return the URLs of a wiki's REST API."""
    return {
        "authorize_url": f"{values['server']}/oauth2/authorize",
        "access_token_url": f"{values['server']}/oauth2/access_token",
        "profile_url": f"{values['server']}/oauth2/resource/profile",
        "headers": {"User-Agent": values["user_agent"]},
    }


SERVERS: Mapping[str, Server] = {
    "agave": below_server(
        "API_URL",
        "https://public.agaveapi.co",
        exchange="/token",
        authorize="/authorize",
        profile="/profiles/v2/me",
    ),
    "authentiq": below_server(
        "PROVIDER_URL",
        "https://connect.authentiq.io",
        exchange="/token",
        authorize="/authorize",
        profile="/userinfo",
    ),
    "battlenet": Server(
        settings=(
            Setting(
                name="region",
                label=_("Region"),
                form=Form.CHOICE,
                default="us",
                choices=(("us", _("All but mainland China")), ("cn", _("Mainland China"))),
            ),
        ),
        replaces=frozenset({"REGION"}),
        attributes=lambda values: {"battlenet_region": values["region"]},
    ),
    "dwolla": Server(
        settings=(ENVIRONMENT,),
        replaces=frozenset({"ENVIRONMENT"}),
        attributes=dwolla,
    ),
    "edx": below_server(
        "EDX_URL",
        "https://edx.org",
        root="",
        exchange="/oauth2/access_token",
        authorize="/oauth2/authorize/",
        profile="/api/user/v1/me",
    ),
    "feedly": one_base(
        host("cloud.feedly.com"),
        "HOST",
        "https://{host}",
        exchange="/v3/auth/token",
        authorize="/v3/auth/auth",
        profile="/v3/profile",
    ),
    "gitea": below_server(
        "GITEA_URL",
        "https://gitea.com",
        exchange="/login/oauth/access_token",
        authorize="/login/oauth/authorize",
        profile="/api/v1/user",
    ),
    "gumroad": below_server(
        "GUMROAD_URL",
        "https://gumroad.com",
        exchange="/oauth/token",
        authorize="/oauth/authorize",
    ),
    "jupyterhub": below_server(
        "API_URL",
        exchange="/hub/api/oauth2/token",
        authorize="/hub/api/oauth2/authorize",
        profile="/hub/api/user",
    ),
    "lemonldap": below_server(
        "LEMONLDAP_URL",
        exchange="/oauth2/token",
        authorize="/oauth2/authorize",
        profile="/oauth2/userinfo",
    ),
    "lichess": below_server(
        "API_URL",
        "https://lichess.org",
        exchange="/api/token",
        authorize="/oauth",
        profile="/api/account",
        email="/api/account/email",
    ),
    "mailcow": below_server(
        "SERVER",
        "https://hosted.mailcow.de",
        exchange="/oauth/token",
        authorize="/oauth/authorize",
        profile="/oauth/profile",
    ),
    "mediawiki": Server(
        settings=(
            address("https://meta.wikimedia.org/w/rest.php"),
            user_agent("django-allauth"),
        ),
        replaces=frozenset({"REST_API", "USER_AGENT", "USERPAGE_TEMPLATE"}),
        attributes=mediawiki,
    ),
    "netiq": Server(
        settings=(
            address(),
            Setting(
                name="id_attribute",
                label=_("Attribute with the user's ID"),
                form=Form.TEXT,
                default="sub",
            ),
        ),
        replaces=frozenset({"NETIQ_URL", "uid_field"}),
        attributes=lambda values: {"provider_base_url": values["server"]},
        given=lambda values: {"uid_field": values["id_attribute"]},
    ),
    "nextcloud": below_server(
        "SERVER",
        authorize="/apps/oauth2/authorize",
        exchange="/apps/oauth2/api/v1/token",
        profile="/ocs/v1.php/cloud/users/",
    ),
    "odnoklassniki": Server(settings=(KEY,), replaces=frozenset({"key"})),
    "orcid": Server(
        settings=(
            host("orcid.org"),
            Setting(
                name="api",
                label="API",
                form=Form.CHOICE,
                default="public",
                choices=(("public", _("Public API")), ("member", _("Member API"))),
                identifies=False,
            ),
        ),
        replaces=frozenset({"BASE_DOMAIN", "MEMBER_API"}),
        attributes=orcid,
    ),
    # The first API, which is allauth's default.
    "patreon": Server(settings=(), replaces=frozenset({"VERSION"})),
    "paypal": Server(
        settings=(ENVIRONMENT,),
        replaces=frozenset({"MODE"}),
        attributes=paypal,
    ),
    "pinterest": one_base(
        host("api.pinterest.com"),
        "PINTEREST_URL API_VERSION",
        "https://{host}/v5",
        exchange="/oauth/token",
        profile="/user_account",
    ),
    "quickbooks": Server(
        settings=(ENVIRONMENT,),
        replaces=frozenset({"SANDBOX"}),
        attributes=quickbooks,
    ),
    "reddit": Server(
        settings=(user_agent("django-allauth-header"),),
        replaces=frozenset({"USER_AGENT"}),
        attributes=lambda values: {"headers": {"User-Agent": values["user_agent"]}},
    ),
    "sharefile": Server(
        settings=(
            Setting(
                name="account", label=_("Account (subdomain)"), form=Form.TEXT, default="secure"
            ),
            host("sharefile.com"),
        ),
        replaces=frozenset({"SUBDOMAIN", "APICP", "DEFAULT_URL"}),
        attributes=sharefile,
    ),
    "stackexchange": Server(
        settings=(
            KEY,
            Setting(name="site", label=_("Site"), form=Form.TEXT, default="stackoverflow"),
        ),
        replaces=frozenset({"key", "SITE"}),
        given=lambda values: {"SITE": values["site"]},
    ),
    "trainingpeaks": Server(
        settings=(ENVIRONMENT,),
        replaces=frozenset({"USE_PRODUCTION"}),
        attributes=trainingpeaks,
    ),
}
