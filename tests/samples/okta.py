from __future__ import annotations

from tests.samples.sample import Person, Refusal, Sample, discovery, id_token, keys

ISSUER = "https://acme.okta.com"

SAMPLE = Sample(
    filled_in={
        "domain": "acme.okta.com",
        "client_id": "0oa1a2b3c4d5e6f7g8h9",
        "client_secret": "9NqbLKQ_2uQ8VjZ7rj1Xw0w7rF5Vh3kQ2m1c0b9a",
        "authorization_server": "",
    },
    answers={
        "/.well-known/openid-configuration": discovery(
            ISSUER,
            authorization_endpoint=f"{ISSUER}/oauth2/v1/authorize",
            token_endpoint=f"{ISSUER}/oauth2/v1/token",
            userinfo_endpoint=f"{ISSUER}/oauth2/v1/userinfo",
            jwks_uri=f"{ISSUER}/oauth2/v1/keys",
        ),
        "/oauth2/v1/token": id_token(iss=ISSUER, sub="00u1a2b3c4d5e6f7g8h9"),
        "/oauth2/v1/keys": keys,
        "/oauth2/v1/userinfo": {
            "sub": "00u1a2b3c4d5e6f7g8h9",
            "name": "Ada Lovelace",
            "preferred_username": "ada@acme.example",
            "email": "ada@acme.example",
            "email_verified": True,
        },
    },
    person=Person(
        namespace=f"oidc:{ISSUER}",
        subject="00u1a2b3c4d5e6f7g8h9",
        name="Ada Lovelace",
        address="ada@acme.example",
        address_verified=True,
    ),
    subject_at=("id_token", "sub"),
    refusal=Refusal(
        path="/oauth2/v1/token",
        answer={"error": "invalid_client", "error_description": "The client secret is invalid."},
        cause="invalid_client",
        status="401 Unauthorized",
    ),
    origins=(ISSUER,),
)
