"""Code with an application's own values, for what people build websites with."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from applications.models import Application

Text = str | Promise

# The part of a path that needs no escaping in code and in patterns of URLs.
PLAIN_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)+/?")
# The environment variable of the client secret.
SECRET_VARIABLE = "OIDC_CLIENT_SECRET"  # noqa: S105
EXAMPLE_ORIGIN = "https://www.example.com"
# allauth's own: its prefix, and the provider_id of the snippet.
DJANGO_CALLBACK = "/accounts/oidc/menkou/login/callback/"


@dataclass(frozen=True)
class File:
    """Code to copy into a file, or a command."""

    name: Text
    code: str


@dataclass(frozen=True)
class Snippet:
    """How one framework is connected."""

    id: str
    name: Text
    intro: Text
    files: tuple[File, ...]
    # What people see if it works.
    result: Text
    # Where people return to, and whether that is registered.
    redirect_uri: str
    is_registered: bool
    documentation: str = ""


def snippets_of(application: Application) -> list[Snippet]:
    """Return the snippets for an application."""
    # Those for frameworks need a server, which keeps the secret.
    makers: tuple[Callable[[Application], Snippet], ...] = (
        (django, fastapi, anything) if application.is_confidential else (anything,)
    )
    return [make(application) for make in makers]


def django(application: Application) -> Snippet:
    """Return the snippet for Django with django-allauth 65 (openid_connect)."""
    issuer = application.project.issuer
    settings = f'''\
import os

INSTALLED_APPS += [
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]
MIDDLEWARE += ["allauth.account.middleware.AccountMiddleware"]
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
LOGIN_REDIRECT_URL = "/"

SOCIALACCOUNT_PROVIDERS = {{
    "openid_connect": {{
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {{
                "provider_id": "menkou",
                "name": {literal(application.project.name)},
                "client_id": {literal(application.client_id)},
                "secret": os.environ["{SECRET_VARIABLE}"],
                "settings": {{
                    "server_url": {literal(issuer)},
                    "token_auth_method": "client_secret_basic",
                }},
            }},
        ],
    }},
}}
'''
    urls = """\
from django.urls import include, path

urlpatterns += [
    path("accounts/", include("allauth.urls")),
]
"""
    template = """\
{% load socialaccount %}
<form method="post" action="{% provider_login_url "menkou" %}">
  {% csrf_token %}
  <button>Sign in</button>
</form>
"""
    redirect_uri = origin_of(application) + DJANGO_CALLBACK
    return Snippet(
        id="django",
        name="Django",
        intro=_("With django-allauth, which keeps the accounts of your website."),
        files=(
            File(_("Command line"), 'pip install "django-allauth[socialaccount]"\n'),
            File("settings.py", settings),
            File("urls.py", urls),
            File(_("A template of yours"), template),
            File(_("Command line"), f"export {SECRET_VARIABLE}=…\npython manage.py migrate\n"),
        ),
        result=_(
            "Press Sign in on your page. This project's sign-in page opens. Sign in there. Then "
            "you are back on your website. In a template, {{ user.first_name }} is the name."
        ),
        redirect_uri=redirect_uri,
        is_registered=redirect_uri in application.redirect_uris,
        documentation=(
            "https://docs.allauth.org/en/latest/socialaccount/providers/openid_connect.html"
        ),
    )


def fastapi(application: Application) -> Snippet:
    """Return the snippet for FastAPI with Authlib 1 (Starlette client)."""
    redirect_uri = registered_uri(application) or f"{origin_of(application)}/auth/callback"
    code = f'''\
import os

from authlib.integrations.starlette_client import OAuth, OAuthError
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, RedirectResponse
from starlette.middleware.sessions import SessionMiddleware

REDIRECT_URI = {literal(redirect_uri)}

app = FastAPI()
app.add_middleware(
    SessionMiddleware,
    secret_key=os.environ["SESSION_SECRET"],
    https_only=REDIRECT_URI.startswith("https://"),
)
oauth = OAuth()
oauth.register(
    "menkou",
    server_metadata_url={literal(f"{application.project.issuer}/.well-known/openid-configuration")},
    client_id={literal(application.client_id)},
    client_secret=os.environ["{SECRET_VARIABLE}"],
    client_kwargs={{"scope": "openid profile email", "code_challenge_method": "S256"}},
)


@app.get("/")
async def home(request: Request):
    user = request.session.get("user")
    return PlainTextResponse(f"Hello, {{user['name']}}" if user else "Open /login to sign in.")


@app.get("/login")
async def login(request: Request):
    return await oauth.menkou.authorize_redirect(request, REDIRECT_URI)


@app.get({literal(urlsplit(redirect_uri).path)})
async def callback(request: Request):
    try:
        token = await oauth.menkou.authorize_access_token(request)
    except OAuthError as error:
        return PlainTextResponse(f"Not signed in: {{error.error}}", status_code=400)
    # The ID token has been verified. The profile is at the userinfo endpoint.
    profile = await oauth.menkou.userinfo(token=token)
    request.session["user"] = {{"sub": profile["sub"], "name": profile.get("name", profile["sub"])}}
    return RedirectResponse("/", status_code=303)
'''
    command = f"""\
export {SECRET_VARIABLE}=…
export SESSION_SECRET=$(openssl rand -hex 32)
uvicorn main:app --port {urlsplit(redirect_uri).port or 8000}
"""
    return Snippet(
        id="fastapi",
        name="FastAPI",
        intro=_("With Authlib. The example keeps the person in a signed session cookie."),
        files=(
            File(_("Command line"), "pip install fastapi uvicorn authlib httpx2 itsdangerous\n"),
            File("main.py", code),
            File(_("Command line"), command),
        ),
        result=_(
            "Open /login on your website. This project's sign-in page opens. Sign in there. Then "
            "your website greets you by name."
        ),
        redirect_uri=redirect_uri,
        is_registered=redirect_uri in application.redirect_uris,
        documentation="https://docs.authlib.org/en/latest/client/fastapi.html",
    )


def anything(application: Application) -> Snippet:
    """Return what any OpenID Connect library has to know."""
    redirect_uri = registered_uri(application) or f"{origin_of(application)}/callback"
    secret = f"Client Secret:     ${SECRET_VARIABLE}\n" if application.is_confidential else ""
    method = "client_secret_basic or client_secret_post" if application.is_confidential else "none"
    values = f"""\
Issuer:            {application.project.issuer}
Discovery:         {application.project.issuer}/.well-known/openid-configuration
Client ID:         {application.client_id}
{secret}Authentication:    {method}
Flow:              authorization code (response_type=code)
PKCE:              S256
Scope:             openid profile email
Redirect URI:      {redirect_uri}
"""
    return Snippet(
        id="other",
        name=_("Any other"),
        intro=_(
            "Every library with OpenID Connect needs these values. Most of them read the rest from "
            "the discovery address."
        ),
        files=(File(_("Values"), values),),
        result=_(
            "Start a sign-in. This project's sign-in page opens. Sign in there. Then you are "
            "back at the redirect URI with a code, for which your library gets an ID token. Its "
            "sub is the person's permanent ID. Name and email come from the userinfo endpoint."
        ),
        redirect_uri=redirect_uri,
        is_registered=redirect_uri in application.redirect_uris,
    )


def registered_uri(application: Application) -> str:
    """Return the first registered URI that fits into code as it is, or ""."""
    for each in application.redirect_uris:
        parts = urlsplit(each)
        is_web = parts.scheme in {"http", "https"}
        if not is_web and application.is_confidential:
            continue
        if "*" not in each and (not is_web or PLAIN_PATH.fullmatch(parts.path)):
            return str(each)
    return ""


def origin_of(application: Application) -> str:
    """Return the origin of the website, as its redirect URIs show it."""
    for each in application.redirect_uris:
        parts = urlsplit(each)
        if parts.scheme in {"http", "https"} and "*" not in parts.netloc:
            return f"{parts.scheme}://{parts.netloc}"
    return EXAMPLE_ORIGIN


def literal(text: str) -> str:
    """Return the text as a string of Python's (JSON's escapes are among Python's)."""
    return json.dumps(text, ensure_ascii=False)
