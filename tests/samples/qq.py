from __future__ import annotations

from tests.samples.demands import CLIENT, CODE, Demand, names
from tests.samples.sample import Person, Refusal, Sample

APP_ID = "101234567"
OPENID = "942FEA70050EEAFBD4DCE2C1FC775E56"
UNIONID = "UID_0123456789ABCDEF0123456789ABCDEF"

SAMPLE = Sample(
    filled_in={"client_id": APP_ID, "client_secret": "0123456789abcdef0123456789abcdef"},
    answers={
        "/oauth2.0/token": {
            "access_token": "0123456789ABCDEF0123456789ABCDEF",
            "expires_in": "7776000",
            "refresh_token": "a-refresh-token",
        },
        "/oauth2.0/me": {"client_id": APP_ID, "openid": OPENID, "unionid": UNIONID},
        "/user/get_user_info": {
            "ret": 0,
            "msg": "",
            "is_lost": 0,
            "nickname": "李雷",
            "figureurl_qq_1": "http://thirdqq.qlogo.cn/g?b=oidb&k=x&s=40",
            "figureurl_qq_2": "http://thirdqq.qlogo.cn/g?b=oidb&k=x&s=100",
            "gender": "男",
        },
    },
    person=Person(
        namespace="qq",
        subject=UNIONID,
        name="李雷",
        picture="https://thirdqq.qlogo.cn/g?b=oidb&k=x&s=100",
        keys=((f"qq-app:{APP_ID}", OPENID),),
    ),
    subject_at=("/oauth2.0/me", "openid"),
    refusal=Refusal(
        path="/oauth2.0/token",
        answer={"error": 100009, "error_description": "client secret is illegal"},
        cause="100009",
    ),
    refused_code={"error": 100019, "error_description": "code to access token error"},
    refused_code_status="200 OK",
    # Whoever declines on a phone comes back with this; on a computer, QQ closes its page.
    cancels={"usercancel": "1"},
    # QQ knows no PKCE.
    pkce=False,
    # https://wiki.connect.qq.com/%e4%bd%bf%e7%94%a8authorization_code%e8%8e%b7%e5%8f%96access_token
    demands={
        "/oauth2.0/token": Demand(query=CODE | CLIENT | names("fmt")),
        "/oauth2.0/me": Demand(query=names("access_token", "fmt"), optional=names("unionid")),
        "/user/get_user_info": Demand(query=names("access_token", "oauth_consumer_key", "openid")),
    },
)
