"""A whole sign-in as an application, carried out by the portal: from the request to userinfo.

The browser goes the way that it goes for the application itself. The portal takes the application's
place at the end, without its secret, which is stored only as a hash.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from oauthlib.oauth2.rfc6749.errors import OAuth2Error

from applications.models import Application
from applications.protocol.bearer_tokens import answer_userinfo
from applications.protocol.client_authentication import Sender
from applications.protocol.discovery import public_keys
from applications.protocol.parameters import AuthorizationParameters
from applications.protocol.stored_requests import push_request
from applications.protocol.token_requests import answer_token_request
from applications.tokens.grants import revoke_grant
from applications.tokens.lookup import find_token
from core.random_text import new_random_text

SCOPE = ("openid", "profile", "email")
# People choose how they sign in, also where this browser has a session.
PROMPT = ("select_account",)
LONGEST = 4096
# In place of a secret.
REMOVED = "…"
SECRET_NAMES = frozenset({"access_token", "code", "code_verifier", "id_token", "refresh_token"})


@dataclass(frozen=True)
class SampleSignIn:
    """What has to be kept from the start of a sample sign-in to its end."""

    state: str
    nonce: str
    verifier: str = field(repr=False)
    redirect_uri: str
    # Where the browser goes first.
    url: str


@dataclass(frozen=True)
class SampleStep:
    """A step of the sign-in: its key, whether it went well, and what was sent or received."""

    key: str
    is_ok: bool
    facts: Mapping[str, str] = field(default_factory=dict)


def begin_sample_sign_in(application: Application, *, redirect_uri: str) -> SampleSignIn:
    """Return a new sample sign-in; `redirect_uri` is a page of the portal. One statement."""
    verifier = new_random_text() + new_random_text()
    challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
    state, nonce = new_random_text(), new_random_text()
    parameters = AuthorizationParameters(
        redirect_uri=redirect_uri,
        scope=SCOPE,
        state=state,
        nonce=nonce,
        code_challenge=challenge,
        prompt=PROMPT,
        is_sample=True,
    )
    request_uri = push_request(application, parameters)
    query = urlencode({"client_id": application.client_id, "request_uri": request_uri})
    url = f"{application.project.issuer}/oauth2/authorize?{query}"
    return SampleSignIn(state, nonce, verifier, redirect_uri, url)


def finish_sample_sign_in(
    application: Application, sign_in: SampleSignIn, received: Mapping[str, str]
) -> list[SampleStep]:
    """Return the steps of a sample sign-in whose browser came back; the last one may have failed.

    Nothing that was issued stays valid, and no step has a code, a token or a verifier.
    """
    steps = [request_step(application, sign_in), answer_step(application, sign_in, received)]
    if not steps[-1].is_ok:
        return steps
    form = {
        "grant_type": "authorization_code",
        "client_id": application.client_id,
        "code": received["code"],
        "redirect_uri": sign_in.redirect_uri,
        "code_verifier": sign_in.verifier,
    }
    answer = answer_token_request(
        Sender(application), list(form.items()), issuer=application.project.issuer
    )
    tokens = json.loads(answer.body)
    steps.append(SampleStep("token_request", is_ok=True, facts=without_secrets(form)))
    steps.append(SampleStep("tokens", is_ok=answer.status == 200, facts=without_secrets(tokens)))
    if answer.status == 200:
        found = find_token(application.project_id, tokens["access_token"])
        steps.append(id_token_step(application, sign_in, tokens["id_token"]))
        steps.append(userinfo_step(application, tokens["access_token"]))
        if found is not None:
            revoke_grant(found.pk)
    return steps


def request_step(application: Application, sign_in: SampleSignIn) -> SampleStep:
    """Return the authorization request, as an application sends it."""
    return SampleStep(
        "request",
        is_ok=True,
        facts={
            "client_id": application.client_id,
            "redirect_uri": sign_in.redirect_uri,
            "response_type": "code",
            "scope": " ".join(SCOPE),
            "state": sign_in.state,
            "nonce": sign_in.nonce,
            "code_challenge_method": "S256",
            "prompt": " ".join(PROMPT),
        },
    )


def answer_step(
    application: Application, sign_in: SampleSignIn, received: Mapping[str, str]
) -> SampleStep:
    """Return what the browser has brought back."""
    names = ("code", "error", "error_description", "state", "iss")
    sent = {name: received[name][:LONGEST] for name in names if received.get(name)}
    is_ok = (
        "code" in sent
        and sent.get("state") == sign_in.state
        and sent.get("iss") == application.project.issuer
    )
    return SampleStep("answer", is_ok=is_ok, facts=without_secrets(sent))


def id_token_step(application: Application, sign_in: SampleSignIn, token: str) -> SampleStep:
    """Return the decoded id_token, checked as an application checks it."""
    import jwt  # Installations without applications never need it.

    header = jwt.get_unverified_header(token)
    key = next(each for each in public_keys(application.project) if each["kid"] == header["kid"])
    claims = jwt.decode(
        token,
        jwt.PyJWK(key),
        algorithms=[application.signing_alg],
        audience=application.client_id,
        issuer=application.project.issuer,
    )
    shown = {**header, **claims}
    return SampleStep("id_token", is_ok=claims.get("nonce") == sign_in.nonce, facts=as_texts(shown))


def userinfo_step(application: Application, access_token: str) -> SampleStep:
    """Return what userinfo says about the person."""
    bearer = {"Authorization": f"Bearer {access_token}"}
    try:
        body = answer_userinfo(application.project_id, "GET", headers=bearer, pairs=[])
    except OAuth2Error as error:
        return SampleStep("userinfo", is_ok=False, facts={"error": str(error.error)})
    return SampleStep("userinfo", is_ok=True, facts=as_texts(json.loads(body)))


def without_secrets(values: Mapping[str, Any]) -> dict[str, str]:
    """Return values as texts; of secrets only that they are there."""
    return {
        name: REMOVED if name in SECRET_NAMES else text for name, text in as_texts(values).items()
    }


def as_texts(values: Mapping[str, Any]) -> dict[str, str]:
    """Return JSON values as texts."""
    return {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in values.items()
    }
