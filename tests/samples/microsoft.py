from __future__ import annotations

from connections.providers.microsoft import LOGIN
from tests.samples.sample import Person, Refusal, Sample, id_token, keys

CLIENT_ID = "6731de76-14a6-49ae-97bc-6eba6914391e"
TENANT = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
OBJECT = "00aa00aa-bb11-cc22-dd33-44ee44ee44ee"
SUBJECT = "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ"

SAMPLE = Sample(
    filled_in={
        "accounts": "common",
        "client_id": CLIENT_ID,
        "client_secret": "aB18Q~" + "cD3e" * 8 + "fG",
    },
    answers={
        "/common/oauth2/v2.0/token": id_token(
            iss=f"{LOGIN}/{TENANT}/v2.0",
            ver="2.0",
            sub=SUBJECT,
            tid=TENANT,
            oid=OBJECT,
            name="Ada Lovelace",
            preferred_username="ada@contoso.example",
            email="ada@contoso.example",
        ),
        "/common/discovery/v2.0/keys": keys,
    },
    person=Person(
        namespace="microsoft",
        subject=f"{TENANT}:{OBJECT}",
        name="Ada Lovelace",
        address="ada@contoso.example",
        address_verified=False,
        keys=((f"microsoft-app:{CLIENT_ID}", SUBJECT),),
    ),
    subject_at=("id_token", "oid"),
    refusal=Refusal(
        path="/common/oauth2/v2.0/token",
        answer={
            "error": "invalid_client",
            "error_description": "AADSTS7000222: The provided client secret keys are expired.",
            "error_codes": [7000222],
            "timestamp": "2026-11-09 02:02:12Z",
            "trace_id": "0000aaaa-11bb-cccc-dd22-eeeeee333333",
            "correlation_id": "aaaa0000-bb11-2222-33cc-444444dddddd",
        },
        cause="7000222",
        status="401 Unauthorized",
    ),
    cancels={
        "error": "access_denied",
        "error_description": "AADSTS65004: User declined to consent to access the app.",
    },
)
