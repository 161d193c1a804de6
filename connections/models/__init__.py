"""Connections, their sealed secrets, and the people who signed in by them."""

from __future__ import annotations

from connections.models.connection import Connection
from connections.models.identity import Identity, IdentityKey
from connections.models.secret import StoredSecret
from connections.models.session import EndUserSession
from connections.models.sign_in import PendingSignIn, SignIn, UnreturnedSignIns

__all__ = [
    "Connection",
    "EndUserSession",
    "Identity",
    "IdentityKey",
    "PendingSignIn",
    "SignIn",
    "StoredSecret",
    "UnreturnedSignIns",
]
