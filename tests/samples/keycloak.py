from __future__ import annotations

from tests.samples.sample import Person, Refusal, Sample, discovery, id_token, keys

ISSUER = "https://login.example.com/realms/staff"

SAMPLE = Sample(
    filled_in={
        "server": "https://login.example.com",
        "realm": "staff",
        "client_id": "menkou",
        "client_secret": "8uG5nS0mV1yZ3qW7eR9tY2uI4oP6aS8d",
    },
    answers={
        "/realms/staff/.well-known/openid-configuration": discovery(
            ISSUER,
            authorization_endpoint="https://login.example.com/realms/staff/protocol/openid-connect/auth",
            token_endpoint="https://login.example.com/realms/staff/protocol/openid-connect/token",
            userinfo_endpoint="https://login.example.com/realms/staff/protocol/openid-connect/userinfo",
            jwks_uri="https://login.example.com/realms/staff/protocol/openid-connect/certs",
        ),
        "/realms/staff/protocol/openid-connect/token": id_token(
            iss=ISSUER, sub="f3f1c9de-6f0a-4b5e-9d0c-8a4b3c2d1e0f"
        ),
        "/realms/staff/protocol/openid-connect/certs": keys,
        "/realms/staff/protocol/openid-connect/userinfo": {
            "sub": "f3f1c9de-6f0a-4b5e-9d0c-8a4b3c2d1e0f",
            "name": "Ada Lovelace",
            "preferred_username": "ada",
            "email": "ada@acme.example",
            "email_verified": True,
            "given_name": "Ada",
            "family_name": "Lovelace",
        },
    },
    person=Person(
        namespace=f"oidc:{ISSUER}",
        subject="f3f1c9de-6f0a-4b5e-9d0c-8a4b3c2d1e0f",
        name="Ada Lovelace",
        address="ada@acme.example",
        address_verified=True,
    ),
    subject_at=("id_token", "sub"),
    refusal=Refusal(
        path="/realms/staff/protocol/openid-connect/token",
        answer={
            "error": "unauthorized_client",
            "error_description": "Invalid client or Invalid client credentials",
        },
        cause="unauthorized_client",
        status="401 Unauthorized",
    ),
    origins=("https://login.example.com",),
)
