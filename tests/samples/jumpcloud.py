from __future__ import annotations

from tests.samples.sample import Person, Refusal, Sample, discovery, id_token, keys

HOST = "https://oauth.id.eu.jumpcloud.com"
CLIENT = "0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9"

SAMPLE = Sample(
    filled_in={
        "region": "oauth.id.eu.jumpcloud.com",
        "client_id": CLIENT,
        "client_secret": "n.7yUq0Zk3wXv5tR8sP1oM4lK6jH9gF2dS",
    },
    answers={
        "/.well-known/openid-configuration": discovery(
            f"{HOST}/",
            authorization_endpoint=f"{HOST}/oauth2/auth",
            token_endpoint=f"{HOST}/oauth2/token",
            userinfo_endpoint=f"{HOST}/userinfo",
            jwks_uri=f"{HOST}/.well-known/jwks.json",
            token_endpoint_auth_methods_supported=[
                "client_secret_post",
                "client_secret_basic",
                "private_key_jwt",
                "none",
            ],
        ),
        "/oauth2/token": id_token(iss=f"{HOST}/", sub="5f1e2d3c4b5a69788796a5b4"),
        "/.well-known/jwks.json": keys,
        "/userinfo": {
            "sub": "5f1e2d3c4b5a69788796a5b4",
            "name": "Ada Lovelace",
            "email": "ada@acme.example",
            "email_verified": True,
        },
    },
    person=Person(
        namespace=f"jumpcloud:{CLIENT}",
        subject="5f1e2d3c4b5a69788796a5b4",
        name="Ada Lovelace",
        address="ada@acme.example",
    ),
    subject_at=("id_token", "sub"),
    refusal=Refusal(
        path="/oauth2/token",
        answer={
            "error": "invalid_client",
            "error_description": "Client authentication failed (e.g., unknown client).",
        },
        cause="client_method",
        status="401 Unauthorized",
    ),
    origins=(HOST,),
)
