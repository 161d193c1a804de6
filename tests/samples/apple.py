from __future__ import annotations

import json

from cryptography.hazmat.primitives.asymmetric import ec

from connections.fields.pasted_keys import private_key_pem
from connections.providers.apple import ISSUER
from tests.samples.sample import CODE, Person, Refusal, Sample, id_token, keys

KEY = ec.generate_private_key(ec.SECP256R1())
SUBJECT = "000792.d71059495fa24644b94e4a644e2e3b4a.0638"
USER = {"name": {"firstName": "Ada", "lastName": "Lovelace"}, "email": "ada@example.com"}

SAMPLE = Sample(
    filled_in={
        "client_id": "com.example.web",
        "team_id": "A1B2C3D4E5",
        "key_id": "Z9Y8X7W6V5",
        "client_secret": private_key_pem(KEY),
    },
    answers={
        "/auth/token": id_token(
            iss=ISSUER,
            sub=SUBJECT,
            email="x7k2m9@privaterelay.appleid.com",
            # Apple's documentation: a text or a Boolean.
            email_verified="true",
            is_private_email="true",
            nonce_supported=True,
        ),
        "/auth/keys": keys,
    },
    person=Person(
        namespace="apple:A1B2C3D4E5",
        subject=SUBJECT,
        name="Ada Lovelace",
        address="x7k2m9@privaterelay.appleid.com",
        address_verified=True,
    ),
    subject_at=("id_token", "sub"),
    refusal=Refusal(
        path="/auth/token",
        answer={"error": "invalid_client"},
        cause="invalid_client",
        status="400 Bad Request",
    ),
    returns={"code": CODE, "user": json.dumps(USER)},
    cancels={"error": "user_cancelled_authorize"},
)
