from __future__ import annotations

from tests.samples.sample import Person, Refusal, Sample, id_token, keys

ISSUER = "https://api.login.yahoo.com"

SAMPLE = Sample(
    filled_in={
        "client_id": "dj0yJmk9" + "VGhpc0lzQW5FeGFtcGxl" * 4 + "--",
        "client_secret": "0123456789abcdef" * 2 + "89abcdef",
    },
    answers={
        "/oauth2/get_token": id_token(iss=ISSUER, sub="JEF4XVESBTZVBKLY5X3OGQ7JXM"),
        "/openid/v1/certs": keys,
        "/openid/v1/userinfo": {
            "sub": "JEF4XVESBTZVBKLY5X3OGQ7JXM",
            "name": "Ada Lovelace",
            "given_name": "Ada",
            "family_name": "Lovelace",
            "locale": "en-US",
            "email": "ada@yahoo.com",
            "email_verified": True,
            "picture": "https://s.yimg.com/ag/images/default_user_profile_pic_192sq.jpg",
        },
    },
    person=Person(
        namespace="yahoo",
        subject="JEF4XVESBTZVBKLY5X3OGQ7JXM",
        name="Ada Lovelace",
        picture="https://s.yimg.com/ag/images/default_user_profile_pic_192sq.jpg",
        address="ada@yahoo.com",
        address_verified=True,
    ),
    subject_at=("id_token", "sub"),
    refusal=Refusal(
        path="/oauth2/get_token",
        answer={"error": "INVALID_CLIENT_SECRET", "error_description": "invalid client secret"},
        cause="INVALID_CLIENT_SECRET",
        status="401 Unauthorized",
    ),
    refused_code={"error": "INVALID_GRANT", "error_description": "invalid or expired token"},
    refused_code_status="401 Unauthorized",
)
