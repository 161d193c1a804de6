from __future__ import annotations

from tests.samples.sample import Person, Refusal, Sample, discovery, id_token, keys

ISSUER = "https://acme.onelogin.com/oidc/2"

SAMPLE = Sample(
    filled_in={
        "subdomain": "acme",
        "client_id": "a1b2c3d0-7f3e-0139-1f2a-0a1b2c3d4e5f12345",
        "client_secret": "f0e1d2c3b4a5f0e1d2c3b4a5f0e1d2c3b4a5f0e1d2c3b4a5f0e1d2c3b4a5",
    },
    answers={
        "/oidc/2/.well-known/openid-configuration": discovery(
            ISSUER,
            authorization_endpoint="https://acme.onelogin.com/oidc/2/auth",
            token_endpoint="https://acme.onelogin.com/oidc/2/token",
            userinfo_endpoint="https://acme.onelogin.com/oidc/2/me",
            jwks_uri="https://acme.onelogin.com/oidc/2/certs",
        ),
        "/oidc/2/token": id_token(iss=ISSUER, sub="38120987"),
        "/oidc/2/certs": keys,
        "/oidc/2/me": {
            "sub": "38120987",
            "name": "Ada Lovelace",
            "preferred_username": "ada",
            "email": "ada@acme.example",
            "email_verified": True,
        },
    },
    person=Person(
        namespace=f"oidc:{ISSUER}",
        subject="38120987",
        name="Ada Lovelace",
        address="ada@acme.example",
        address_verified=True,
    ),
    subject_at=("id_token", "sub"),
    refusal=Refusal(
        path="/oidc/2/token",
        answer={"error": "invalid_client"},
        cause="invalid_client",
        status="401 Unauthorized",
    ),
    origins=("https://acme.onelogin.com",),
)
