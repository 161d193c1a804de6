from __future__ import annotations

from tests.samples.demands import BEARER, Demand
from tests.samples.sample import Person, Refusal, Sample

API = Demand(
    headers={
        **BEARER,
        "accept": r"application/vnd\.github\+json",
        "x-github-api-version": r"\d{4}-\d\d-\d\d",
    }
)

SAMPLE = Sample(
    filled_in={
        "client_id": "Ov23liAbCdEfGhIjKlMn",
        "client_secret": "0123456789abcdef" * 2 + "01234567",
    },
    answers={
        "/login/oauth/access_token": {
            "access_token": "gho_16C7e42F292c6912E7710c838347Ae178B4a",
            "scope": "user:email",
            "token_type": "bearer",
        },
        "/user": {
            "id": 583231,
            "login": "octocat",
            "name": "Mona",
            "email": None,
            "avatar_url": "https://avatars.githubusercontent.com/u/583231?v=4",
        },
        "/user/emails": [
            {"email": "old@example.com", "primary": False, "verified": True, "visibility": None},
            {"email": "mona@example.com", "primary": True, "verified": True, "visibility": None},
        ],
    },
    person=Person(
        namespace="github",
        subject="583231",
        name="Mona",
        picture="https://avatars.githubusercontent.com/u/583231?v=4",
        address="mona@example.com",
        address_verified=True,
    ),
    subject_at=("/user", "id"),
    refused_code={"error": "bad_verification_code"},
    refused_code_status="200 OK",
    refusal=Refusal(
        path="/login/oauth/access_token",
        answer={"error": "incorrect_client_credentials", "error_description": "Wrong."},
        cause="incorrect_client_credentials",
    ),
    # https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api
    demands={
        "/user": API,
        "/user/emails": API,
    },
)
