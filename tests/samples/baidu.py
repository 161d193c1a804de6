from __future__ import annotations

from tests.samples.demands import Demand, names
from tests.samples.sample import Person, Refusal, Sample

API_KEY = "Va5yQRHlA4Fq5eR3LT0vuXV4"

SAMPLE = Sample(
    filled_in={"client_id": API_KEY, "client_secret": "0rDSjzQ20XUj5itV6WRtznPQSzr5pVw2"},
    answers={
        "/oauth/2.0/token": {
            "access_token": "1.a6b7dbd428f731035f771b8d15063f61.86400.1292922000-2346678-124328",
            "expires_in": 86400,
            "refresh_token": "2.385d55f8615fdfd9edb7c4b5ebdc3e39.604800.1293440400-2346678-124328",
            "scope": "basic",
            "session_key": "ANXxSNjwQDugf8615OnqeikRMu2bKaXCdlLxn",
            "session_secret": "248APxvxjCZ0VEC43EYrvxqaK4oZExMB",
        },
        "/rest/2.0/passport/users/getInfo": {
            "openid": "oPXyY4O0ZTmUqSX4MRxYDDCccT6Kc9E",
            "unionid": "uA91qQ6gAISTuy0mMqoeh7lZ0w6x478",
            "userid": "2097322476",
            "username": "u***9",
            "portrait": "e2c1776c31393837313031319605",
            "userdetail": "喜欢自由",
            "sex": "1",
            "is_bind_mobile": "1",
            "is_realname": "1",
        },
    },
    person=Person(
        namespace="baidu",
        subject="uA91qQ6gAISTuy0mMqoeh7lZ0w6x478",
        name="u***9",
        picture="https://himg.bdimg.com/sys/portrait/item/e2c1776c31393837313031319605",
        keys=((f"baidu-app:{API_KEY}", "oPXyY4O0ZTmUqSX4MRxYDDCccT6Kc9E"),),
    ),
    subject_at=("/rest/2.0/passport/users/getInfo", "openid"),
    refusal=Refusal(
        path="/oauth/2.0/token",
        answer={"error": "invalid_client", "error_description": "unknown client id"},
        cause="invalid_client",
        status="401 Unauthorized",
    ),
    # Baidu's documentation knows no PKCE.
    pkce=False,
    # https://openauth.baidu.com/doc/doc.html
    demands={
        "/rest/2.0/passport/users/getInfo": Demand(
            query=names("access_token"), optional=names("get_unionid")
        ),
    },
)
