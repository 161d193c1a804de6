"""What the pages of applications show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Greatest
from django.utils.timezone import now
from django.utils.translation import gettext_lazy, ngettext

from applications.events import FIELDS
from applications.models import Application, ApplicationSecret, DeveloperError, Grant
from applications.protocol.developer_errors import MISTAKES
from applications.protocol.discovery import ENDPOINTS
from applications.services import FIELD_NAMES, MOST_APPLICATIONS, MOST_SECRETS
from portal.applications.concurrent_edits import text_of
from portal.applications.logout_messages import message_rows
from portal.applications.snippets import Text, choose_snippet, snippets_of
from portal.history.rows import Fact, list_facts
from projects.models import Project

# Developer errors of this time are counted in the list.
RECENT = timedelta(days=7)
# At the end of a secret's life, a warning appears so long before.
ENDS_SOON = timedelta(days=3)


ENDPOINT_LABELS: dict[str, Text] = {
    "authorization_endpoint": gettext_lazy("Authorization endpoint"),
    "token_endpoint": gettext_lazy("Token endpoint"),
    "userinfo_endpoint": gettext_lazy("Userinfo endpoint"),
    "jwks_uri": gettext_lazy("Signing keys (JWKS)"),
    "revocation_endpoint": gettext_lazy("Revocation endpoint"),
    "introspection_endpoint": gettext_lazy("Introspection endpoint"),
    "end_session_endpoint": gettext_lazy("Sign-out endpoint"),
    "pushed_authorization_request_endpoint": gettext_lazy("Pushed authorization requests (PAR)"),
}


@dataclass(frozen=True)
class Endpoint:
    """An address of the provider."""

    id: str
    label: Text
    url: str


@dataclass(frozen=True)
class SecretRow:
    """A client secret, of which only the last characters are known."""

    secret: ApplicationSecret
    is_live: bool
    ends_soon: bool
    # Whether another one is valid.
    can_remove: bool

    @property
    def created_by_name(self) -> str:
        """Who made it."""
        return str(self.secret.created_by or "")


@dataclass(frozen=True)
class ErrorRow:
    """A mistake that the application has made."""

    cause: Text
    remedy: Text
    facts: list[Fact]
    count: int
    last_at: datetime
    is_recent: bool


def application_rows(project: Project) -> QuerySet[Application]:
    """Return the project's applications, with the errors of the last days and the last use.

    A grant is deleted some time after its tokens have expired; the use of a secret is kept.
    """
    recent = Q(errors__last_at__gte=now() - RECENT)
    grants = Grant.objects.filter(application=OuterRef("pk")).order_by("-id").values("created_at")
    secrets = ApplicationSecret.objects.filter(
        application=OuterRef("pk"), last_used_at__isnull=False
    )
    return project.applications.annotate(
        error_count=Coalesce(Sum("errors__count", filter=recent), 0),
        last_used_at=Greatest(
            Subquery(grants[:1]),
            Subquery(secrets.order_by("-last_used_at").values("last_used_at")[:1]),
        ),
    )


def application_limit_message() -> str:
    """Return the message for the limit on applications."""
    return ngettext(
        "A project can have at most %(most)d application. To add another one, delete one that you "
        "no longer need.",
        "A project can have at most %(most)d applications. To add another one, delete one that you "
        "no longer need.",
        MOST_APPLICATIONS,
    ) % {"most": MOST_APPLICATIONS}


def application_page_context(application: Application, framework: str = "") -> dict[str, Any]:
    """Return the context of an application's page besides its form."""
    secrets = secret_rows(application)
    errors = error_rows(application)
    snippets = snippets_of(application)
    return {
        "application": application,
        "issuer": application.project.issuer,
        "discovery_url": f"{application.project.issuer}/.well-known/openid-configuration",
        "endpoints": endpoints_of(application),
        "secrets": secrets,
        "newest_secret": max((row.secret.pk for row in secrets), default=0),
        "can_add_secret": sum(row.is_live for row in secrets) < MOST_SECRETS,
        "snippets": snippets,
        "chosen_snippet": choose_snippet(snippets, framework),
        "facts": settings_facts(application),
        "errors": errors,
        "logout_messages": message_rows(application) if application.backchannel_logout_uri else (),
        "recent_errors": sum(each.count for each in errors if each.is_recent),
    }


def settings_facts(application: Application) -> list[tuple[Text, str]]:
    """Return the settings in words, for people who cannot change them."""
    names = [name for name in FIELDS if name in FIELD_NAMES and name != "name"]
    return [(FIELDS[name].label, text_of(name, getattr(application, name))) for name in names]


def count_people(application: Application) -> int:
    """Return how many people the application has valid tokens of."""
    valid = application.grants.filter(revoked_at=None, expires_at__gt=now())
    return valid.values("user").distinct().count()


def endpoints_of(application: Application) -> list[Endpoint]:
    """Return the endpoints that the discovery document names."""
    issuer = application.project.issuer
    return [
        Endpoint(name, ENDPOINT_LABELS[name], f"{issuer}{path}")
        for name, path in ENDPOINTS.items()
        # Without a secret nothing can be asked there.
        if application.is_confidential or name != "introspection_endpoint"
    ]


def secret_rows(application: Application) -> list[SecretRow]:
    """Return the application's secrets, oldest first."""
    present = now()
    found = list(application.secrets.select_related("created_by"))
    live = {each.pk for each in found if each.expires_at is None or each.expires_at > present}
    return [
        SecretRow(
            secret=each,
            is_live=each.pk in live,
            ends_soon=each.pk in live
            and each.expires_at is not None
            and each.expires_at <= present + ENDS_SOON,
            can_remove=bool(live - {each.pk}),
        )
        for each in found
    ]


def error_rows(application: Application) -> list[ErrorRow]:
    """Return the developer errors of the application, the latest first."""
    since = now() - RECENT
    return [describe_error(each, since) for each in application.errors.order_by("-last_at")]


def describe_error(error: DeveloperError, since: datetime) -> ErrorRow:
    """Return a developer error with what to do; a newer release may have other causes."""
    mistake = MISTAKES.get(error.cause)
    return ErrorRow(
        cause=mistake.cause if mistake else error.cause,
        remedy=mistake.fix if mistake else "",
        facts=list_facts(error.facts),
        count=error.count,
        last_at=error.last_at,
        is_recent=error.last_at >= since,
    )
