from __future__ import annotations

from tests.samples.sample import Person, Refusal, Sample, discovery, id_token, keys

ISSUER = "https://accounts.example.com/realms/staff"

SAMPLE = Sample(
    filled_in={
        "issuer": ISSUER,
        "client_id": "our-client",
        "client_secret": "a secret of the provider",
        "scopes": "openid email",
        "authorization_endpoint": "",
        "token_endpoint": "",
        "userinfo_endpoint": "",
        "jwks_uri": "",
    },
    answers={
        "/realms/staff/.well-known/openid-configuration": discovery(ISSUER),
        "/realms/staff/token": id_token(iss=ISSUER, sub="f:17:ada", name="Ada"),
        "/realms/staff/userinfo": {
            "sub": "f:17:ada",
            "email": "ada@example.com",
            "email_verified": True,
        },
        "/realms/staff/keys": keys,
    },
    person=Person(
        namespace=f"oidc:{ISSUER}",
        subject="f:17:ada",
        name="Ada",
        address="ada@example.com",
        address_verified=True,
    ),
    subject_at=("id_token", "sub"),
    refusal=Refusal(
        path="/realms/staff/token",
        answer={"error": "invalid_client"},
        cause="invalid_client",
        status="401 Unauthorized",
    ),
    origins=("https://accounts.example.com",),
)
