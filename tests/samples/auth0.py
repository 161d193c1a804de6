from __future__ import annotations

from tests.samples.sample import Person, Refusal, Sample, discovery, id_token, keys

ISSUER = "https://acme.eu.auth0.com/"

SAMPLE = Sample(
    filled_in={
        "domain": "acme.eu.auth0.com",
        "client_id": "iTL4mXMSsS4vHxLRzYp8lIXBM4WiXTfN",
        "client_secret": "aW-1xB9oYtaW-1xB9oYtaW-1xB9oYtaW-1xB9oYtaW-1xB9oYtaW-1xB9oYt",
    },
    answers={
        "/.well-known/openid-configuration": discovery(
            ISSUER,
            authorization_endpoint="https://acme.eu.auth0.com/authorize",
            token_endpoint="https://acme.eu.auth0.com/oauth/token",
            userinfo_endpoint="https://acme.eu.auth0.com/userinfo",
            jwks_uri="https://acme.eu.auth0.com/.well-known/jwks.json",
        ),
        "/oauth/token": id_token(iss=ISSUER, sub="auth0|5f7c8ec7c33c6c004bbafe82"),
        "/.well-known/jwks.json": keys,
        "/userinfo": {
            "sub": "auth0|5f7c8ec7c33c6c004bbafe82",
            "name": "Ada Lovelace",
            "preferred_username": "ada",
            "email": "ada@acme.example",
            "email_verified": True,
            "nickname": "ada",
            "updated_at": "2026-11-22T10:00:00.000Z",
        },
    },
    person=Person(
        namespace=f"oidc:{ISSUER}",
        subject="auth0|5f7c8ec7c33c6c004bbafe82",
        name="Ada Lovelace",
        address="ada@acme.example",
        address_verified=True,
    ),
    subject_at=("id_token", "sub"),
    refusal=Refusal(
        path="/oauth/token",
        answer={"error": "access_denied", "error_description": "Unauthorized"},
        cause="access_denied",
        status="401 Unauthorized",
    ),
    origins=("https://acme.eu.auth0.com",),
)
