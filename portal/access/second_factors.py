"""What operators sign in with besides a password: apps, passkeys, recovery codes."""

from __future__ import annotations

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.cache import cache
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from portal.allauth_internals import (
    context,
    get_authentication_records,
    person_at_second_step,
    record_authentication,
)
from portal.shell.qr_codes import draw_qr_code
from projects.models import Project, User
from projects.people.factors import open_factor, seal_factor
from projects.requests import OperatorRequest

FactorKind = Authenticator.Type
# Recovery codes replace one of these, and are deleted with the last of them.
FACTORS = (FactorKind.TOTP, FactorKind.WEBAUTHN)


class OperatorMFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """allauth's second factors: for operators, on the portal's host, sealed in the database."""

    def get_totp_issuer(self) -> str:
        return f"Menkou {portal_host()}"

    def build_totp_svg(self, url: str) -> str:
        return draw_qr_code(url)

    def encrypt(self, text: str) -> str:
        return seal_factor(person_signing_in().pk, text)

    def decrypt(self, encrypted_text: str) -> str:
        return open_factor(person_signing_in().pk, encrypted_text)

    def generate_authenticator_name(self, user: User, type: str) -> str:
        return _("Passkey")

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": portal_host(), "name": "Menkou"}


def portal_host() -> str:
    """Return the portal's host without a port: the relying party ID of passkeys."""
    return settings.MENKOU_PORTAL_HOST.partition(":")[0]


def person_signing_in() -> User:
    """Return the person who is signed in, or at the second step of signing in.

    A secret is bound to this person, so a row copied from another person does not open.
    """
    request = context.request
    signed_in = isinstance(request.user, User)
    person: User = request.user if signed_in else person_at_second_step(request)
    return person


def factor_kinds(person: User) -> set[str]:
    """Return the kinds of factor that the person has."""
    return set(Authenticator.objects.filter(user=person).values_list("type", flat=True))


def has_second_factor(person: User) -> bool:
    """Whether the person has an app or a passkey."""
    return bool(Authenticator.objects.filter(user=person, type__in=FACTORS).exists())


def people_with_second_factor() -> QuerySet[Authenticator]:
    """Return a subquery of the ids of everybody with an app or a passkey."""
    found: QuerySet[Authenticator] = Authenticator.objects.filter(type__in=FACTORS).values("user")
    return found


def used_second_factor(request: OperatorRequest) -> bool:
    """Whether this session was authenticated with a factor that the person still has.

    Having a factor is not enough: the session may be older, or opened with the password alone.
    """
    records = get_authentication_records(request, request.user)
    used = [record.get("id") for record in records if record.get("method") == "mfa"]
    mine = Authenticator.objects.filter(user=request.user)
    return bool(used and mine.filter(pk__in=used).exists())


def remember_factor(request: HttpRequest, factor: Authenticator) -> None:
    """Record in the session that the factor was verified by setting it up."""
    record_authentication(request, factor.user, "mfa", id=factor.pk, type=factor.type)


def use_code_once(person: User, code: str) -> bool:
    """Mark an app's code as used while it is valid; return False if it was used already."""
    digits = "".join(filter(str.isdigit, code))
    seconds = (2 * settings.MFA_TOTP_TOLERANCE + 1) * 30
    return cache.add(f"menkou:spent:{person.pk}:{digits}", "", timeout=seconds)


def projects_losing_access(person: User, without: Authenticator) -> list[Project]:
    """Return the projects that the person cannot open without this factor."""
    others = Authenticator.objects.filter(user=person, type__in=FACTORS).exclude(pk=without.pk)
    if others.exists():
        return []
    return list(Project.objects.filter(memberships__user=person, require_second_factor=True))
