from __future__ import annotations

from tests.samples.demands import Demand, names
from tests.samples.sample import Person, Refusal, Sample

CLIENT_KEY = "awx1y2z3a4b5c6d7"
OPEN_ID = "0da22181-d833-447f-995f-1beefea5bef3"
UNION_ID = "1ad4e099-4a0c-47d1-a410-bffb4f2f64a4"

SAMPLE = Sample(
    filled_in={
        "client_id": CLIENT_KEY,
        "client_secret": "7802f4e6f243e659d51135445fe0a1b2",
    },
    answers={
        "/oauth/access_token/": {
            "data": {
                "access_token": "act.f7094fbffab2ecbfc45e9af9c32bc241oYdckvBKe82BPx8T",
                "captcha": "",
                "desc_url": "",
                "description": "",
                "error_code": 0,
                "expires_in": 1296000,
                "log_id": "20230525105733ED3ED7AC56A",
                "open_id": OPEN_ID,
                "refresh_expires_in": 2592000,
                "refresh_token": "rft.713900b74edde9f30ec4e246b706da30t",
                "scope": "user_info",
            },
            "message": "success",
        },
        "/oauth/userinfo/": {
            "data": {
                "avatar": "https://p3.douyinpic.com/aweme/100x100/x.jpeg",
                "client_key": CLIENT_KEY,
                "description": "",
                "error_code": "0",
                "nickname": "张伟",
                "open_id": OPEN_ID,
                "union_id": UNION_ID,
            },
            "message": "success",
        },
    },
    person=Person(
        namespace="douyin",
        subject=UNION_ID,
        name="张伟",
        picture="https://p3.douyinpic.com/aweme/100x100/x.jpeg",
        keys=((f"douyin-app:{CLIENT_KEY}", OPEN_ID),),
    ),
    subject_at=("/oauth/access_token/", "data", "open_id"),
    refusal=Refusal(
        path="/oauth/access_token/",
        answer={
            "data": {"description": "client_key或者client_secret报错", "error_code": 10013},
            "message": "error",
        },
        cause="10013",
    ),
    refused_code={
        "data": {"description": "授权码过期", "error_code": 10007},
        "message": "error",
    },
    refused_code_status="200 OK",
    # Douyin's documentation names no parameter for it: a state and nothing else.
    cancels={},
    # Douyin's documentation knows no PKCE.
    pkce=False,
    # https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/openapi/account-permission/get-access-token
    demands={
        "/oauth/access_token/": Demand(
            method="POST", form=names("client_key", "client_secret", "code", "grant_type")
        ),
        "/oauth/userinfo/": Demand(method="POST", form=names("access_token", "open_id")),
    },
)
