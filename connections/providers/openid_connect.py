"""OpenID Connect: sign in at an organization's own provider, such as Keycloak, Okta or Entra ID."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections.fields.common import client_id, scopes, text_field
from connections.fields.field import Check, Context, Field, LookUp, Text
from connections.protocols.oidc.metadata import (
    ENDPOINTS,
    WELL_KNOWN,
    discover_metadata,
    has_entered_addresses,
)
from connections.providers.definition import Settings, callback_step, copy_steps, field_step, step
from connections.providers.families.openid import (
    any_secret,
    check_address,
    fetch_metadata,
    openid_provider,
    refuse_private_fields,
)


def check_issuer(found: Check, value: str) -> str:
    """Return the issuer, also from the URL of its discovery document; raises ValidationError."""
    issuer = value.removesuffix(WELL_KNOWN)
    if issuer != value:
        found.notice("issuer", _("Saved without the address of the discovery document."))
    if "?" in issuer:
        raise ValidationError(_("An issuer has no question mark."), code="shape")
    return check_address(found, issuer)


def endpoint(name: str, label: Text, help: Text = "") -> Field:
    """Return the optional field for an endpoint that is otherwise discovered."""
    return Field(
        name=name,
        label=label,
        help=help,
        max_length=500,
        required=False,
        advanced=True,
        moves_secrets=True,
        check=check_address,
    )


FIELDS = (
    text_field(
        "issuer",
        _("Issuer URL"),
        _("For example https://login.example.com/realms/staff."),
        max_length=190,
        moves_secrets=True,
        check=check_issuer,
    ),
    client_id(help=_("The name under which the provider knows this sign-in page.")),
    any_secret(help=_("The provider gives it to confidential clients."), shows_expiry=True),
    scopes(
        "openid profile email",
        openid=True,
        help=_("With spaces between them; openid must be one of them."),
    ),
    endpoint(
        "authorization_endpoint",
        _("Authorization endpoint"),
        _(
            "Leave all four addresses empty to take them from the issuer's discovery document. "
            "Enter them only if it has none."
        ),
    ),
    endpoint("token_endpoint", _("Token endpoint")),
    endpoint("userinfo_endpoint", _("Userinfo endpoint")),
    endpoint("jwks_uri", _("Address of the keys (JWKS)")),
)


def check(found: Check) -> None:
    """Require all endpoints but userinfo if one of them was entered."""
    if not has_entered_addresses(found.values) or found.failed("issuer", *ENDPOINTS):
        return
    for name in ENDPOINTS:
        if name != "userinfo_endpoint" and not found.values[name]:
            found.error(
                name, "missing", _("Enter this one as well, or none of the four addresses.")
            )


def look_up(values: Settings, context: Context) -> Mapping[str, Any]:
    """Return the provider's spelling of the issuer, unless the endpoints were entered."""
    refuse_private_fields(values, ("issuer", *ENDPOINTS))
    return (
        {}
        if has_entered_addresses(values)
        else {"issuer": fetch_metadata(values["issuer"], discover_metadata).issuer}
    )


GUIDE = (
    step(
        _("Register a client at the provider"),
        _(
            "At your organization's provider, for example Keycloak, Okta, Microsoft Entra ID or "
            "authentik, add a client for the web (some call it application), of the confidential "
            "kind, with the authorization code flow."
        ),
    ),
    callback_step(
        _(
            "Enter the whole callback URL from the card “Copy to the provider” as redirect URI, "
            "without wildcards."
        )
    ),
    field_step(
        "issuer",
        _(
            "The address before /.well-known/openid-configuration at the provider. That document "
            "is read when you save, and must name the same issuer."
        ),
        _(
            "Keycloak: https://host/realms/name. Okta: https://name.okta.com. Entra ID: "
            "https://login.microsoftonline.com/tenant/v2.0, with the id of your tenant."
        ),
    ),
    *copy_steps(
        _("Some providers call it application ID."),
        _(
            "Its value, not its ID. Note when it expires: after that, users cannot sign in until "
            "you enter a new one here."
        ),
    ),
)

PROVIDER = openid_provider(
    "openid_connect",
    "OpenID Connect",
    FIELDS,
    GUIDE,
    brand=_("Single sign-on"),
    summary=_("Users sign in at your organization's own provider."),
    search_words=("oidc", "sso", "entra", "azure", "adfs", "单点登录", "企业"),
    documentation="https://openid.net/specs/openid-connect-core-1_0.html",
    # The issuer is a field of the form.
    computed=(),
    check=check,
    look_up=LookUp("issuer", ("issuer", *ENDPOINTS), look_up),
    # The entry is no brand that could follow "Sign in with".
    button_labels={"en": "Single sign-on", "zh-hans": "企业单点登录"},
)
