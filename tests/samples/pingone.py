from __future__ import annotations

from tests.samples.sample import Person, Refusal, Sample, discovery, id_token, keys

ISSUER = "https://auth.pingone.eu/0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d/as"

SAMPLE = Sample(
    filled_in={
        "region": "eu",
        "environment_id": "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
        "client_id": "5e6f7a8b-9c0d-4e1f-a2b3-c4d5e6f7a8b9",
        "client_secret": "Zx9~kQ7vB3nM5tR1Zx9~kQ7vB3nM5tR1Zx9~kQ7vB3nM5tR1Zx9~kQ7vB3nM5tR1",
    },
    answers={
        "/0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d/as/.well-known/openid-configuration": discovery(
            ISSUER,
            authorization_endpoint="https://auth.pingone.eu/0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d/as/authorize",
            token_endpoint="https://auth.pingone.eu/0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d/as/token",
            userinfo_endpoint="https://auth.pingone.eu/0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d/as/userinfo",
            jwks_uri="https://auth.pingone.eu/0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d/as/jwks",
        ),
        "/0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d/as/token": id_token(
            iss=ISSUER, sub="6d1f2e3c-4b5a-4968-8776-655443322110"
        ),
        "/0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d/as/jwks": keys,
        "/0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d/as/userinfo": {
            "sub": "6d1f2e3c-4b5a-4968-8776-655443322110",
            "name": "Ada Lovelace",
            "preferred_username": "ada",
            "email": "ada@acme.example",
        },
    },
    person=Person(
        namespace=f"oidc:{ISSUER}",
        subject="6d1f2e3c-4b5a-4968-8776-655443322110",
        name="Ada Lovelace",
        address="ada@acme.example",
        address_verified=False,
    ),
    subject_at=("id_token", "sub"),
    refusal=Refusal(
        path="/0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d/as/token",
        answer={"error": "invalid_client"},
        cause="invalid_client",
        status="401 Unauthorized",
    ),
    origins=("https://auth.pingone.eu",),
)
