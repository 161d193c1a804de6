from __future__ import annotations

from tests.samples.sample import Person, Refusal, Sample, discovery, id_token, keys

TENANT = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
CLIENT = "00001111-aaaa-2222-bbbb-3333cccc4444"
HOST = "https://login.microsoftonline.com"
ISSUER = f"{HOST}/{TENANT}/v2.0"

SAMPLE = Sample(
    filled_in={
        "cloud": "login.microsoftonline.com",
        "tenant_id": TENANT,
        "client_id": CLIENT,
        "client_secret": "Aa~8Q~abcdefghijklmnopqrstuvwxyz01234567",
    },
    answers={
        f"/{TENANT}/v2.0/.well-known/openid-configuration": discovery(
            ISSUER,
            authorization_endpoint=f"{HOST}/{TENANT}/oauth2/v2.0/authorize",
            token_endpoint=f"{HOST}/{TENANT}/oauth2/v2.0/token",
            userinfo_endpoint="https://graph.microsoft.com/oidc/userinfo",
            jwks_uri=f"{HOST}/{TENANT}/discovery/v2.0/keys",
            token_endpoint_auth_methods_supported=[
                "client_secret_post",
                "private_key_jwt",
                "client_secret_basic",
            ],
        ),
        f"/{TENANT}/oauth2/v2.0/token": id_token(
            iss=ISSUER,
            sub="AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ",
            oid="00000000-0000-0000-66f3-3332eca7ea81",
            tid=TENANT,
            name="Ada Lovelace",
            preferred_username="ada@acme.example",
            email="ada@acme.example",
            ver="2.0",
        ),
        f"/{TENANT}/discovery/v2.0/keys": keys,
    },
    person=Person(
        namespace="microsoft",
        subject=f"{TENANT}:00000000-0000-0000-66f3-3332eca7ea81",
        name="Ada Lovelace",
        address="ada@acme.example",
        keys=((f"microsoft-app:{CLIENT}", "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ"),),
    ),
    subject_at=("id_token", "oid"),
    refusal=Refusal(
        path=f"/{TENANT}/oauth2/v2.0/token",
        answer={
            "error": "invalid_client",
            "error_description": "AADSTS7000215: Invalid client secret provided.",
            "error_codes": [7000215],
            "trace_id": "0000aaaa-11bb-cccc-dd22-eeeeee333333",
        },
        cause="7000215",
        status="401 Unauthorized",
    ),
    origins=(HOST, "https://graph.microsoft.com"),
)
