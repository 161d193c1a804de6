"""What a provider posts to the callback, kept until the browser comes for it with its cookie.

A browser sends none of our cookies with a form that another website's page submits, so nobody knows
yet whose sign-in this is. The fields are kept with the pending sign-in and the browser is sent to
the same address by GET, where everything is checked as for a provider that redirects.

https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html
"""

from __future__ import annotations

import os
from hashlib import sha256
from urllib.parse import urlencode

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connection as database
from django.http import HttpRequest, QueryDict

from connections.models import Connection
from connections.signin import state as states

NONCE_BYTES = 12

# The first post counts; a later one changes nothing.
KEEP = """
UPDATE connections_pendingsignin SET posted = %(posted)s
WHERE state_hash = %(state)s AND connection_id = %(connection)s AND posted IS NULL
AND expires_at > now()
"""


def keep(request: HttpRequest, connection: Connection) -> str:
    """Keep what was posted, if it belongs to a pending sign-in; return where the browser goes on.

    Not counted: who does not know a state changes nothing here, and the way on is counted.
    """
    definition = connection.definition
    state = request.POST.get(definition.state_parameter, "")
    if not states.is_value(state):
        return request.path
    fields = {name: request.POST[name] for name in definition.posts_back if name in request.POST}
    with database.cursor() as cursor:
        cursor.execute(
            KEEP,
            {
                "posted": sealed(urlencode(fields), state),
                "state": states.hashed(state),
                "connection": connection.pk,
            },
        )
    return f"{request.path}?{urlencode({'state': state})}"


def sealed(text: str, state: str) -> bytes:
    """Return the text as only somebody can read it who knows the state; the database does not."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key_of(state)).encrypt(nonce, text.encode(), None)


def opened(ciphertext: bytes, state: str) -> QueryDict:
    """Return what was posted, as if it had come in the address."""
    nonce, rest = ciphertext[:NONCE_BYTES], ciphertext[NONCE_BYTES:]
    return QueryDict(AESGCM(key_of(state)).decrypt(nonce, rest, None))


def key_of(state: str) -> bytes:
    """Return the key that the state is; not the hash by which its row is found."""
    return sha256(b"menkou:posted:" + state.encode()).digest()
