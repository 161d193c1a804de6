from __future__ import annotations

from tests.cast import ACCOUNT_ID
from tests.samples.demands import WECHAT_PROFILE, WECHAT_TOKEN
from tests.samples.sample import Person, Refusal, Sample

APPID = "wx4444444444444444"
OPENID = "oLVPpjqs9BhvzwPj5A-vTYAX3GLc"
UNIONID = "o6_bmasdasdsad6_2sgVt7hMZOPfL"

SAMPLE = Sample(
    filled_in={
        "client_id": APPID,
        "client_secret": "4" * 32,
        "account_id": ACCOUNT_ID,
        "official_account_id": "gh_fedcba987654",
        "domain_file": "MP_verify_Q7m0wRmfoPCJYpcH.txt",
        "domain_file_content": "Q7m0wRmfoPCJYpcH",
    },
    # https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html
    answers={
        "/sns/oauth2/access_token": {
            "access_token": "an-access-token",
            "expires_in": 7200,
            "refresh_token": "a-refresh-token",
            "openid": OPENID,
            "scope": "snsapi_userinfo",
            "unionid": UNIONID,
        },
        "/sns/userinfo": {
            "openid": OPENID,
            "nickname": "李雷",
            "sex": 0,
            "province": "",
            "city": "",
            "country": "",
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
    # A state and nothing else, as with WeChat Web.
    cancels={},
    # WeChat knows no PKCE.
    pkce=False,
    # It signs people in nowhere else.
    browser=(
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
        "(KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.54 NetType/WIFI Language/zh_CN"
    ),
    demands={
        "/sns/oauth2/access_token": WECHAT_TOKEN,
        "/sns/userinfo": WECHAT_PROFILE,
    },
)
