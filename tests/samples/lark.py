from __future__ import annotations

from typing import Any

from tests.samples.demands import CLIENT, CODE, Demand, names
from tests.samples.feishu import ANSWER, APP_ID, NOT_FOUND, REFUSAL, TOKEN, person_at
from tests.samples.sample import Refusal, Sample

PATH = "/open-apis/authen/v2/oauth/token"


def as_text(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer as Lark's documentation has it, with a text for its number."""
    return {**answer, "code": str(answer["code"])}


SAMPLE = Sample(
    filled_in={
        "client_id": APP_ID,
        "client_secret": "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6",
        "scopes": "contact:user.email:readonly",
    },
    answers={PATH: as_text(TOKEN), "/open-apis/authen/v1/user_info": ANSWER},
    person=person_at("lark"),
    subject_at=("/open-apis/authen/v1/user_info", "data", "open_id"),
    refusal=Refusal(path=PATH, answer=as_text(REFUSAL), cause="20065", status="400 Bad Request"),
    refused_code=as_text(NOT_FOUND),
    # https://open.larksuite.com/document/authentication-management/access-token/get-user-access-token
    demands={
        "/open-apis/authen/v2/oauth/token": Demand(
            method="POST", json=CODE | CLIENT | names("code_verifier")
        ),
    },
)
