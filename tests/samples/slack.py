from __future__ import annotations

from connections.providers.slack import WORKSPACE
from tests.samples.sample import Person, Refusal, Sample, Script, keys

ISSUER = "https://slack.com"

PICTURE = "https://avatars.slack-edge.com/2026-05-01/123_abc_512.png"


def token(script: Script, peer: object) -> dict[str, object]:
    """Slack's own token answer, which says "ok"."""
    told = {
        "sub": "U0R7MFMJM",
        "auth_time": 1626874655,
        WORKSPACE: "T0R7GR123",
        "https://slack.com/user_id": "U0R7MFMJM",
        "email": "bront@slack-corp.example",
        "email_verified": True,
        "date_email_verified": 1622128723,
        "locale": "en-US",
        "name": "Bront",
        "picture": PICTURE,
    }
    return {
        "ok": True,
        "access_token": "xoxp-1234",
        "token_type": "Bearer",
        "id_token": script.id_token(iss=ISSUER, **told),
    }


SAMPLE = Sample(
    filled_in={
        "client_id": "25259531569.1115229100",
        "client_secret": "e1b9e11dfcd19c1982d5de12921e17e8",
        "workspace": "",
    },
    answers={"/api/openid.connect.token": token, "/openid/connect/keys": keys},
    person=Person(
        namespace="slack",
        subject="U0R7MFMJM",
        name="Bront",
        picture=PICTURE,
        address="bront@slack-corp.example",
        address_verified=True,
    ),
    subject_at=("id_token", "sub"),
    refusal=Refusal(
        path="/api/openid.connect.token",
        answer={"ok": False, "error": "bad_client_secret"},
        cause="bad_client_secret",
    ),
    refused_code={"ok": False, "error": "invalid_code"},
    refused_code_status="200 OK",
    # Slack takes it from public clients alone.
    pkce=False,
)
