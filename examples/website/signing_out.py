"""Signing out at Menkou too, and hearing that somebody has signed out elsewhere."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlencode

from flask import Flask, redirect, request, session, url_for
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from werkzeug.wrappers import Response

EVENT = "http://schemas.openid.net/event/backchannel-logout"
LONGEST = 4096

# The sessions that have ended, until this process ends. A website with several processes keeps
# them in its database, or keeps its own sessions there and deletes them.
ended: set[str] = set()


def add_signing_out(app: Flask, menkou: Any) -> None:
    """Add the pages that sign out, and the one that Menkou calls."""

    @app.before_request
    def forget_ended_sessions() -> None:
        if session.get("claims", {}).get("sid") in ended:
            session.clear()

    @app.post("/sign-out")
    def sign_out() -> Response:
        hint = session.get("id_token", "")
        session.clear()
        sent = {
            "id_token_hint": hint,
            "client_id": menkou.client_id,
            "post_logout_redirect_uri": url_for("home", _external=True),
        }
        address = menkou.load_server_metadata()["end_session_endpoint"]
        known = urlencode({name: value for name, value in sent.items() if value})
        return redirect(f"{address}?{known}")

    @app.post("/back-channel-logout")
    def back_channel_logout() -> tuple[str, int]:
        token = request.form.get("logout_token", "")
        if len(token) > LONGEST:
            return "", 400
        try:
            keys = KeySet.import_key_set(menkou.fetch_jwk_set(force=True))
            claims = jwt.decode(token, keys, algorithms=["RS256", "ES256"]).claims
        except (JoseError, ValueError):
            return "", 400
        is_right = (
            claims.get("iss") == menkou.load_server_metadata()["issuer"]
            and claims.get("aud") == menkou.client_id
            and EVENT in claims.get("events", {})
            and "nonce" not in claims
            and claims.get("exp", 0) > time.time()
        )
        if not is_right or not isinstance(claims.get("sid"), str):
            return "", 400
        ended.add(claims["sid"])
        return "", 200
