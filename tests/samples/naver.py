from __future__ import annotations

from tests.samples.demands import CLIENT, CODE, Demand, names
from tests.samples.sample import Person, Refusal, Sample

CLIENT_ID = "jyvqXeaVOVmV0123abcd"

SAMPLE = Sample(
    filled_in={"client_id": CLIENT_ID, "client_secret": "527300A0_C"},
    answers={
        "/oauth2/token": {
            "access_token": "AAAAQosjWDJieBiQZc3to9YQp6HDLvrmyKC+6+iZ3gq7qrkqf50ljZC+Lgoqrg",
            "refresh_token": "c8ceMEJisO4Se7uGisHoX0f5JEii7JnipglQipkOn5Zp3tyP7dHQoP0zNKHUq2gY",
            "token_type": "bearer",
            "expires_in": "3600",
            "id_token": "eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmVk",
        },
        "/v1/nid/me": {
            "resultcode": "00",
            "message": "success",
            "response": {
                "id": "32742776",
                "nickname": "OpenAPI",
                "name": "오픈",
                "email": "openapi@naver.com",
                "profile_image": "https://ssl.pstatic.net/static/pwe/address/nodata_33x33.gif",
            },
        },
    },
    person=Person(
        namespace=f"naver:{CLIENT_ID}",
        subject="32742776",
        name="오픈",
        picture="https://ssl.pstatic.net/static/pwe/address/nodata_33x33.gif",
        address="openapi@naver.com",
    ),
    subject_at=("/v1/nid/me", "response", "id"),
    # As Naver answers: the same code as for a code that was used, with status 200.
    refusal=Refusal(
        path="/oauth2/token",
        answer={
            "error": "invalid_request",
            "error_description": "wrong client id / client secret pair",
        },
        cause="invalid_client",
    ),
    refused_code={"error": "invalid_request", "error_description": "no valid data in session"},
    refused_code_status="200 OK",
    # https://developers.naver.com/docs/login/api/api.md
    demands={
        "/oauth2/token": Demand(
            method="POST", form=CODE | CLIENT | names("code_verifier", "state")
        ),
    },
)
