from __future__ import annotations

from tests.samples.sample import Person, Refusal, Sample, discovery, id_token, keys

ISSUER = "https://acme-1a2b3c.eu1.zitadel.cloud"

SAMPLE = Sample(
    filled_in={
        "instance": "https://acme-1a2b3c.eu1.zitadel.cloud",
        "client_id": "234567890123456789",
        "client_secret": "Yq3wEr5tY7uI9oPaYq3wEr5tY7uI9oPaYq3wEr5tY7uI9oPaYq3wEr5tY7uI9oPa",
    },
    answers={
        "/.well-known/openid-configuration": discovery(
            ISSUER,
            authorization_endpoint="https://acme-1a2b3c.eu1.zitadel.cloud/oauth/v2/authorize",
            token_endpoint="https://acme-1a2b3c.eu1.zitadel.cloud/oauth/v2/token",
            userinfo_endpoint="https://acme-1a2b3c.eu1.zitadel.cloud/oidc/v1/userinfo",
            jwks_uri="https://acme-1a2b3c.eu1.zitadel.cloud/oauth/v2/keys",
        ),
        "/oauth/v2/token": id_token(iss=ISSUER, sub="163840776835432705"),
        "/oauth/v2/keys": keys,
        "/oidc/v1/userinfo": {
            "sub": "163840776835432705",
            "name": "Ada Lovelace",
            "preferred_username": "ada",
            "email": "ada@acme.example",
            "email_verified": True,
        },
    },
    person=Person(
        namespace=f"oidc:{ISSUER}",
        subject="163840776835432705",
        name="Ada Lovelace",
        address="ada@acme.example",
        address_verified=True,
    ),
    subject_at=("id_token", "sub"),
    refusal=Refusal(
        path="/oauth/v2/token",
        answer={"error": "invalid_client"},
        cause="invalid_client",
        status="401 Unauthorized",
    ),
    origins=("https://acme-1a2b3c.eu1.zitadel.cloud",),
)
