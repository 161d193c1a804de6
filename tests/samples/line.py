from __future__ import annotations

import time
from typing import Any

from connections.providers.line import ISSUER
from tests.samples.demands import Demand, names
from tests.samples.sample import Person, Refusal, Sample, Script

SUBJECT = "U1234567890abcdef1234567890abcdef"
PICTURE = "https://profile.line-scdn.net/0h8pWWElvzZ19qLk3ywQYYCFZraTIdAGEXEhx9ak56MDxDHiUIVEEsPBspMG1EGSEPAk4uP01t0m5G"


def verified(script: Script, peer: object) -> dict[str, Any]:
    """What LINE reads in the ID token."""
    return {
        "iss": ISSUER,
        "sub": SUBJECT,
        "aud": script.query.get("client_id", ""),
        "exp": int(time.time()) + 300,
        "iat": int(time.time()),
        "nonce": script.query.get("nonce", ""),
        "amr": ["linesso"],
        "name": "Taro Line",
        "picture": PICTURE,
        "email": "taro.line@example.com",
    }


SAMPLE = Sample(
    filled_in={
        "client_id": "1234567890",
        "client_secret": "d6524edacc8742aeedf98f0123456789",
    },
    answers={
        "/oauth2/v2.1/token": {
            "access_token": "bNl4YEFPI/hjFWhTqexp4MuEw5YPs",
            "expires_in": 2592000,
            "id_token": "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmVk",
            "refresh_token": "Aa1FdeggRhTnPNNpxr8p",
            "scope": "profile openid",
            "token_type": "Bearer",
        },
        "/oauth2/v2.1/verify": verified,
    },
    person=Person(
        namespace="line",
        subject=SUBJECT,
        name="Taro Line",
        picture=PICTURE,
        address="taro.line@example.com",
        address_verified=False,
    ),
    subject_at=("/oauth2/v2.1/verify", "sub"),
    refusal=Refusal(
        path="/oauth2/v2.1/token",
        answer={"error": "invalid_client", "error_description": "client_secret is invalid"},
        cause="invalid_client",
        status="400 Bad Request",
    ),
    # https://developers.line.biz/en/reference/line-login/
    demands={
        "/oauth2/v2.1/verify": Demand(method="POST", form=names("id_token", "client_id", "nonce")),
    },
)
