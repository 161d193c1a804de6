from __future__ import annotations

from tests.samples.demands import Demand, names
from tests.samples.sample import Person, Refusal, Sample

UID = "1404376560"

SAMPLE = Sample(
    filled_in={"client_id": "1234567890", "client_secret": "0123456789abcdef0123456789abcdef"},
    answers={
        "/oauth2/access_token": {
            "access_token": "2.00an-access-token",
            "remind_in": "157679999",
            "expires_in": 157679999,
            "uid": UID,
            "isRealName": "true",
        },
        "/2/users/show.json": {
            "id": 1404376560,
            "idstr": UID,
            "screen_name": "李雷",
            "name": "李雷",
            "profile_image_url": "http://tp1.sinaimg.cn/1404376560/50/0/1",
            "avatar_large": "http://tvax1.sinaimg.cn/crop.0.0.180.180/x.jpg",
        },
    },
    person=Person(
        namespace="weibo",
        subject=UID,
        name="李雷",
        picture="https://tvax1.sinaimg.cn/crop.0.0.180.180/x.jpg",
    ),
    subject_at=("/2/users/show.json", "idstr"),
    refusal=Refusal(
        path="/oauth2/access_token",
        answer={
            "error": "redirect_uri_mismatch",
            "error_code": 21322,
            "request": "/oauth2/access_token",
            "error_uri": "/oauth2/access_token",
        },
        cause="redirect_uri_mismatch",
        status="400 Bad Request",
    ),
    cancels={"error": "access_denied", "error_code": "21330"},
    # Weibo knows no PKCE.
    pkce=False,
    # https://open.weibo.com/wiki/2/users/show
    demands={
        "/2/users/show.json": Demand(query=names("access_token", "uid")),
    },
)
