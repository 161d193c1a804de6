from __future__ import annotations

from tests.samples.sample import Person, Refusal, Sample, id_token, keys

ISSUER = "https://id.twitch.tv/oauth2"

CLIENT_ID = "hof5gwx0su6owfnys0yan9c87zr6t1"
PICTURE = "https://static-cdn.jtvnw.net/jtv_user_pictures/ada-profile_image-300x300.png"

SAMPLE = Sample(
    filled_in={
        "client_id": CLIENT_ID,
        "client_secret": "41vpdji4e9gif29md0ouet6fktd2mp",
    },
    answers={
        "/oauth2/token": id_token(
            iss=ISSUER,
            sub="713936733",
            azp=CLIENT_ID,
            preferred_username="Ada",
            email="ada@example.com",
            email_verified=True,
            picture=PICTURE,
        ),
        "/oauth2/keys": keys,
    },
    person=Person(
        namespace="twitch",
        subject="713936733",
        name="Ada",
        picture=PICTURE,
        address="ada@example.com",
        address_verified=True,
    ),
    subject_at=("id_token", "sub"),
    refusal=Refusal(
        path="/oauth2/token",
        answer={"status": 403, "message": "invalid client secret"},
        cause="invalid_client",
        status="403 Forbidden",
    ),
    cancels={
        "error": "access_denied",
        "error_description": "The user denied you access",
    },
    # Twitch knows no PKCE.
    pkce=False,
)
