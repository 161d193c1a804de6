"""Logout tokens (OpenID Connect Back-Channel Logout 1.0, 2.4)."""

from __future__ import annotations

import time
from uuid import uuid4

from django.utils import timezone

from applications.keys.generation import open_private_key
from applications.models import LogoutDelivery, SigningKey

VALID_SECONDS = 120
EVENT = "http://schemas.openid.net/event/backchannel-logout"


def logout_token(delivery: LogoutDelivery) -> str:
    """Return a new signed logout token; raises KeysetError where the key does not open.

    Each attempt has an id of its own, and is signed with the key that id_tokens are signed with.
    """
    import jwt  # Most workers never need it.

    application = delivery.application
    keys = SigningKey.objects.filter(project=application.project, alg=application.signing_alg)
    key = keys.filter(active_at__lte=timezone.now()).latest("active_at")
    private = open_private_key(application.project_id, key.kid, bytes(key.ciphertext))
    now = int(time.time())
    claims = {
        "iss": application.project.issuer,
        "aud": application.client_id,
        "sub": str(delivery.user),
        "sid": str(delivery.sid),
        "iat": now,
        "exp": now + VALID_SECONDS,
        "jti": str(uuid4()),
        "events": {EVENT: {}},
    }
    headers = {"kid": key.kid, "typ": "logout+jwt"}
    return jwt.encode(claims, private, algorithm=application.signing_alg, headers=headers)
