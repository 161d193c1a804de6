from __future__ import annotations

from tests.samples.sample import Person, Refusal, Sample, discovery, id_token, keys

ISSUER = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI"

SAMPLE = Sample(
    filled_in={
        "issuer_host": "cognito-idp",
        "user_pool_id": "eu-central-1_AbCdEfGhI",
        "client_id": "1h57kf5cpq17m0eml12example",
        "client_secret": "c5k3v1b7n9c5k3v1b7n9c5k3v1b7n9c5k3v1b7n9c5k3v1b7n9",
    },
    answers={
        "/eu-central-1_AbCdEfGhI/.well-known/openid-configuration": discovery(
            ISSUER,
            authorization_endpoint="https://cognito-idp.eu-central-1.amazonaws.com/oauth2/authorize",
            token_endpoint="https://cognito-idp.eu-central-1.amazonaws.com/oauth2/token",
            userinfo_endpoint="https://cognito-idp.eu-central-1.amazonaws.com/oauth2/userInfo",
            jwks_uri="https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI/.well-known/jwks.json",
        ),
        "/oauth2/token": id_token(iss=ISSUER, sub="248289761001-0000-4000-8000-000000000000"),
        "/eu-central-1_AbCdEfGhI/.well-known/jwks.json": keys,
        "/oauth2/userInfo": {
            "sub": "248289761001-0000-4000-8000-000000000000",
            "username": "ada",
            "name": "Ada Lovelace",
            "email": "ada@acme.example",
            "email_verified": "true",
        },
    },
    person=Person(
        namespace=f"oidc:{ISSUER}",
        subject="248289761001-0000-4000-8000-000000000000",
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
    origins=("https://cognito-idp.eu-central-1.amazonaws.com",),
)
