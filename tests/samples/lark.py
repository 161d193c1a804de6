from __future__ import annotations

from tests.samples.feishu import ANSWER, APP_ID, REFUSAL, TOKEN, person_at
from tests.samples.sample import Refusal, Sample

PATH = "/open-apis/authen/v2/oauth/token"

SAMPLE = Sample(
    filled_in={"client_id": APP_ID, "client_secret": "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6"},
    answers={PATH: TOKEN, "/open-apis/authen/v1/user_info": ANSWER},
    person=person_at("lark"),
    subject_at=("/open-apis/authen/v1/user_info", "data", "union_id"),
    refusal=Refusal(path=PATH, answer=REFUSAL, cause="20065", status="400 Bad Request"),
)
