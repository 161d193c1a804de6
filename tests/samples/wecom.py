from __future__ import annotations

from tests.samples.demands import Demand, names
from tests.samples.sample import Person, Refusal, Sample

CORP_ID = "ww1a2b3c4d5e6f7a8b"

SAMPLE = Sample(
    filled_in={
        "client_id": CORP_ID,
        "agent_id": "1000002",
        "domain_file": "WW_verify_AbCdEf0123456789.txt",
        "domain_file_content": "AbCdEf0123456789",
        "client_secret": "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0u1V",
    },
    answers={
        "/cgi-bin/gettoken": {
            "errcode": 0,
            "errmsg": "ok",
            "access_token": "the-token-of-the-app",
            "expires_in": 7200,
        },
        "/cgi-bin/auth/getuserinfo": {"errcode": 0, "errmsg": "ok", "userid": "LiLei"},
        "/cgi-bin/user/get": {
            "errcode": 0,
            "errmsg": "ok",
            "userid": "LiLei",
            "name": "李雷",
            "department": [1, 2],
            "status": 1,
            "avatar": "http://wework.qpic.cn/bizmail/x/0",
        },
    },
    person=Person(
        namespace=f"wecom:{CORP_ID}",
        subject="lilei",
        name="李雷",
        picture="https://wework.qpic.cn/bizmail/x/0",
    ),
    subject_at=("/cgi-bin/auth/getuserinfo", "userid"),
    refusal=Refusal(
        path="/cgi-bin/auth/getuserinfo",
        answer={
            "errcode": 60020,
            "errmsg": "not allow to access from your ip, hint: [1], from ip: 192.0.2.1",
        },
        cause="60020",
    ),
    refused_code={"errcode": 40029, "errmsg": "invalid code"},
    refused_code_status="200 OK",
    # Whoever declines comes back with the state and nothing else.
    cancels={},
    # WeCom knows no PKCE.
    pkce=False,
    # https://developer.work.weixin.qq.com/document/path/91023
    demands={
        "/cgi-bin/gettoken": Demand(query=names("corpid", "corpsecret")),
        "/cgi-bin/auth/getuserinfo": Demand(query=names("access_token", "code")),
        "/cgi-bin/user/get": Demand(query=names("access_token", "userid")),
    },
)
