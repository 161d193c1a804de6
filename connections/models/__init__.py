"""Connections, their sealed secrets, and the people who signed in by them."""

from __future__ import annotations

from connections.models.check import CheckedValues, CheckResult, CheckState, StepVerdict
from connections.models.connection import Connection
from connections.models.draft import Draft, DraftSecret, SuccessfulTrial, TypedSecret
from connections.models.expiry import ExpiryReminder
from connections.models.health import ConnectionHour, HealthProgress
from connections.models.identity import Identity, IdentityKey
from connections.models.revision import Revision, RevisionSecret
from connections.models.secret import SealedSecret, StoredSecret
from connections.models.session import EndUserSession
from connections.models.sign_in import PendingSignIn, SignIn, UnreturnedSignIns
from connections.models.trial import Trial

__all__ = [
    "CheckResult",
    "CheckState",
    "CheckedValues",
    "Connection",
    "Draft",
    "DraftSecret",
    "ConnectionHour",
    "EndUserSession",
    "ExpiryReminder",
    "HealthProgress",
    "Identity",
    "IdentityKey",
    "TypedSecret",
    "PendingSignIn",
    "Revision",
    "RevisionSecret",
    "SealedSecret",
    "SignIn",
    "StepVerdict",
    "StoredSecret",
    "SuccessfulTrial",
    "Trial",
    "UnreturnedSignIns",
]
