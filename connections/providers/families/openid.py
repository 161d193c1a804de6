"""Fields and entries shared by OpenID providers, whose endpoints are discovered.

https://openid.net/specs/openid-connect-discovery-1_0.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections.fields.common import CLIENT_SECRET, Sentences, flag, text_field
from connections.fields.field import Check, Context, Field, Kind, LookUp, Text
from connections.protocols.oidc import announcements
from connections.protocols.oidc.claims import parse_claims
from connections.protocols.oidc.discovered_endpoints import OpenIDConnectProtocol
from connections.protocols.oidc.discovery_cache import discovery_cache
from connections.protocols.oidc.id_tokens import KEYS
from connections.protocols.oidc.metadata import (
    ENDPOINTS,
    Metadata,
    discover_metadata,
    has_entered_addresses,
    is_address,
    load_metadata,
)
from connections.providers.definition import Definition, Group, Settings, Step, exact_callback_url
from connections.values.facts import facts_sentence
from connections.values.failures import SignInFailed, find_fault
from connections.values.faults import misconfigured, try_again
from core.http import client as http_client
from core.http import form_calls
from core.untrusted import BadInput, lower_case_origin, split_url

LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# The last label begins with a letter; otherwise it would be an IP address.
HOST = re.compile(rf"(?:{LABEL}\.)+(?=[a-z]){LABEL}(?::[0-9]{{1,5}})?")

PRIVATE = _(
    "This address is in a private network. Your portal administrator can allow it with "
    "MENKOU_PRIVATE_ORIGINS."
)

ISSUER = Field(name="issuer", label=_("Issuer"), kind=Kind.COMPUTED, moves_secrets=True)


def any_secret(**options: Any) -> Field:
    """Return the field for a client secret that accepts any text.

    In some products administrators choose it, so it may look like an email address.
    """
    options = {"max_length": 500, **options}
    return Field(name="client_secret", label=CLIENT_SECRET, kind=Kind.SECRET, **options)


SECRET_IN_BODY = flag(
    "secret_in_body",
    _("Send the client secret in the body (client_secret_post)"),
    _(
        "Otherwise it is sent by HTTP Basic (client_secret_basic), unless the provider announces "
        "only the body. Choose what the client is set to at the provider."
    ),
)


def server_address(name: str, label: Text, help: Text, **options: Any) -> Field:
    """Return the field for the URL at which a product is installed."""
    return text_field(name, label, help, **{"max_length": 150, "check": check_base_url, **options})


def console_url_mistake(host: str, text: Text) -> Sentences:
    """Return the known mistake of pasting the URL of a provider's console."""
    return {rf"(?i)(?:https://)?{re.escape(host)}(?:/.*)?": text}


def page_url_mistake(names: str, text: Text) -> Sentences:
    """Return the known mistake of pasting a page's URL in place of the server's."""
    return {rf"(?s).*[^/]/(?:{names})(?:/.*)?": text}


def issuer_look_up(
    field: str, issuer: str | Callable[[Settings], str], *, needs: tuple[str, ...] = ()
) -> LookUp:
    """Return the step that discovers the issuer and keeps the provider's spelling of it.

    `issuer` has the names of fields in braces, or is a function of the values. `field` is the one
    that gets the error if discovery fails, and `needs` are the other fields of which the issuer
    consists.
    """

    def look_up(values: Settings, context: Context) -> dict[str, Any]:
        url = issuer.format_map(values) if isinstance(issuer, str) else issuer(values)
        return {"issuer": fetch_metadata(url, discover_metadata).issuer}

    return LookUp(field, (field, *needs), look_up)


def fetch_metadata(issuer: str, ask: Callable[[str], Metadata]) -> Metadata:
    """Return the issuer's metadata; raises SignInFailed."""
    try:
        form_calls.begin_call()
        found = ask(issuer)
        refuse_announced(found)
        for name in ENDPOINTS:
            refuse_private(getattr(found, name))
        # A key that the provider has withdrawn must not be accepted after a save.
        with suppress(SignInFailed, http_client.RequestFailed):
            discovery_cache.get(found.jwks_uri, KEYS)
    except http_client.RequestFailed as error:
        raise SignInFailed(error.cause) from None
    except SignInFailed as failure:
        # With 4xx there is no document. Other failures may be temporary.
        if failure.cause == "unexpected_status" and failure.code.startswith("4"):
            raise SignInFailed("no_issuer", code=failure.code) from None
        raise
    return found


def refuse_announced(found: Metadata) -> None:
    """Raise SignInFailed if nobody could sign in at a provider with these announcements."""
    for failure in announcements.refusals(found.announced):
        raise failure


def warn_of_announcements(found: Check) -> None:
    """Warn of announcements that may keep people from signing in."""
    values = found.values
    if has_entered_addresses(values):
        return
    try:
        # The look-up has just fetched it.
        announced = load_metadata(values).announced
    except (SignInFailed, http_client.RequestFailed):
        return
    scopes = values.get("scopes", "").split()
    request = announcements.OwnRequest(scopes=scopes, pkce=OpenIDConnectProtocol.pkce)
    for failure in announcements.warnings(announced, request):
        fault = FAULTS[failure.cause]
        place = "scopes" if failure.cause == "scope_unannounced" else ""
        sentence = f"{fault.cause} {fault.remedy} {facts_sentence(failure.facts)}"
        found.warn(place, failure.cause, sentence)


def check_address(found: Check, value: str) -> str:
    """Return the URL with its origin in lower case; raises ValidationError if it is not usable.

    The host is not resolved.
    """
    if not value:
        return value
    if not is_address(value):
        raise ValidationError(str(unusable_address(value)), code="address")
    normal = lower_case_origin(value)
    if normal != value:
        found.notice(found.current, _("Saved with the host in lower case."))
    return normal


def unusable_address(value: str) -> Text:
    """Return why an address cannot be used."""
    try:
        parts = split_url(value)
    except BadInput:
        parts = None
    if parts and parts.scheme == "http" and "@" not in parts.netloc and "#" not in value:
        return _(
            "This address begins with http://, so secrets would not be encrypted. Use https://. "
            "For a server in your own network, its administrator can add %(origin)s to "
            "MENKOU_PRIVATE_ORIGINS."
        ) % {"origin": f"http://{parts.netloc}".lower()}
    return _("Enter a complete address that begins with https://, without a user name or #.")


def refuse_private_fields(values: Settings, names: Iterable[str]) -> None:
    """Raise ValidationError if one of the entered URLs is in a private network."""
    for name in names:
        try:
            refuse_private(values.get(name, ""))
        except http_client.RequestFailed as error:
            if error.cause == "private_address":
                raise ValidationError(
                    {name: ValidationError(PRIVATE, code="private_address")}
                ) from None
            if error.cause == form_calls.BUSY:
                raise ValidationError({name: busy_error()}) from None
            # An unreachable host is reported at the sign-in: it may be set up later.


def busy_error() -> ValidationError:
    """Return the error for a URL that could not be checked now."""
    fault = find_fault(None, form_calls.BUSY)
    return ValidationError(f"{fault.cause} {fault.remedy}", code=form_calls.BUSY)


def check_host(found: Check, value: str) -> str:
    """Return the entered host, also from a URL; raises ValidationError."""
    host = value.lower().removeprefix("https://").rstrip("/")
    if host and not HOST.fullmatch(host):
        raise ValidationError(_("Enter a host name, such as login.example.com."), code="host")
    return host


def check_base_url(found: Check, value: str) -> str:
    """Return the base URL of an installation; raises ValidationError."""
    return check_address(found, value if "://" in value else f"https://{value}").rstrip("/")


def refuse_private(url: str) -> None:
    """Raise RequestFailed if a URL is in a private network that is not allowed."""
    parts = urlsplit(http_client.replace_moved_origin(url))
    if url and f"{parts.scheme}://{parts.netloc}".lower() not in http_client.trusted_origins():
        form_calls.begin_call()
        http_client.refuse_private_host(parts.hostname or "")


def namespace(settings: Settings) -> str:
    """Return the issuer's namespace, or "" if the endpoints were entered by hand.

    Otherwise anyone could enter another provider's issuer with endpoints of their own, and sign in
    as its users.
    """
    return "" if has_entered_addresses(settings) else f"oidc:{settings['issuer']}"


def issuer(settings: Settings) -> str:
    """Return the issuer, which an `iss` in callbacks must equal."""
    return str(settings["issuer"])


COPIES = exact_callback_url(_("Redirect URI"))


FAULTS = {
    "no_issuer": misconfigured(
        _("There is no discovery document at this issuer's address."),
        _("Check it in the provider's console."),
    ),
    "discovery": misconfigured(
        _("The issuer's discovery document lacks an address, or has an unusable one."),
        _("Check the issuer in the provider's documentation, or enter the addresses."),
    ),
    "private_address": misconfigured(
        _("The provider's address points to a private network."),
        _("Your portal administrator can allow it with MENKOU_PRIVATE_ORIGINS."),
    ),
    "client_authentication": misconfigured(
        _("The provider takes client secrets neither in a header nor in the body."),
        _("Allow client_secret_basic or client_secret_post for the client."),
    ),
    "client_method": misconfigured(
        _(
            "The provider does not accept this client ID and client secret, or not in the way in "
            "which they were sent. It announces client_secret_basic and client_secret_post, but a "
            "client may be set to one of them."
        ),
        _(
            "Copy both values again from the same app in the provider's console. If they are "
            "right, change “Send the client secret in the body” under “Advanced settings”."
        ),
    ),
    "par_required": misconfigured(
        _("The provider requires pushed authorization requests (PAR), which Menkou cannot send."),
        _("Turn off the requirement for this client or issuer at the provider."),
    ),
    "request_object_required": misconfigured(
        _("The provider requires signed request objects, which Menkou cannot send."),
        _("Turn off the requirement for this client or issuer at the provider."),
    ),
    "no_code_flow": misconfigured(
        _("The provider does not announce the authorization code flow."),
        _("Turn on the authorization code flow at the provider."),
    ),
    "no_code_grant": misconfigured(
        _("The provider does not announce the authorization code grant."),
        _("Check that the authorization code flow is turned on at the provider."),
    ),
    "no_query_mode": misconfigured(
        _("The provider does not announce that it returns codes in the query."),
        _("Check at the provider that the response mode “query” is allowed."),
    ),
    "no_s256": misconfigured(
        _("The provider announces PKCE without the method S256, which Menkou uses."),
        _("Check at the provider that the method S256 is allowed."),
    ),
    "scope_unannounced": misconfigured(
        _("The provider does not announce a scope that is requested."),
        _("Check the spelling. If the provider knows the scope all the same, no action is needed."),
    ),
    "account_selection_required": try_again(
        _("The provider wanted the user to choose an account.")
    ),
}


def openid_provider(
    id: str, name: Text, fields: tuple[Field, ...], guide: tuple[Step, ...], **entry: Any
) -> Definition:
    """Return the entry of a provider with a discovery document.

    `computed` are fields that are not entered, by default the issuer. How the secret is sent can
    be chosen, because many providers have a setting for it. `faults` are those that only this
    provider has.
    """
    standard: dict[str, Any] = {
        "brand": name,
        "group": Group.ENTERPRISE,
        "scopes": ("openid", "profile", "email"),
        "protocol": OpenIDConnectProtocol,
        "claims": parse_claims,
        "namespace": namespace,
        "subject_source": issuer,
        "known_by": "`sub` under the issuer",
        "nonce": True,
        "calls_provider_at_start": True,
        # OpenID providers have to support it: OpenID Connect Core 1.0, section 15.1.
        "reauthentication": {"prompt": "login"},
        # What it does is the provider's decision: OpenID Connect Core 1.0, section 3.1.2.1.
        "login_hint": "login_hint",
        "issuer": issuer,
        "copies": COPIES,
        "faults": {**FAULTS, **entry.pop("faults", {})},
        "complete": warn_of_announcements,
    }
    reader = entry.get("claims", parse_claims)
    standard["proves_addresses"] = reader is parse_claims
    every = (*fields, SECRET_IN_BODY, *entry.pop("computed", (ISSUER,)))
    return Definition(id=id, name=name, fields=every, guide=guide, **{**standard, **entry})
