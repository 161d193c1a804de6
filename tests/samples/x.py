from __future__ import annotations

from tests.samples.demands import BEARER, Demand, names, token_request, with_basic
from tests.samples.sample import Person, Refusal, Sample

PICTURE = "https://pbs.twimg.com/profile_images/1234567890/ada_normal.jpg"

SAMPLE = Sample(
    filled_in={
        "client_id": "VzVFUzBtV2tIR0xRX0tYQ2pHNWo6MTpjaQ",
        "client_secret": "aB3_" * 12 + "-Z",
    },
    answers={
        "/2/oauth2/token": {
            "token_type": "bearer",
            "expires_in": 7200,
            "access_token": "U2tISFhMLTh3ZUVKV0xQX2tIR0xRX0tYQ2pHNWo6MTphdDox",
            "scope": "users.read tweet.read",
        },
        "/2/users/me": {
            "data": {
                "id": "2244994945",
                "name": "Ada Lovelace",
                "username": "ada",
                "profile_image_url": PICTURE,
            }
        },
    },
    person=Person(namespace="x", subject="2244994945", name="Ada Lovelace", picture=PICTURE),
    subject_at=("/2/users/me", "data", "id"),
    refusal=Refusal(
        path="/2/oauth2/token",
        answer={
            "error": "unauthorized_client",
            "error_description": "Missing valid authorization header",
        },
        cause="unauthorized_client",
        status="401 Unauthorized",
    ),
    refused_code={
        "error": "invalid_request",
        "error_description": "Value passed for the authorization code was invalid.",
    },
    # https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code
    demands={
        "/2/oauth2/token": with_basic(token_request(pkce=True)),
        "/2/users/me": Demand(query=names("user.fields"), headers=BEARER),
    },
)
