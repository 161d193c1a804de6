from __future__ import annotations

from tests.samples.demands import BEARER, CLIENT, Demand, names
from tests.samples.sample import Person, Refusal, Sample

CLIENT_ID = "1234567890123456"

SAMPLE = Sample(
    filled_in={
        "client_id": CLIENT_ID,
        "client_secret": "0123456789abcdef" * 2,
    },
    answers={
        "/v26.0/oauth/access_token": {
            "access_token": "EAAGm0PX4ZCpsBAKZCfacebookaccesstoken",
            "token_type": "bearer",
            "expires_in": 5183944,
        },
        "/v26.0/me": {
            "id": "10223456789012345",
            "name": "Ada Lovelace",
            "email": "ada@example.com",
        },
    },
    person=Person(
        namespace=f"facebook:{CLIENT_ID}",
        subject="10223456789012345",
        name="Ada Lovelace",
        address="ada@example.com",
        address_verified=False,
    ),
    subject_at=("/v26.0/me", "id"),
    refusal=Refusal(
        path="/v26.0/oauth/access_token",
        answer={
            "error": {
                "message": "Error validating verification code. Please make sure your "
                "redirect_uri is identical to the one you used in the OAuth dialog request",
                "type": "OAuthException",
                "code": 100,
                "error_subcode": 36008,
                "fbtrace_id": "AbCdEfGhIjKlMnOpQrStUv",
            }
        },
        cause="36008",
        status="400 Bad Request",
    ),
    cancels={
        "error": "access_denied",
        "error_code": "200",
        "error_description": "Permissions error",
        "error_reason": "user_denied",
    },
    # Facebook forgets the challenge, and refuses the verifier.
    pkce=False,
    # https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow
    demands={
        "/v26.0/oauth/access_token": Demand(
            method="POST", form=CLIENT | names("code", "redirect_uri"), optional=names("grant_type")
        ),
        "/v26.0/me": Demand(query=names("fields", "appsecret_proof"), headers=BEARER),
    },
)
