from __future__ import annotations

from tests.samples.demands import BEARER, CODE, Demand, names
from tests.samples.sample import Person, Refusal, Sample

CLIENT_KEY = "aw0123456789abcdef"
UNION_ID = "c9c60f44-a68e-4f5d-84dd-ce22faeb0ba1"
OPEN_ID = "723f24d7-e717-40f8-a2b6-cb8464cd23b4"

SAMPLE = Sample(
    filled_in={
        "client_id": CLIENT_KEY,
        "client_secret": "Ab3dEf6hIj9kLm2nOp5qRs8tUv1wXy4z",
    },
    answers={
        "/v2/oauth/token/": {
            "access_token": "act.example12345Example12345Example",
            "expires_in": 86400,
            "open_id": OPEN_ID,
            "refresh_expires_in": 31536000,
            "refresh_token": "rft.example12345Example12345Example",
            "scope": "user.info.basic",
            "token_type": "Bearer",
        },
        "/v2/user/info/": {
            "data": {
                "user": {
                    "avatar_url": "https://p16-sign-va.tiktokcdn.com/tos-maliva/x.webp?sign=1",
                    "open_id": OPEN_ID,
                    "union_id": UNION_ID,
                    "display_name": "Ada",
                }
            },
            "error": {"code": "ok", "message": "", "log_id": "20220829194722CBE87ED59D524E727021"},
        },
    },
    person=Person(
        namespace="tiktok",
        subject=UNION_ID,
        name="Ada",
        picture="https://p16-sign-va.tiktokcdn.com/tos-maliva/x.webp?sign=1",
        keys=((f"tiktok-app:{CLIENT_KEY}", OPEN_ID),),
    ),
    subject_at=("/v2/user/info/", "data", "user", "union_id"),
    refusal=Refusal(
        path="/v2/oauth/token/",
        answer={
            "error": "invalid_client",
            "error_description": "Client key or secret is incorrect.",
            "log_id": "202206221854370101130062072500FFA2",
        },
        cause="invalid_client",
        status="401 Unauthorized",
    ),
    pkce=False,
    # https://developers.tiktok.com/doc/oauth-user-access-token-management
    demands={
        "/v2/oauth/token/": Demand(method="POST", form=CODE | names("client_key", "client_secret")),
        "/v2/user/info/": Demand(query=names("fields"), headers=BEARER),
    },
)
