from __future__ import annotations

from tests.samples.sample import Person, Refusal, Sample

SAMPLE = Sample(
    filled_in={"client_id": "0123456789abcdef" * 4, "client_secret": "fedcba9876543210" * 4},
    answers={
        "/oauth/token": {
            "access_token": "5d0a3c1f0b9e8d7c6b5a493827160504",
            "token_type": "bearer",
            "expires_in": 86400,
            "refresh_token": "a-refresh-token",
            "scope": "user_info emails",
            "created_at": 1766000000,
        },
        "/api/v5/user": {
            "id": 5176742,
            "login": "lilei",
            "name": "李雷",
            "avatar_url": "https://foruda.gitee.com/avatar/1677048911/5176742_lilei.png",
            "email": "未公开邮箱",
        },
        "/api/v5/emails": [
            {"email": "old@example.com", "state": "confirmed", "scope": ["committed"]},
            {"email": "lilei@example.com", "state": "confirmed", "scope": ["primary", "notified"]},
        ],
    },
    person=Person(
        namespace="gitee",
        subject="5176742",
        name="李雷",
        picture="https://foruda.gitee.com/avatar/1677048911/5176742_lilei.png",
        address="lilei@example.com",
        address_verified=True,
    ),
    subject_at=("/api/v5/user", "id"),
    refusal=Refusal(
        path="/oauth/token",
        answer={
            "error": "invalid_client",
            "error_description": "由于未知、不支持或没有客户端，认证失败",
        },
        cause="invalid_client",
        status="401 Unauthorized",
    ),
    # Gitee's documentation knows no PKCE.
    pkce=False,
)
