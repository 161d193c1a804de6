"""What operators sign in with besides a password: apps, passkeys, recovery codes."""

from __future__ import annotations

from io import BytesIO

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.cache import cache
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from connections.factors import open_factor, seal_factor
from projects.models import Project, User
from projects.requests import OperatorRequest

Kind = Authenticator.Type
# Recovery codes stand in for one of these, and are gone with the last of them.
FACTORS = (Kind.TOTP, Kind.WEBAUTHN)
QUIET_ZONE = 2


class OperatorFactors(DefaultMFAAdapter):  # type: ignore[misc]
    """allauth's second factors: for operators, on the portal's host, sealed in the database."""

    def get_totp_issuer(self) -> str:
        return f"Menkou {portal_host()}"

    def build_totp_svg(self, url: str) -> str:
        # Three quarters of a megabyte that only who sets up an app needs.
        import segno

        drawn = BytesIO()
        # White and with a margin of its own, so that phones read it in dark pages as well.
        segno.make(url, error="m").save(
            drawn, kind="svg", xmldecl=False, border=QUIET_ZONE, light="#fff", omitsize=True
        )
        return drawn.getvalue().decode()

    def encrypt(self, text: str) -> str:
        return seal_factor(person_at_hand().pk, text)

    def decrypt(self, encrypted_text: str) -> str:
        return open_factor(person_at_hand().pk, encrypted_text)

    def generate_authenticator_name(self, user: User, type: str) -> str:
        return _("Passkey")

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": portal_host(), "name": "Menkou"}


def portal_host() -> str:
    """Return the portal's host without a port; passkeys are made for it and for no other."""
    return settings.MENKOU_PORTAL_HOST.partition(":")[0]


def person_at_hand() -> User:
    """Return whose factor this request is about: of somebody signed in, or half way there.

    A secret is bound to this person, so that a row copied from somebody else does not open.
    """
    request = context.request
    person: User = (
        request.user if request.user.is_authenticated else request._login_stage.login.user
    )
    return person


def kinds_of(person: User) -> set[str]:
    """Return the kinds of factor that the person has."""
    return set(Authenticator.objects.filter(user=person).values_list("type", flat=True))


def has_second_factor(person: User) -> bool:
    """Whether the person has an app or a passkey."""
    return bool(Authenticator.objects.filter(user=person, type__in=FACTORS).exists())


def people_with_second_factor() -> QuerySet[Authenticator]:
    """Return the ids of all who have an app or a passkey, for a query to use."""
    found: QuerySet[Authenticator] = Authenticator.objects.filter(type__in=FACTORS).values("user")
    return found


def by_second_factor(request: OperatorRequest) -> bool:
    """Whether this session was opened or confirmed with a factor that the person still has.

    That there is one is not enough: somebody who knows the password alone may have come before.
    """
    records = get_authentication_records(request, request.user)
    used = [record.get("id") for record in records if record.get("method") == "mfa"]
    mine = Authenticator.objects.filter(user=request.user)
    return bool(used and mine.filter(pk__in=used).exists())


def remember_factor(request: HttpRequest, factor: Authenticator) -> None:
    """Note in the session that this factor was just proved, by setting it up."""
    record_authentication(request, factor.user, "mfa", id=factor.pk, type=factor.type)


def spend(person: User, code: str) -> bool:
    """Take an app's code out of use as long as it could be typed again; False where it is spent."""
    digits = "".join(filter(str.isdigit, code))
    seconds = (2 * settings.MFA_TOTP_TOLERANCE + 1) * 30
    return cache.add(f"menkou:spent:{person.pk}:{digits}", "", timeout=seconds)


def projects_that_close(person: User, without: Authenticator) -> list[Project]:
    """Return the projects that the person cannot open any more without this factor."""
    others = Authenticator.objects.filter(user=person, type__in=FACTORS).exclude(pk=without.pk)
    if others.exists():
        return []
    return list(Project.objects.filter(memberships__user=person, require_second_factor=True))
