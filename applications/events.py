"""The events of applications."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from applications.models import Kind, RefreshTokens
from projects.audit.kinds import EventField, EventKind


def kind_label(value: Any) -> str:
    """Return a type of application as people read it."""
    return str(Kind(value).label) if value in Kind.values else str(value)


def refresh_tokens_label(value: Any) -> str:
    """Return when refresh tokens are issued, as people read it."""
    return str(RefreshTokens(value).label) if value in RefreshTokens.values else str(value)


def one_per_line(values: Any) -> str:
    """Return a list as people read it."""
    return "\n".join(map(str, values)) if isinstance(values, list) else str(values)


def short_file_name(value: Any) -> str:
    """Return enough of the name of a logo's file to tell it from another one."""
    digest, _dot, extension = str(value).partition(".")
    return f"{digest[:8]}.{extension}"


FIELDS = {
    "name": EventField(_("Name")),
    "logo": EventField(_("Logo"), format=short_file_name),
    "kind": EventField(_("Type"), format=kind_label),
    "redirect_uris": EventField(_("Redirect URIs"), format=one_per_line),
    "post_logout_redirect_uris": EventField(_("Post-logout URIs"), format=one_per_line),
    "backchannel_logout_uri": EventField(_("Back-channel logout URI")),
    "initiate_login_uri": EventField(_("Initiate login URI")),
    "home_page": EventField(_("Home page")),
    "pkce_optional": EventField(_("PKCE is optional")),
    "is_development": EventField(_("Development application")),
    "is_third_party": EventField(_("Third-party application")),
    "connections": EventField(_("Allowed connections"), format=one_per_line),
    "idp_claim": EventField(_("Connection in tokens")),
    "accept_foreign_parameters": EventField(_("Parameters of other products")),
    # Its name in events of version 0.1.0.
    "accept_rival_hints": EventField(_("Parameters of other products")),
    "signing_alg": EventField(_("Signing algorithm")),
    "refresh_tokens": EventField(_("Refresh tokens"), format=refresh_tokens_label),
    "access_token_seconds": EventField(_("Access token lifetime (seconds)")),
    "id_token_seconds": EventField(_("ID token lifetime (seconds)")),
    "refresh_idle_days": EventField(_("Refresh token idle lifetime (days)")),
    "refresh_max_days": EventField(_("Refresh token lifetime (days)")),
}

SECRET = {"secret": EventField(_("Client secret"), is_secret=True)}

APPLICATION_ADDED = EventKind(
    key="application:added",
    name=_("Application added"),
    sentence=_("%(actor)s added the application %(target)s"),
    fields=FIELDS,
)
APPLICATION_CHANGED = EventKind(
    key="application:changed",
    name=_("Application changed"),
    sentence=_("%(actor)s changed the application %(target)s"),
    fields=FIELDS,
)
APPLICATION_DELETED = EventKind(
    key="application:deleted",
    name=_("Application deleted"),
    sentence=_("%(actor)s deleted the application %(target)s"),
    fields=FIELDS,
)
SECRET_ADDED = EventKind(
    key="application:secret-added",
    name=_("Client secret added"),
    sentence=_("%(actor)s added a client secret to the application %(target)s"),
    fields=SECRET,
)
SECRET_REMOVED = EventKind(
    key="application:secret-removed",
    name=_("Client secret removed"),
    sentence=_("%(actor)s removed a client secret from the application %(target)s"),
)
SECRET_EXPIRY_SET = EventKind(
    key="application:secret-expiry-set",
    name=_("Client secret's expiry set"),
    sentence=_("%(actor)s set when a client secret of the application %(target)s expires"),
    fields={"expires_at": EventField(_("Expires"))},
)
KEYS_ROTATED = EventKind(
    key="project:signing-keys-rotated",
    name=_("Signing keys rotated"),
    sentence=_("%(actor)s added new signing keys to the project %(target)s"),
)

KINDS = (
    APPLICATION_ADDED,
    APPLICATION_CHANGED,
    APPLICATION_DELETED,
    SECRET_ADDED,
    SECRET_REMOVED,
    SECRET_EXPIRY_SET,
    KEYS_ROTATED,
)
