from __future__ import annotations

from tests.samples.sample import Person, Refusal, Sample, discovery, id_token, keys

ISSUER = "https://login.example.com/application/o/menkou/"

SAMPLE = Sample(
    filled_in={
        "server": "https://login.example.com",
        "application": "menkou",
        "client_id": "qpYcXvB1n2m3a4s5d6f7g8h9j0k1l2z3x4c5v6b7",
        "client_secret": "mN8bV7cX6zL5kJ4hG3fD2sA1" * 5,
    },
    answers={
        "/application/o/menkou/.well-known/openid-configuration": discovery(
            ISSUER,
            authorization_endpoint="https://login.example.com/application/o/authorize/",
            token_endpoint="https://login.example.com/application/o/token/",
            userinfo_endpoint="https://login.example.com/application/o/userinfo/",
            jwks_uri="https://login.example.com/application/o/menkou/jwks/",
        ),
        "/application/o/token/": id_token(
            iss=ISSUER, sub="2c5ea4c0b2f1d6f1b5a7e9a5e9c3d1b7f4a8c6e2d0b9f7a5c3e1d9b7f5a3c1e9"
        ),
        "/application/o/menkou/jwks/": keys,
        "/application/o/userinfo/": {
            "sub": "2c5ea4c0b2f1d6f1b5a7e9a5e9c3d1b7f4a8c6e2d0b9f7a5c3e1d9b7f5a3c1e9",
            "name": "Ada Lovelace",
            "preferred_username": "ada",
            "email": "ada@acme.example",
            "email_verified": True,
            "nickname": "ada",
            "groups": ["staff"],
        },
    },
    person=Person(
        namespace=f"oidc:{ISSUER}",
        subject="2c5ea4c0b2f1d6f1b5a7e9a5e9c3d1b7f4a8c6e2d0b9f7a5c3e1d9b7f5a3c1e9",
        name="Ada Lovelace",
        address="ada@acme.example",
        # Whatever authentik says: releases before 2025.10 called every address verified.
        address_verified=False,
    ),
    subject_at=("id_token", "sub"),
    refusal=Refusal(
        path="/application/o/token/",
        answer={"error": "invalid_client"},
        cause="invalid_client",
        status="401 Unauthorized",
    ),
    origins=("https://login.example.com",),
)
