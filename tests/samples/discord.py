from __future__ import annotations

from tests.samples.sample import Person, Refusal, Sample

PICTURE = "8342729096ea3675442027381ff50dfe"

SAMPLE = Sample(
    filled_in={
        "client_id": "157730590492196864",
        "client_secret": "AbCd-EfGh_IjKlMnOpQrStUvWxYz0123",
    },
    answers={
        "/api/oauth2/token": {
            "access_token": "6qrZcUqja7812RVdnEKjpzOL4CvHBFG",
            "token_type": "Bearer",
            "expires_in": 604800,
            "refresh_token": "D43f5y0ahjqew82jZ4NViEr2YafMKhue",
            "scope": "identify email",
        },
        "/api/v10/users/@me": {
            "id": "80351110224678912",
            "username": "nelly",
            "discriminator": "0",
            "global_name": "Nelly",
            "avatar": PICTURE,
            "verified": True,
            "email": "nelly@example.com",
            "flags": 64,
            "premium_type": 1,
        },
    },
    person=Person(
        namespace="discord",
        subject="80351110224678912",
        name="Nelly",
        picture=f"https://cdn.discordapp.com/avatars/80351110224678912/{PICTURE}.png",
        address="nelly@example.com",
        address_verified=True,
    ),
    subject_at=("/api/v10/users/@me", "id"),
    refusal=Refusal(
        path="/api/oauth2/token",
        answer={"error": "invalid_client"},
        cause="invalid_client",
        status="401 Unauthorized",
    ),
)
