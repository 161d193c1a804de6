from __future__ import annotations

from tests.connections.servers import Peer
from tests.samples.sample import Person, Refusal, Sample, Script, discovery, keys

HOST = "https://contoso.b2clogin.com"
FLOW = "/contoso.onmicrosoft.com/B2C_1_signupsignin1"
ISSUER = f"{HOST}/775527ff-9a37-4307-8b3d-cc311f58d925/v2.0/"
PERSON = "884408e1-2918-4ca0-b12d-3aa027d7563b"


def tokens(script: Script, peer: Peer) -> dict[str, object]:
    """As B2C answers whoever asks for openid alone: without an access token."""
    return {
        "id_token": script.id_token(
            iss=ISSUER,
            sub=PERSON,
            name="Ada",
            emails=["ada@acme.example"],
            tfp="B2C_1_signupsignin1",
            ver="1.0",
        ),
        "token_type": "Bearer",
        "not_before": 1_600_000_000,
        "id_token_expires_in": 3600,
        "scope": "",
    }


SAMPLE = Sample(
    filled_in={
        "tenant": "contoso",
        "policy": "B2C_1_signupsignin1",
        "domain": "",
        "client_id": "90c0fe63-bcf2-44d5-8fb7-b8bbc0b29dc6",
        "client_secret": "Aa~8Q~abcdefghijklmnopqrstuvwxyz01234567",
    },
    answers={
        f"{FLOW}/v2.0/.well-known/openid-configuration": discovery(
            ISSUER,
            authorization_endpoint=f"{HOST}{FLOW}/oauth2/v2.0/authorize",
            token_endpoint=f"{HOST}{FLOW}/oauth2/v2.0/token",
            userinfo_endpoint=None,
            jwks_uri=f"{HOST}{FLOW}/discovery/v2.0/keys",
            token_endpoint_auth_methods_supported=["client_secret_post", "client_secret_basic"],
        ),
        f"{FLOW}/oauth2/v2.0/token": tokens,
        f"{FLOW}/discovery/v2.0/keys": keys,
    },
    person=Person(
        namespace=f"b2c:{ISSUER}",
        subject=PERSON,
        name="Ada",
        address="ada@acme.example",
    ),
    subject_at=("id_token", "sub"),
    refusal=Refusal(
        path=f"{FLOW}/oauth2/v2.0/token",
        answer={
            "error": "invalid_client",
            "error_description": "AADB2C90081: The specified client_secret does not match.",
        },
        cause="client_method",
        status="400 Bad Request",
    ),
    cancels={
        "error": "access_denied",
        "error_description": "AADB2C90091: The user has cancelled entering self-asserted "
        "information.",
    },
    origins=(HOST,),
)
