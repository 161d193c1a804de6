from __future__ import annotations

from tests.samples.sample import Person, Refusal, Sample, discovery, id_token, keys

ISSUER = "https://acme.logto.app/oidc"

SAMPLE = Sample(
    filled_in={
        "endpoint": "https://acme.logto.app",
        "client_id": "ax2w8h1pk6l4c9n3v7q0z",
        "client_secret": "5t8YhG2jK9mN1bV4cX7zQ0wE3rT6yU",
    },
    answers={
        "/oidc/.well-known/openid-configuration": discovery(
            ISSUER,
            authorization_endpoint="https://acme.logto.app/oidc/auth",
            token_endpoint="https://acme.logto.app/oidc/token",
            userinfo_endpoint="https://acme.logto.app/oidc/me",
            jwks_uri="https://acme.logto.app/oidc/jwks",
        ),
        "/oidc/token": id_token(iss=ISSUER, sub="foo4b8c2d1e0"),
        "/oidc/jwks": keys,
        "/oidc/me": {
            "sub": "foo4b8c2d1e0",
            "name": "Ada Lovelace",
            "preferred_username": "ada",
            "email": "ada@acme.example",
            "email_verified": True,
            "username": "ada",
            "created_at": 1700000000000,
        },
    },
    person=Person(
        namespace=f"oidc:{ISSUER}",
        subject="foo4b8c2d1e0",
        name="Ada Lovelace",
        address="ada@acme.example",
        address_verified=True,
    ),
    subject_at=("id_token", "sub"),
    refusal=Refusal(
        path="/oidc/token",
        answer={"error": "invalid_client"},
        cause="invalid_client",
        status="401 Unauthorized",
    ),
    origins=("https://acme.logto.app",),
)
