from __future__ import annotations

from tests.cast import ACCOUNT_ID, APPID, wechat_form
from tests.samples.demands import WECHAT_PROFILE, WECHAT_TOKEN
from tests.samples.sample import Person, Refusal, Sample

OPENID = "oLVPpjqs9BhvzwPj5A-vTYAX3GLc"
UNIONID = "o6_bmasdasdsad6_2sgVt7hMZOPfL"

SAMPLE = Sample(
    filled_in={name: value for name, value in wechat_form().items() if value},
    answers={
        "/sns/oauth2/access_token": {
            "access_token": "an-access-token",
            "expires_in": 7200,
            "refresh_token": "a-refresh-token",
            "openid": OPENID,
            "scope": "snsapi_login",
            "unionid": UNIONID,
        },
        "/sns/userinfo": {
            "openid": OPENID,
            "nickname": "李雷",
            "headimgurl": "https://thirdwx.qlogo.cn/mmopen/x/132",
            "privilege": [],
            "unionid": UNIONID,
        },
    },
    person=Person(
        namespace=f"wechat:{ACCOUNT_ID}",
        subject=UNIONID,
        name="李雷",
        picture="https://thirdwx.qlogo.cn/mmopen/x/132",
        keys=((f"wechat-app:{APPID}", OPENID),),
    ),
    subject_at=("/sns/oauth2/access_token", "openid"),
    refusal=Refusal(
        path="/sns/oauth2/access_token",
        answer={"errcode": 40125, "errmsg": "invalid appsecret, rid: 5fc5e5e5-1a2b3c4d-0f0e"},
        cause="40125",
    ),
    refused_code={"errcode": 40029, "errmsg": "invalid code, rid: 5fc5e5e5-1a2b3c4d-0f0e"},
    refused_code_status="200 OK",
    # WeChat's older way to cancel is a state and nothing else.
    cancels={},
    # WeChat knows no PKCE.
    pkce=False,
    demands={
        "/sns/oauth2/access_token": WECHAT_TOKEN,
        "/sns/userinfo": WECHAT_PROFILE,
    },
)
