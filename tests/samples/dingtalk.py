from __future__ import annotations

from tests.samples.demands import Demand, names
from tests.samples.sample import Person, Refusal, Sample

CORP_ID = "ding0123456789abcdef0123456789abcdef"

SAMPLE = Sample(
    filled_in={
        "client_id": "dingabcdef0123456789",
        "client_secret": "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0u1V2w3X4y5Z6-_a1B2c3D4e5",
        "corp_id": CORP_ID,
    },
    answers={
        "/v1.0/oauth2/userAccessToken": {
            "accessToken": "an-access-token",
            "refreshToken": "a-refresh-token",
            "expireIn": 7200,
            "corpId": CORP_ID,
        },
        "/v1.0/contact/users/me": {
            "nick": "韩梅梅",
            "avatarUrl": "https://static-legacy.dingtalk.com/media/x.jpg",
            "mobile": "13800000000",
            "openId": "123openid",
            "unionId": "z21HjQliSzpw0YWxxxxiEiE",
            "email": "han@acme.example",
            "stateCode": "86",
        },
    },
    person=Person(
        namespace=f"dingtalk:{CORP_ID}",
        subject="z21HjQliSzpw0YWxxxxiEiE",
        name="韩梅梅",
        picture="https://static-legacy.dingtalk.com/media/x.jpg",
        address="han@acme.example",
        address_verified=False,
        keys=(("dingtalk-app:dingabcdef0123456789", "123openid"),),
    ),
    subject_at=("/v1.0/contact/users/me", "unionId"),
    refusal=Refusal(
        path="/v1.0/oauth2/userAccessToken",
        answer={
            "code": "invalidClientIdOrSecret",
            "message": "无效的clientId或者clientSecret",
            "requestid": "0E5C6F5F-1A2B-7C3D-9E4F-5A6B7C8D9E0F",
        },
        cause="invalidClientIdOrSecret",
        status="400 Bad Request",
    ),
    refused_code={
        "code": "invalidParameter.authCode.notFound",
        "message": "不合法的临时授权码",
        "requestid": "1F6D7A6A-2B3C-7D4E-9F5A-6B7C8D9E0F1A",
    },
    returns={"authCode": "the-code", "code": "the-code"},
    # DingTalk knows no PKCE.
    pkce=False,
    # https://open.dingtalk.com/document/orgapp/obtain-user-token
    demands={
        "/v1.0/oauth2/userAccessToken": Demand(
            method="POST", json=names("clientId", "clientSecret", "code", "grantType")
        ),
        "/v1.0/contact/users/me": Demand(headers={"x-acs-dingtalk-access-token": ".+"}),
    },
)
