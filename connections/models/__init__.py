"""Connections, their sealed secrets, and the people who signed in by them."""

from __future__ import annotations

from connections.models.attempts import Attempts
from connections.models.connection import Connection
from connections.models.identity import Identity, IdentityKey
from connections.models.secret import KeyCanary, StoredSecret
from connections.models.sign_in import JunkCallbacks, Outcome, PendingSignIn, SignIn

__all__ = [
    "Attempts",
    "Connection",
    "Identity",
    "IdentityKey",
    "JunkCallbacks",
    "KeyCanary",
    "Outcome",
    "PendingSignIn",
    "SignIn",
    "StoredSecret",
]
