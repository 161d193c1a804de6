from __future__ import annotations

from tests.samples.demands import BASIC, CODE, Demand, names
from tests.samples.sample import ABSENT, Person, Refusal, Sample, id_token, keys

ISSUER = "https://oauth.telegram.org"

CLIENT_ID = "8123456789"
PICTURE = "https://cdn4.telesco.pe/file/ada-lovelace.jpg"

# https://core.telegram.org/bots/telegram-login#user-data-structure
SAMPLE = Sample(
    filled_in={
        "client_id": CLIENT_ID,
        "client_secret": "q7Zt0bWf3LxKc9Vn5RgY2mHd",
    },
    answers={
        "/token": id_token(
            iss=ISSUER,
            sub="1234123412341234123",
            id=987654321,
            name="Ada Lovelace",
            preferred_username="ada",
            picture=PICTURE,
            nonce=ABSENT,
        ),
        "/.well-known/jwks.json": keys,
    },
    person=Person(
        namespace="telegram",
        subject="987654321",
        name="Ada Lovelace",
        picture=PICTURE,
        keys=((f"telegram-app:{CLIENT_ID}", "1234123412341234123"),),
    ),
    subject_at=("id_token", "id"),
    refusal=Refusal(
        path="/token",
        answer={"error": "invalid_client"},
        cause="invalid_client",
        status="401 Unauthorized",
    ),
    # https://core.telegram.org/bots/telegram-login
    demands={
        "/token": Demand(
            method="POST",
            form=CODE | names("client_id", "code_verifier"),
            headers=BASIC,
        ),
    },
)
