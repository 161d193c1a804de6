from __future__ import annotations

from tests.samples.demands import token_request
from tests.samples.sample import Person, Refusal, Sample, discovery, id_token, keys

ISSUER = "https://acme.authgear.cloud"

SAMPLE = Sample(
    filled_in={
        "endpoint": "https://acme.authgear.cloud",
        "client_id": "a7d2c9e4b1f08356",
        "client_secret": "Kp4Lm8Nq2Rs6Tv0WKp4Lm8Nq2Rs6Tv0W",
    },
    answers={
        "/.well-known/openid-configuration": discovery(
            ISSUER,
            authorization_endpoint="https://acme.authgear.cloud/oauth2/authorize",
            token_endpoint="https://acme.authgear.cloud/oauth2/token",
            userinfo_endpoint="https://acme.authgear.cloud/oauth2/userinfo",
            jwks_uri="https://acme.authgear.cloud/oauth2/jwks",
            token_endpoint_auth_methods_supported=["none", "client_secret_post"],
        ),
        "/oauth2/token": id_token(iss=ISSUER, sub="c2b1a0f9-e8d7-4c6b-8a59-483726150493"),
        "/oauth2/jwks": keys,
        "/oauth2/userinfo": {
            "sub": "c2b1a0f9-e8d7-4c6b-8a59-483726150493",
            "name": "Ada Lovelace",
            "preferred_username": "ada",
            "email": "ada@acme.example",
            "email_verified": True,
        },
    },
    person=Person(
        namespace=f"oidc:{ISSUER}",
        subject="c2b1a0f9-e8d7-4c6b-8a59-483726150493",
        name="Ada Lovelace",
        address="ada@acme.example",
        address_verified=True,
    ),
    subject_at=("id_token", "sub"),
    refusal=Refusal(
        path="/oauth2/token",
        answer={"error": "invalid_client"},
        cause="invalid_client",
        status="401 Unauthorized",
    ),
    origins=("https://acme.authgear.cloud",),
    demands={
        "/oauth2/token": token_request(pkce=True),
    },
)
