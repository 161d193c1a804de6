from __future__ import annotations

from tests.samples.demands import CLIENT, CODE, Demand, names
from tests.samples.sample import Person, Refusal, Sample

APP_ID = "cli_a1b2c3d4e5f6a7b8"
ANSWER = {
    "code": 0,
    "msg": "success",
    "data": {
        "name": "李雷",
        "en_name": "Li Lei",
        "avatar_url": "https://s1-imfile.feishucdn.com/static-resource/v1/x",
        "avatar_thumb": "https://s1-imfile.feishucdn.com/static-resource/v1/x~72",
        "open_id": "ou_caecc734c2e3328a62489fe0648c4b98779515d3",
        "union_id": "on_d89jhsdhjsajkda7828enjdj328ydhhw3u43yjhdj",
        "email": "li@personal.example",
        "enterprise_email": "lilei@acme.example",
        "tenant_key": "736588c92lxf175d",
    },
}
TOKEN = {
    "code": 0,
    "access_token": "an.access.token",
    "expires_in": 7200,
    "token_type": "Bearer",
    "scope": "auth:user.id:read",
}
REFUSAL = {
    "code": 20065,
    "error": "invalid_grant",
    "error_description": "The authorization code has been used.",
}

# What it answers to a code that it never gave.
NOT_FOUND = {
    "code": 20003,
    "error": "invalid_grant",
    "error_description": "The authorization code is not found.",
}


def person_at(product: str) -> Person:
    """The person of the answer, as the product's own."""
    return Person(
        namespace=product,
        subject="736588c92lxf175d:on_d89jhsdhjsajkda7828enjdj328ydhhw3u43yjhdj",
        name="李雷",
        picture="https://s1-imfile.feishucdn.com/static-resource/v1/x",
        address="lilei@acme.example",
        address_verified=False,
        keys=((f"{product}-app:{APP_ID}", "ou_caecc734c2e3328a62489fe0648c4b98779515d3"),),
    )


SAMPLE = Sample(
    filled_in={
        "client_id": APP_ID,
        "client_secret": "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6",
        "scopes": "contact:user.email:readonly",
    },
    answers={"/oauth/v3/token": TOKEN, "/open-apis/authen/v1/user_info": ANSWER},
    person=person_at("feishu"),
    subject_at=("/open-apis/authen/v1/user_info", "data", "open_id"),
    refusal=Refusal(
        path="/oauth/v3/token", answer=REFUSAL, cause="20065", status="400 Bad Request"
    ),
    refused_code=NOT_FOUND,
    # https://open.feishu.cn/document/authentication-management/access-token/get-user-access-token
    demands={
        "/oauth/v3/token": Demand(method="POST", json=CODE | CLIENT | names("code_verifier")),
    },
)
