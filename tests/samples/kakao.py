from __future__ import annotations

from tests.samples.sample import Person, Refusal, Sample, id_token, keys

ISSUER = "https://kauth.kakao.com"

REST_API_KEY = "0123456789abcdef0123456789abcdef"

SAMPLE = Sample(
    filled_in={"client_id": REST_API_KEY, "client_secret": "Ab3dEf6hIj9kLm2nOp5qRs8tUv1wXy4z"},
    answers={
        "/oauth/token": id_token(
            iss=ISSUER,
            sub="1376016924426814086",
            nickname="Ada",
            picture="http://k.kakaocdn.net/dn/x/img_110x110.jpg",
            email="ada@kakao.com",
        ),
        "/.well-known/jwks.json": keys,
        "/v2/user/me": {
            "id": 1376016924426814086,
            "connected_at": "2026-11-22T01:02:03Z",
            "kakao_account": {
                "profile": {"nickname": "Ada"},
                "is_email_valid": True,
                "is_email_verified": True,
                "email": "ada@kakao.com",
            },
        },
    },
    person=Person(
        namespace=f"kakao:{REST_API_KEY}",
        subject="1376016924426814086",
        name="Ada",
        picture="https://k.kakaocdn.net/dn/x/img_110x110.jpg",
        address="ada@kakao.com",
        address_verified=True,
    ),
    subject_at=("/v2/user/me", "id"),
    refusal=Refusal(
        path="/oauth/token",
        answer={
            "error": "invalid_client",
            "error_description": "Bad client credentials",
            "error_code": "KOE010",
        },
        cause="KOE010",
        status="401 Unauthorized",
    ),
    refused_code={
        "error": "invalid_grant",
        "error_description": "authorization code not found for code=test",
        "error_code": "KOE320",
    },
)
