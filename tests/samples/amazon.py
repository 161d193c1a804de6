from __future__ import annotations

from tests.samples.sample import Person, Refusal, Sample

CLIENT_ID = "amzn1.application-oa2-client." + "0123456789abcdef" * 2

SAMPLE = Sample(
    filled_in={
        "client_id": CLIENT_ID,
        "client_secret": "amzn1.oa2-cs.v1." + "fedcba9876543210" * 4,
    },
    answers={
        "/auth/o2/token": {
            "access_token": "Atza|IQEBLjAsAhRmHjNgHpi0U-Dme37rR6CuUpSR",
            "token_type": "bearer",
            "expires_in": 3600,
            "refresh_token": "Atzr|IQEBLzAtAhRPpMJxdwVz2Nn6f2y-tpJX2DeX",
        },
        "/user/profile": {
            "user_id": "amzn1.account.K2LI23KL2LK2",
            "email": "ada@example.com",
            "name": "Ada Lovelace",
            "postal_code": "98052",
        },
    },
    person=Person(
        namespace="amazon",
        subject="amzn1.account.K2LI23KL2LK2",
        name="Ada Lovelace",
        address="ada@example.com",
    ),
    subject_at=("/user/profile", "user_id"),
    refusal=Refusal(
        path="/auth/o2/token",
        answer={"error": "invalid_client", "error_description": "Client authentication failed"},
        cause="invalid_client",
        status="401 Unauthorized",
    ),
)
