"""Store the form that a provider posts to the callback until the browser returns with its cookie.

A browser sends none of our cookies with a form that another website's page submits, so the sign-in
is not known yet. The fields are stored with the pending sign-in, and the browser is redirected to
the same URL by GET. There everything is checked as for a provider that redirects.

https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html
"""

from __future__ import annotations

import os
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from django.db import connection as database
from django.http import HttpRequest

from connections.configured import definition_of
from connections.models import Connection
from core.postgresql.retry import retry_on_lost_connection
from core.random_text import hash_text, is_random_text
from signin.trial.states import is_trial_state

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12

# Only the first post is stored, with a sign-in or with a trial.
STORE = """
UPDATE {table} SET posted = %(posted)s
WHERE state_hash = %(state)s AND connection_id = %(connection)s AND posted IS NULL
AND taken_at IS NULL AND expires_at > now()
"""


@retry_on_lost_connection
def store(request: HttpRequest, connection: Connection) -> str:
    """Store the posted fields with the pending sign-in, and return the URL to redirect to.

    Not rate limited: without a state of ours nothing is stored, and the redirect is counted.
    """
    definition = definition_of(connection)
    values = request.POST.getlist(definition.state_parameter)
    state = values[0] if len(values) == 1 else ""
    if is_trial_state(state):
        table = "connections_trial"
    elif is_random_text(state):
        table = "connections_pendingsignin"
    else:
        return request.path
    fields = [
        (name, value) for name in definition.posts_back for value in request.POST.getlist(name)
    ]
    with database.cursor() as cursor:
        cursor.execute(
            STORE.format(table=table),
            {
                "posted": seal(urlencode(fields), state),
                "state": hash_text(state),
                "connection": connection.pk,
            },
        )
    return f"{request.path}?{urlencode({'state': state})}"


def seal(text: str, state: str) -> bytes:
    """Encrypt the text with the state, which is not in the database."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + cipher_for(state).encrypt(nonce, text.encode(), None)


def unseal(ciphertext: bytes, state: str) -> list[tuple[str, str]]:
    """Return the posted fields, each as often as it was sent."""
    nonce, rest = ciphertext[:NONCE_BYTES], ciphertext[NONCE_BYTES:]
    text = cipher_for(state).decrypt(nonce, rest, None).decode()
    return parse_qsl(text, keep_blank_values=True)


def cipher_for(state: str) -> AESGCM:
    """Return a cipher with a key derived from the state. The key differs from the stored hash."""
    # Imported on first use: it takes 7 MB, and most installations never need it.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(sha256(b"menkou:posted:" + state.encode()).digest())
