from __future__ import annotations

from tests.samples.sample import Person, Refusal, Sample, discovery, id_token, keys

ISSUER = "https://adfs.acme.example/adfs"

SAMPLE = Sample(
    filled_in={
        "server": "https://adfs.acme.example",
        "client_id": "5db77ce4-cedf-4319-85f7-cc230b7022e0",
        "client_secret": "OWNfBJYF2Wg1hxTzB2Ow8rIjBRO2z3bDy9ZQdXuT",
        "resource": "",
    },
    answers={
        "/adfs/.well-known/openid-configuration": discovery(
            ISSUER,
            authorization_endpoint=f"{ISSUER}/oauth2/authorize/",
            token_endpoint=f"{ISSUER}/oauth2/token/",
            userinfo_endpoint=f"{ISSUER}/userinfo",
            jwks_uri=f"{ISSUER}/discovery/keys",
            access_token_issuer="http://adfs.acme.example/adfs/services/trust",
            token_endpoint_auth_methods_supported=[
                "client_secret_post",
                "client_secret_basic",
                "private_key_jwt",
                "windows_client_authentication",
            ],
        ),
        "/adfs/oauth2/token/": id_token(
            iss=ISSUER,
            sub="mO4iKZ4wSDdMqvqVJpPqk8xLVGJ1eRPh8r+0gOxWYjM=",
            upn="ada@acme.example",
            unique_name="ACME\\ada",
        ),
        "/adfs/discovery/keys": keys,
    },
    person=Person(
        namespace=f"oidc:{ISSUER}",
        subject="mO4iKZ4wSDdMqvqVJpPqk8xLVGJ1eRPh8r+0gOxWYjM=",
        name="ada@acme.example",
    ),
    subject_at=("id_token", "sub"),
    refusal=Refusal(
        path="/adfs/oauth2/token/",
        answer={
            "error": "invalid_client",
            "error_description": "MSIS9623: Received invalid Client credentials.",
        },
        cause="client_method",
        status="400 Bad Request",
    ),
    origins=("https://adfs.acme.example",),
)
