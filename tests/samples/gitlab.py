from __future__ import annotations

from tests.samples.sample import Person, Refusal, Sample, discovery, id_token, keys

ISSUER = "https://gitlab.com"

SAMPLE = Sample(
    filled_in={
        "address": ISSUER,
        "client_id": "a1b2c3d4" * 8,
        "client_secret": "gloas-" + "0f1e2d3c" * 8,
    },
    answers={
        "/.well-known/openid-configuration": discovery(
            ISSUER,
            authorization_endpoint=f"{ISSUER}/oauth/authorize",
            token_endpoint=f"{ISSUER}/oauth/token",
            userinfo_endpoint=f"{ISSUER}/oauth/userinfo",
            jwks_uri=f"{ISSUER}/oauth/discovery/keys",
            token_endpoint_auth_methods_supported=["client_secret_basic", "client_secret_post"],
        ),
        "/oauth/token": id_token(iss=ISSUER, sub="1234567", auth_time=1626874655),
        "/oauth/discovery/keys": keys,
        "/oauth/userinfo": {
            "sub": "1234567",
            "name": "Ada Lovelace",
            "nickname": "ada",
            "preferred_username": "ada",
            "email": "ada@example.com",
            "email_verified": True,
            "profile": "https://gitlab.com/ada",
            "picture": "https://gitlab.com/uploads/-/system/user/avatar/1234567/avatar.png",
            "groups": [],
        },
    },
    person=Person(
        namespace=f"oidc:{ISSUER}",
        subject="1234567",
        name="Ada Lovelace",
        address="ada@example.com",
        address_verified=True,
        picture="https://gitlab.com/uploads/-/system/user/avatar/1234567/avatar.png",
    ),
    subject_at=("id_token", "sub"),
    refusal=Refusal(
        path="/oauth/token",
        answer={"error": "invalid_client", "error_description": "Client authentication failed."},
        cause="client_method",
        status="401 Unauthorized",
    ),
    origins=(ISSUER,),
)
