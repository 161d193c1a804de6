"""A website whose people sign in with Menkou. Copy what you need.

    python -m pip install authlib flask gunicorn requests
    manage.py applications create --project acme --name "Demo Shop" \
        --redirect-uri http://127.0.0.1:8900/callback \
        --post-logout-redirect-uri http://127.0.0.1:8900/ \
        --backchannel-logout-uri http://127.0.0.1:8900/back-channel-logout > website.json
    WEBSITE_CONFIG=website.json gunicorn --bind 127.0.0.1:8900 website:app

`make run` does the same.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import FlaskOAuth2App, OAuth
from authlib.integrations.requests_client import OAuth2Session
from flask import Flask, redirect, render_template, request, session, url_for
from joserfc.errors import JoseError
from requests import RequestException
from signing_out import add_signing_out
from werkzeug.wrappers import Response

TEXTS = json.loads(Path(__file__).with_name("texts.json").read_text(encoding="utf-8"))
# What `manage.py applications create` has printed.
config = json.loads(Path(os.environ["WEBSITE_CONFIG"]).read_text(encoding="utf-8"))

app = Flask(__name__)
# With a key that stays, people stay signed in when the website starts again.
app.secret_key = secrets.token_bytes(32)
app.config.update(SESSION_COOKIE_NAME="demo_shop", SESSION_COOKIE_SAMESITE="Lax")
# On a website with https, also SESSION_COOKIE_SECURE=True.


class LocalSession(OAuth2Session):
    """Connects to this machine for names such as acme.localhost, as browsers do.

    Not every system resolves these names (RFC 6761). Leave the class out where Menkou has a domain.
    """

    def send(self, request: Any, **options: Any) -> Any:
        address = urlsplit(request.url)
        if (address.hostname or "").endswith(".localhost"):
            request.headers["Host"] = address.netloc
            request.url = address._replace(netloc=f"127.0.0.1:{address.port or 80}").geturl()
        return super().send(request, **options)


class LocalClient(FlaskOAuth2App):
    client_cls = LocalSession


# Authlib reads the endpoints from the discovery document. It adds and checks state, nonce and PKCE.
menkou = OAuth(app).register(
    "menkou",
    client_cls=LocalClient,
    client_id=config["client_id"],
    client_secret=config["client_secret"],
    server_metadata_url=config["issuer"] + "/.well-known/openid-configuration",
    client_kwargs={
        "scope": "openid profile email",
        "code_challenge_method": "S256",
        "default_timeout": 10,
    },
)
add_signing_out(app, menkou)


@app.get("/")
def home() -> str:
    return page(claims=session.get("claims"))


@app.get("/sign-in")
def sign_in() -> Response:
    # The cookie has room for a few sign-ins that were not finished.
    unfinished = [name for name in session if name.startswith("_state_")]
    for oldest in sorted(unfinished, key=lambda name: session[name]["exp"])[:-3]:
        del session[oldest]
    return menkou.authorize_redirect(url_for("callback", _external=True), ui_locales=language())


@app.get("/callback")
def callback() -> Response:
    token = menkou.authorize_access_token()
    # The ID token says who has signed in, and userinfo what they are called.
    session["claims"] = {**menkou.userinfo(token=token), **token["userinfo"]}
    session["id_token"] = token["id_token"]
    return redirect(url_for("home"))


@app.errorhandler(AuthlibBaseError)
@app.errorhandler(JoseError)
def not_signed_in(error: Any) -> tuple[str, int]:
    return page(error=str(getattr(error, "error", "") or type(error).__name__)[:40]), 400


@app.errorhandler(RequestException)
def menkou_is_away(error: RequestException) -> tuple[str, int]:
    return page(error="unavailable"), 502


def page(**context: Any) -> str:
    chosen = language()
    return render_template("page.html", lang=chosen, texts=TEXTS[chosen], **context)


def language() -> str:
    return request.accept_languages.best_match(list(TEXTS)) or "en"
