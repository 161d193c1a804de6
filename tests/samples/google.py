from __future__ import annotations

from tests.samples.sample import Person, Refusal, Sample, id_token, keys

ISSUER = "https://accounts.google.com"

SAMPLE = Sample(
    filled_in={
        "client_id": "1234567890-abc123def.apps.googleusercontent.com",
        "client_secret": "GOCSPX-" + "a1B2" * 7,
    },
    answers={
        "/token": id_token(
            iss=ISSUER,
            sub="110169484474386276334",
            name="Ada",
            email="ada@gmail.com",
            email_verified=True,
            picture="https://lh3.googleusercontent.com/a/x=s96-c",
        ),
        "/oauth2/v3/certs": keys,
    },
    person=Person(
        namespace="google",
        subject="110169484474386276334",
        name="Ada",
        picture="https://lh3.googleusercontent.com/a/x=s96-c",
        address="ada@gmail.com",
        address_verified=True,
    ),
    subject_at=("id_token", "sub"),
    refusal=Refusal(
        path="/token",
        answer={"error": "invalid_client", "error_description": "The client was not found."},
        cause="invalid_client",
        status="401 Unauthorized",
    ),
)
