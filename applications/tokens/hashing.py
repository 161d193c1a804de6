"""Codes, tokens and client secrets: 256 random bits each, kept as hashes (RFC 6819, 5.1.4.1.3)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import string
from base64 import urlsafe_b64encode
from functools import lru_cache

from django.conf import settings

RANDOM_BYTES = 32
# A prefix lets people and scanners of repositories recognize a secret that is where it must not be.
ACCESS_PREFIX, REFRESH_PREFIX, SECRET_PREFIX = "mkat_", "mkrt_", "mkcs_"
# Longer values are none of ours.
LONGEST_VALUE = 100
ALPHABET = frozenset(string.ascii_letters + string.digits + "-_")
CLIENT_ID_ALPHABET = string.ascii_lowercase + string.digits
CLIENT_ID_LENGTH = 24
_random = secrets.SystemRandom()


def new_code() -> str:
    """Return a new authorization code, of 43 characters."""
    return secrets.token_urlsafe(RANDOM_BYTES)


def new_access_token() -> str:
    """Return a new access token."""
    return ACCESS_PREFIX + secrets.token_urlsafe(RANDOM_BYTES)


def new_refresh_token() -> str:
    """Return the first refresh token of a grant."""
    return REFRESH_PREFIX + secrets.token_urlsafe(RANDOM_BYTES)


def new_client_secret() -> str:
    """Return a new client secret."""
    return SECRET_PREFIX + secrets.token_urlsafe(RANDOM_BYTES)


def new_client_id() -> str:
    """Return a new client id, of 24 lower-case letters and digits."""
    return "".join(_random.choices(CLIENT_ID_ALPHABET, k=CLIENT_ID_LENGTH))


def successor_of(refresh_token: str) -> str:
    """Return the refresh token that replaces this one: always the same.

    So it can be returned a second time although only its hash is stored. Whoever has an old token
    needs the server's key to compute it.
    """
    digest = hmac.new(_successor_key(settings.SECRET_KEY), refresh_token.encode(), hashlib.sha256)
    return REFRESH_PREFIX + urlsafe_b64encode(digest.digest()).decode().rstrip("=")


@lru_cache(maxsize=1)
def _successor_key(secret_key: str) -> bytes:
    return hashlib.sha256(b"menkou:refresh-successor:" + secret_key.encode()).digest()


def is_well_formed(value: object) -> bool:
    """Whether this can be a code, token or client secret of ours."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST_VALUE and ALPHABET.issuperset(value)


def is_client_id(value: str) -> bool:
    """Whether this has the form of a client id."""
    return len(value) == CLIENT_ID_LENGTH and set(value) <= set(CLIENT_ID_ALPHABET)
