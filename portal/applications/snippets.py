"""Code with an application's own values, for what people build websites with.

The code of each framework is a file in the folder `code`, in parts that begin with a line
`=== NAME`. The name is that of a file, `$` for a command line, or `=` for values. A line whose
value is empty is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from applications.models import Application, Kind

Text = str | Promise

FOLDER = Path(__file__).parent / "code"
PART = re.compile(r"^=== (.+)\n", re.MULTILINE)
PLACEHOLDER = re.compile(r"%%(\w+)%%")
# The part of a path that needs no escaping in code and in patterns of URLs.
PLAIN_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)+/?")
PLAIN_HOME = re.compile(rf"/|{PLAIN_PATH.pattern}")
EXAMPLE_ORIGIN = "https://www.example.com"
PART_NAMES: dict[str, Text] = {"$": _("Command line"), "=": _("Values")}


@dataclass(frozen=True)
class Framework:
    """What somebody builds an application with; the file of its code has its id as name."""

    id: str
    name: Text
    # The type of application that its code is for; None: all of them.
    kind: Kind | None
    # Where people return to on the website.
    path: str
    intro: Text
    # What people see if it works.
    result: Text
    documentation: str = ""
    # Whether the path is given by the framework. Otherwise the code uses a registered one.
    is_path_fixed: bool = True
    # The versions that the code was tried with, and the day; "" and None: it was not tried.
    tried_with: str = ""
    tried_on: date | None = None

    @property
    def redirect_uri(self) -> str:
        """The redirect URI at a website of which nothing is known yet."""
        return f"{EXAMPLE_ORIGIN}{self.path}"


@dataclass(frozen=True)
class File:
    """Code to copy into a file, or a command."""

    name: Text
    code: str


@dataclass(frozen=True)
class Snippet:
    """How one framework is connected."""

    framework: Framework
    files: tuple[File, ...]
    # Where people return to, and whether that is registered.
    redirect_uri: str
    is_registered: bool


TRIED = date(2026, 11, 29)
GREETING = _(
    "Open /login on your website. This project's sign-in page opens. Sign in there. Then your "
    "website greets you by name."
)
GREETING_AND_LOGOUT = _(
    "Open /login on your website. This project's sign-in page opens. Sign in there. Then your "
    "website greets you by name. /logout signs you out of your website and of this project. From "
    "there you return to your website if it has a post-logout URI."
)
BUTTON = _(
    "Press Sign in on your page. This project's sign-in page opens. Sign in there. Then your "
    "website greets you by name."
)
BUTTONS = _(
    "Press Sign in on your page. This project's sign-in page opens. Sign in there. Then your "
    "website greets you by name. Sign out signs you out of your website and of this project. From "
    "there you return to your website if it has a post-logout URI."
)
PROTECTED = _(
    "Open your website. This project's sign-in page opens. Sign in there. Then your website "
    "greets you by name."
)

FRAMEWORKS: tuple[Framework, ...] = (
    Framework(
        "django",
        "Django",
        Kind.WEBSITE,
        # allauth's own: its prefix, and the provider_id of the snippet.
        "/accounts/oidc/menkou/login/callback/",
        _("With django-allauth, which keeps the accounts of your website."),
        _(
            "Press Sign in on your page. This project's sign-in page opens. Sign in there. Then "
            "you are back on your website. In a template, {{ user.first_name }} is the name."
        ),
        "https://docs.allauth.org/en/latest/socialaccount/providers/openid_connect.html",
        tried_with="Django 5.2, django-allauth 65",
        tried_on=TRIED,
    ),
    Framework(
        "flask",
        "Flask",
        Kind.WEBSITE,
        "/auth/callback",
        _("With Authlib. The example keeps the user in a signed session cookie."),
        GREETING_AND_LOGOUT,
        "https://docs.authlib.org/en/latest/client/flask.html",
        is_path_fixed=False,
        tried_with="Flask 3.1, Authlib 1.9",
        tried_on=TRIED,
    ),
    Framework(
        "fastapi",
        "FastAPI",
        Kind.WEBSITE,
        "/auth/callback",
        _("With Authlib. The example keeps the user in a signed session cookie."),
        GREETING_AND_LOGOUT,
        "https://docs.authlib.org/en/latest/client/fastapi.html",
        is_path_fixed=False,
        tried_with="FastAPI 0.165, Authlib 1.9",
        tried_on=TRIED,
    ),
    Framework(
        "express",
        "Express",
        Kind.WEBSITE,
        "/auth/callback",
        _("With openid-client 6. The example keeps sessions in memory: use a store for yours."),
        GREETING_AND_LOGOUT,
        "https://www.npmjs.com/package/openid-client",
        is_path_fixed=False,
        tried_with="Express 5.3, openid-client 6.9",
        tried_on=TRIED,
    ),
    Framework(
        "nextjs",
        "Next.js",
        Kind.WEBSITE,
        "/api/auth/callback/menkou",
        _(
            "With Auth.js 5 (next-auth). On your own machine, use localhost: Next.js replaces "
            "127.0.0.1 by it."
        ),
        BUTTON,
        "https://authjs.dev/guides/configuring-oauth-providers",
        tried_with="Next.js 16.4, next-auth 5.0.0-beta.32",
        tried_on=TRIED,
    ),
    Framework(
        "better-auth",
        "better-auth",
        Kind.WEBSITE,
        "/api/auth/callback/menkou",
        _("For better-auth 1.7 and newer."),
        BUTTON,
        "https://better-auth.com/docs/plugins/generic-oauth",
        tried_with="better-auth 1.7",
        tried_on=TRIED,
    ),
    Framework(
        "oidc-client-ts",
        _("Browser app"),
        Kind.BROWSER,
        "/callback",
        _("With oidc-client-ts 3. It keeps the tokens in the session storage of the browser tab."),
        BUTTONS,
        "https://authts.github.io/oidc-client-ts/",
        is_path_fixed=False,
        tried_with="oidc-client-ts 3.5",
        tried_on=TRIED,
    ),
    Framework(
        "spring-boot",
        "Spring Boot",
        Kind.WEBSITE,
        "/login/oauth2/code/menkou",
        _("With Spring Security's OAuth 2 client."),
        PROTECTED,
        "https://docs.spring.io/spring-security/reference/servlet/oauth2/login/core.html",
    ),
    Framework(
        "laravel",
        "Laravel",
        Kind.WEBSITE,
        "/auth/callback",
        _("With Socialite and a provider of its own. Add your accounts where the comment is."),
        GREETING,
        "https://laravel.com/docs/socialite",
        is_path_fixed=False,
        tried_with="Laravel 10.48, Socialite 5.16",
        tried_on=TRIED,
    ),
    Framework(
        "rails",
        "Rails",
        Kind.WEBSITE,
        "/auth/menkou/callback",
        _("With omniauth_openid_connect."),
        BUTTON,
        "https://github.com/omniauth/omniauth_openid_connect",
        tried_with="Rails 7.2, omniauth_openid_connect 0.8",
        tried_on=TRIED,
    ),
    Framework(
        "go",
        "Go",
        Kind.WEBSITE,
        "/auth/callback",
        _("With go-oidc 3 and golang.org/x/oauth2. Add your session where the comment is."),
        GREETING,
        "https://pkg.go.dev/github.com/coreos/go-oidc/v3/oidc",
        is_path_fixed=False,
        tried_with="Go 1.24, go-oidc 3.4, x/oauth2 0.27",
        tried_on=TRIED,
    ),
    Framework(
        "aspnet",
        "ASP.NET Core",
        Kind.WEBSITE,
        "/signin-oidc",
        _("With Microsoft's OpenID Connect handler."),
        PROTECTED,
        "https://learn.microsoft.com/aspnet/core/security/authentication/configure-oidc-web-authentication",
    ),
    Framework(
        "apache",
        "Apache",
        Kind.WEBSITE,
        "/protected/redirect_uri",
        _("With mod_auth_openidc. The commands are those of Debian and Ubuntu."),
        _(
            "Open /protected on your website. This project's sign-in page opens. Sign in there. "
            "Then you see the page. Programs find the permanent ID in REMOTE_USER, and the name in "
            "OIDC_CLAIM_name."
        ),
        "https://github.com/OpenIDC/mod_auth_openidc",
        tried_with="Apache 2.4, mod_auth_openidc 2.4.17",
        tried_on=TRIED,
    ),
    Framework(
        "oauth2-proxy",
        "oauth2-proxy",
        Kind.WEBSITE,
        "/oauth2/callback",
        _("A proxy for websites that have no sign-in of their own."),
        _(
            "Open your website. This project's sign-in page opens. Sign in there. Then you see "
            "your website, which gets the permanent ID in the header X-Forwarded-User."
        ),
        "https://oauth2-proxy.github.io/oauth2-proxy/configuration/providers/openid_connect",
    ),
    Framework(
        "wordpress",
        "WordPress",
        Kind.WEBSITE,
        "/wp-admin/admin-ajax.php?action=openid-connect-authorize",
        _(
            "With the plugin OpenID Connect Generic. It sends no code challenge, so turn on “PKCE "
            "is optional” in the settings below. It cannot be used with an issuer that has a port."
        ),
        _(
            "Open the login page of WordPress and press Login with OpenID Connect. This project's "
            "sign-in page opens. Sign in there. Then you are signed in to WordPress."
        ),
        "https://wordpress.org/plugins/daggerhart-openid-connect-generic/",
        tried_with="WordPress 6.8, OpenID Connect Generic 3.10",
        tried_on=TRIED,
    ),
    Framework(
        "other",
        _("Other"),
        None,
        "/callback",
        _(
            "Every library with OpenID Connect needs these values. Most of them read the rest from "
            "the discovery address."
        ),
        _(
            "Start a sign-in. This project's sign-in page opens. Sign in there. Then you are "
            "back at the redirect URI with a code, for which your library gets an ID token. Its "
            "sub is the user's permanent ID. Name and email come from the userinfo endpoint."
        ),
        is_path_fixed=False,
    ),
)


def find_framework(identifier: str) -> Framework | None:
    """Return the framework with the id, or None."""
    return next((each for each in FRAMEWORKS if each.id == identifier), None)


def snippets_of(application: Application) -> list[Snippet]:
    """Return the snippets for the application's type."""
    kinds = {None, application.kind}
    return [make_snippet(each, application) for each in FRAMEWORKS if each.kind in kinds]


def choose_snippet(snippets: list[Snippet], identifier: str) -> str:
    """Return the id of the snippet to show first: the one asked for, or what is registered."""
    known = {each.framework.id for each in snippets}
    fixed = [s.framework.id for s in snippets if s.is_registered and s.framework.is_path_fixed]
    return next(iter([*({identifier} & known), *fixed, snippets[0].framework.id]))


def make_snippet(framework: Framework, application: Application) -> Snippet:
    """Return a framework's snippet with the application's values."""
    redirect_uri = redirect_uri_of(framework, application)
    parts = urlsplit(redirect_uri)
    issuer = application.project.issuer
    secret = "client_secret_basic, client_secret_post" if application.is_confidential else "none"
    values = {
        "issuer": issuer,
        "discovery": f"{issuer}/.well-known/openid-configuration",
        "client_id": application.client_id,
        # A string of Python, JavaScript and YAML, in quotation marks; the rest is plain text.
        "name": json.dumps(application.project.name, ensure_ascii=False),
        "redirect_uri": redirect_uri,
        "origin": f"{parts.scheme}://{parts.netloc}",
        "path": parts.path,
        "port": str(parts.port or 8000),
        "http": "HTTP" if issuer.startswith("http:") else "",
        "post_logout": post_logout_uri(application, f"{parts.scheme}://{parts.netloc}"),
        "authentication": secret,
    }
    return Snippet(
        framework=framework,
        files=tuple(File(name, fill(code, values)) for name, code in read_code(framework.id)),
        redirect_uri=redirect_uri,
        is_registered=redirect_uri in application.redirect_uris,
    )


@cache
def read_code(identifier: str) -> list[tuple[Text, str]]:
    """Return the parts of a framework's code, with their names."""
    text = (FOLDER / f"{identifier}.txt").read_text(encoding="utf-8")
    _nothing, *parts = PART.split(text)
    return [
        (PART_NAMES.get(name, name), code)
        for name, code in zip(parts[::2], parts[1::2], strict=True)
    ]


def fill(code: str, values: Mapping[str, str]) -> str:
    """Return the code with values in place of its placeholders; KeyError for an unknown one."""
    lines = [
        line
        for line in code.splitlines(keepends=True)
        if all(values[name] for name in PLACEHOLDER.findall(line))
    ]
    return PLACEHOLDER.sub(lambda found: values[found[1]], "".join(lines))


def redirect_uri_of(framework: Framework, application: Application) -> str:
    """Return the redirect URI of the code: a registered one if it fits."""
    if framework.is_path_fixed:
        # A wildcard is no address.
        fitting = [
            each
            for each in application.redirect_uris
            if "*" not in each and each == f"{website_origin([each])}{framework.path}"
        ]
        return next(iter(fitting), f"{website_origin(application.redirect_uris)}{framework.path}")
    return (
        registered_uri(application)
        or f"{website_origin(application.redirect_uris)}{framework.path}"
    )


def registered_uri(application: Application) -> str:
    """Return the first registered URI that fits into code as it is, or ""."""
    for each in application.redirect_uris:
        parts = urlsplit(each)
        is_web = parts.scheme in {"http", "https"}
        if not is_web and application.kind != Kind.NATIVE:
            continue
        is_plain = PLAIN_PATH.fullmatch(parts.path) and not parts.query
        if "*" not in each and (not is_web or is_plain):
            return str(each)
    return ""


def post_logout_uri(application: Application, origin: str) -> str:
    """Return a registered URI at this origin for people who have signed out, or ""."""
    for each in application.post_logout_redirect_uris:
        parts = urlsplit(each)
        is_plain = PLAIN_HOME.fullmatch(parts.path) and not parts.query
        if is_plain and each == f"{origin}{parts.path}":
            return str(each)
    return ""


def website_origin(uris: list[str]) -> str:
    """Return the origin of the website, as its redirect URIs show it."""
    for each in uris:
        parts = urlsplit(each)
        if parts.scheme in {"http", "https"} and "*" not in parts.netloc:
            return f"{parts.scheme}://{parts.netloc}"
    return EXAMPLE_ORIGIN
