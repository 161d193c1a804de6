from __future__ import annotations

from tests.openid import ABSENT
from tests.samples.sample import Person, Refusal, Sample, id_token, keys

ISSUER = "https://www.linkedin.com/oauth"

CLIENT_ID = "78abc1def2ghi3"
PICTURE = "https://media.licdn.com/dms/image/v2/C5603AQ/profile-displayphoto-shrink_100_100/0"

SAMPLE = Sample(
    filled_in={
        "client_id": CLIENT_ID,
        "client_secret": "WPL_AP1.AbCdEfGhIjKlMnOp.QrStUv==",
    },
    answers={
        # No nonce, and texts where the profile has JSON's own types.
        "/oauth/v2/accessToken": id_token(
            iss=ISSUER, sub="782bbtaQ", name="Ada", email_verified="true", nonce=ABSENT
        ),
        "/oauth/openid/jwks": keys,
        "/v2/userinfo": {
            "sub": "782bbtaQ",
            "name": "Ada Lovelace",
            "given_name": "Ada",
            "family_name": "Lovelace",
            "picture": PICTURE,
            "locale": {"country": "US", "language": "en"},
            "email": "ada@example.com",
            "email_verified": True,
        },
    },
    person=Person(
        namespace=f"linkedin:{CLIENT_ID}",
        subject="782bbtaQ",
        name="Ada Lovelace",
        picture=PICTURE,
        address="ada@example.com",
        address_verified=True,
    ),
    subject_at=("id_token", "sub"),
    refusal=Refusal(
        path="/oauth/v2/accessToken",
        answer={"error": "invalid_client", "error_description": "Client authentication failed"},
        cause="invalid_client",
        status="401 Unauthorized",
    ),
    refused_code={
        "error": "invalid_request",
        "error_description": "Unable to retrieve access token: appid/redirect uri/code verifier "
        "does not match authorization code. Or authorization code expired.",
    },
    cancels={
        "error": "user_cancelled_authorize",
        "error_description": "The user cancelled the authorization",
    },
    # LinkedIn refuses a code_verifier from web apps.
    pkce=False,
)
