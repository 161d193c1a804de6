"""Failures of sign-ins: each has a cause, which determines the outcome and all messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from connections.values.facts import clean_facts
from connections.values.faults import (
    BEGIN_AGAIN,
    NOTHING_TO_DO,
    Fault,
    always_rejected,
    misconfigured,
    not_allowed,
    rejected,
    try_again,
    unavailable,
)
from connections.values.outcomes import Outcome
from core.text import printable_code


class HasFaults(Protocol):
    """An object with a table of faults."""

    @property
    def faults(self) -> Mapping[str, Fault]:
        """What the provider's own error codes mean."""
        ...


class SignInFailed(Exception):
    """A failed sign-in. Its message quotes nothing that was received.

    `facts` are shown to administrators; `connections.values.facts` lists their names. They never
    hold a secret, a code or a token.
    """

    # The id of the end user, where it is known.
    person: UUID | None = None

    def __init__(self, cause: str, *, code: str = "", trace: str = "", **facts: object) -> None:
        super().__init__(cause)
        self.cause = cause
        self.facts = clean_facts(facts)
        # Both may come from the provider, and appear in the database and on a page.
        self.code = printable_code(code)
        self.trace = printable_code(trace, longest=120)


CHECK_ADDRESSES = _(
    "Check the provider's addresses, and whether a firewall or proxy between this server and the "
    "provider changes responses."
)
REPORT = _("If it continues, send the reference to your portal administrator.")

NOT_ADMITTED = _(
    "This account does not belong to an organization that can sign in here. Use another account, "
    "or ask the owner of the website or app for access."
)

SHARED_FAULTS: dict[str, Fault] = {
    "cancelled": Fault(
        outcome=Outcome.CANCELLED,
        cause=_("The user cancelled the sign-in on the provider's page."),
        remedy=NOTHING_TO_DO,
    ),
    "state": rejected(
        _("The callback did not match any sign-in started in this browser."), BEGIN_AGAIN
    ),
    "other_browser": rejected(
        _(
            "The callback came from another browser than the one in which the sign-in was started, "
            "or the browser had lost its cookie."
        ),
        _(
            "Usually no action needed: somebody opened a copied link, or an app opened the "
            "provider's page in a different browser. If it happens to everybody, check that no "
            "proxy in front of this server removes cookies."
        ),
        _(
            "Your browser did not send the cookie that was set when this sign-in was started. An "
            "app such as WeChat may have continued in another browser, or the browser blocks "
            "cookies. Open the sign-in page in the browser that you want to use, allow cookies, "
            "and stay in that browser until you are signed in."
        ),
    ),
    "expired": Fault(
        outcome=Outcome.RETRY,
        cause=_("The user came back more than ten minutes after starting the sign-in."),
        remedy=_("No action needed. The user took too long and can start the sign-in again."),
        user_message=_(
            "This took too long. Please start again. If you used a QR code, scan the new one."
        ),
    ),
    "values_changed": try_again(
        _("The connection was changed while the trial was running."),
        _("Try the sign-in again, with the values that the connection has now."),
    ),
    "ended": Fault(
        outcome=Outcome.RETRY,
        cause=_("The sign-in had already ended when its callback was opened again."),
        remedy=BEGIN_AGAIN,
        user_message=_("This sign-in has already ended. Please start again."),
    ),
    "callback_parameter": rejected(
        _(
            "A parameter of the callback could not be used. It was repeated, empty or too long, or "
            "had control characters."
        ),
        REPORT,
    ),
    "interrupted": Fault(
        outcome=Outcome.RETRY,
        cause=_("The sign-in was interrupted, for example because the server was restarted."),
        remedy=BEGIN_AGAIN,
        user_message=_("The sign-in was interrupted. Please start again."),
    ),
    "cross_site": rejected(
        _("Another website tried to start the sign-in."),
        _("No action needed. The user can start again from the sign-in page."),
    ),
    "embedded": not_allowed(
        _("The provider does not allow sign-in inside another app's built-in browser."),
        _(
            "Sign-in does not work inside this app. Tap ··· and “Open in browser” (在浏览器打开), "
            "then sign in there."
        ),
        _("No action needed. The page asks the user to open it in their own browser."),
    ),
    "access_new_user": not_allowed(
        _(
            "The user has no account yet, and the rule “Who may sign in” of the connection admits "
            "existing users only."
        ),
        _(
            "You do not have an account here yet. New accounts cannot be created in this way. Use "
            "the account with which you signed in before, or ask the owner of the website or app "
            "for access."
        ),
        _(
            "If this is intended, no action is needed. To let new users in, change “Who may sign "
            "in” in the section Access of the connection."
        ),
    ),
    "access_unverified_email": not_allowed(
        _(
            "The provider sent no email address that it has verified. The rule “Email domains” of "
            "the connection requires one."
        ),
        _(
            "Your account has no verified email address, so you cannot sign in here with it. "
            "Confirm your address where you have the account, or use another account."
        ),
        _(
            "The user can verify the address at the provider. If nobody can sign in, check that "
            "the app may read email addresses, and that the provider says which are verified: by "
            "email_verified, at Microsoft by xms_edov."
        ),
    ),
    "access_email_domain": not_allowed(
        _("The rule “Email domains” of the connection does not admit the user's email address."),
        NOT_ADMITTED,
        _(
            "If this is intended, no action is needed. To admit the user, add the domain in the "
            "section Access of the connection. A domain does not include its subdomains."
        ),
    ),
    "access_tenant": not_allowed(
        _("A rule of the connection admits the users of certain tenants only."),
        NOT_ADMITTED,
        _(
            "If this is intended, no action is needed. To admit the user, add what was received in "
            "the section Access of the connection."
        ),
    ),
    "access_organization": not_allowed(
        _("A rule of the connection admits the members of certain organizations only."),
        NOT_ADMITTED,
        _(
            "If this is intended, no action is needed. Otherwise, add an organization of the user "
            "in the section Access of the connection. If nothing was received, check that the app "
            "may read the user's organizations."
        ),
    ),
    "disabled": misconfigured(
        _("The connection is turned off."),
        _("Turn the connection on. If you turned it off on purpose, no action is needed."),
    ),
    "secret_missing": misconfigured(
        _("The connection has no client secret."),
        _("Enter the client secret and save the connection."),
    ),
    "secret_unreadable": misconfigured(
        _("The saved client secret cannot be decrypted with this server's keys."),
        _("Restore the correct key file, or replace the secret."),
    ),
    "provider_unknown": misconfigured(
        _("This version of Menkou does not support the connection's provider."),
        _("Install a version that supports it."),
    ),
    "busy": unavailable(
        _("The provider is responding slowly, and too many users were already waiting.")
    ),
    "checks_busy": unavailable(
        _("Too many addresses are being checked right now."),
        _("Wait a few seconds and save again."),
    ),
    "timeout": unavailable(_("The provider did not respond in time.")),
    "unreachable": unavailable(
        _("The provider could not be reached."),
        _("Check that this server can reach the provider's address."),
    ),
    "tls_issuer": misconfigured(
        _(
            "The certificate of the provider's server is not from a known certificate authority: "
            "it is self-signed, from a private authority, or an intermediate certificate is "
            "missing."
        ),
        _(
            "Your portal administrator can trust a private authority with MENKOU_CA_BUNDLE. A "
            "public provider must send the whole chain; if it does, a proxy between this server "
            "and the provider may replace the certificate."
        ),
    ),
    "tls_expired": misconfigured(
        _("The certificate of the provider's server has expired or is not yet valid."),
        _("Renew it at the provider. If it is valid, check this server's clock."),
    ),
    "tls_host": misconfigured(
        _("The certificate of the provider's server is for another host name."),
        _("Use the host name for which the certificate was issued."),
    ),
    "tls_certificate": misconfigured(
        _("The certificate of the provider's server was not accepted."),
        _(
            "Check the certificate. Your portal administrator can trust a private authority with "
            "MENKOU_CA_BUNDLE."
        ),
    ),
    "tls": misconfigured(
        _("No encrypted connection to the provider's server could be established (TLS)."),
        _("Check that the address begins with https:// and the server supports TLS 1.2 or newer."),
    ),
    "private_address": misconfigured(
        _("The provider's address points to a private network."), _("Enter a public address.")
    ),
    "too_large": misconfigured(
        _("The provider's response was too large."),
        _("Send fewer claims, such as groups, or check the provider's addresses."),
    ),
    "http_status": unavailable(_("The provider returned a server error.")),
    "rate_limited": unavailable(
        _("The provider limits the number of requests (HTTP status 429)."),
        _("Usually temporary. If it continues, ask the provider for a higher limit."),
    ),
    "unexpected_status": misconfigured(
        _("The provider responded with an unexpected HTTP status."),
        CHECK_ADDRESSES,
    ),
    "not_json": misconfigured(
        _("The provider's response is not JSON. It may be a web page, or empty."), CHECK_ADDRESSES
    ),
    "malformed": misconfigured(
        _("A value in the provider's response is missing or has an unexpected form."),
        _(
            "Compare the response with the provider's documentation. The last request and, if "
            "known, the field are listed here."
        ),
    ),
    "unknown_code": misconfigured(
        _("The provider returned an error code that Menkou does not recognize."),
        _("Look up the error code in the provider's documentation."),
    ),
    "person_inactive": not_allowed(
        _("This user is blocked in the project."),
        _(
            "This account is blocked. If you think that this is a mistake, contact the website or "
            "app that you want to use."
        ),
        _(
            "If you blocked the user on purpose, no action is needed. To let them sign in again, "
            "unblock them on the Users page."
        ),
    ),
}


# Standard error codes: RFC 6749, sections 4.1.2.1 and 5.2; OpenID Connect Core, section 3.1.2.6.
OAUTH_FAULTS: dict[str, Fault] = {
    "invalid_request": misconfigured(
        _("The provider rejected the request as invalid."),
        _("Check that the callback URL and scopes match the settings in the provider's console."),
    ),
    "invalid_client": misconfigured(
        _("The provider does not accept this client ID and client secret."),
        _("Copy both values again from the same app in the provider's console."),
    ),
    "invalid_grant": try_again(
        _(
            "The provider did not accept the authorization code. It was already used, had "
            "expired, or belongs to another app."
        ),
        _("Usually temporary. If it continues, check that the callback URLs match exactly."),
    ),
    "unauthorized_client": misconfigured(
        _("The app is not allowed to use this sign-in method."),
        _("Enable the authorization code flow for the app in the provider's console."),
    ),
    "unsupported_grant_type": misconfigured(
        _("The provider does not support the authorization code flow."),
        _("Check the token endpoint against the provider's documentation."),
    ),
    "unsupported_response_type": misconfigured(
        _("The provider does not support the authorization code flow."),
        _("Enable the authorization code flow for the app in the provider's console."),
    ),
    "invalid_scope": misconfigured(
        _("A requested scope does not exist or is not allowed for the app."),
        _("Remove the scope under “Advanced settings”, or allow it in the provider's console."),
    ),
    "scope_missing": misconfigured(
        _("The provider did not grant a scope that is needed to read the profile."),
        _("Allow the scope for the app in the provider's console."),
    ),
    "server_error": unavailable(_("The provider returned a server error.")),
    "temporarily_unavailable": unavailable(_("The provider is temporarily unavailable.")),
    "login_required": try_again(_("The user was not signed in to the provider.")),
    "interaction_required": try_again(
        _("The provider needed the user's input but could not ask for it.")
    ),
    "consent_required": try_again(
        _("The user had not authorized the app."),
        _("No action needed. The user can sign in again and allow access."),
    ),
}

# Failed checks of ID tokens and profiles: OpenID Connect Core, sections 3.1.3.7 and 5.3.2.
TOKEN_FAULTS: dict[str, Fault] = {
    "id_token_missing": misconfigured(
        _("The provider did not return an ID token."),
        _("Check that the provider supports OpenID Connect and that the scopes include openid."),
    ),
    "id_token_form": misconfigured(
        _("The ID token is not a signed JSON Web Token, or has a header that is not accepted."),
        _("Check the signing settings of the client at the provider."),
    ),
    "id_token_encrypted": misconfigured(
        _("The ID token is encrypted, which is not supported."),
        _("Turn off the encryption of ID tokens for the client at the provider."),
    ),
    "id_token_claim": misconfigured(
        _("A claim of the ID token is missing or has an unexpected form."),
        _("Check the claims of the client's ID tokens at the provider."),
    ),
    "token_algorithm": misconfigured(
        _("The ID token is signed with an algorithm that is not accepted."),
        _("Choose one of the accepted signing algorithms for the client at the provider."),
    ),
    "id_token": always_rejected(
        _("No key of the provider fits the ID token's signature."),
        _(
            "Check that the issuer and the address of the keys belong to the same provider, and "
            "that no proxy changes responses."
        ),
    ),
    "keys_unavailable": unavailable(
        _("The provider's keys for verifying ID tokens could not be fetched.")
    ),
    "keys_unusable": misconfigured(
        _("There are no usable keys for verifying ID tokens at the provider's address for them."),
        _("Check the address of the keys (jwks_uri), and that this server can reach it."),
    ),
    "issuer": always_rejected(
        _("The response came from a different issuer than expected."),
        _("Check that the issuer exactly matches the provider's documentation."),
    ),
    "discovery_issuer": misconfigured(
        _("The discovery document names a different issuer than expected."),
        _("Enter the issuer exactly as the document names it, if it is the right provider."),
    ),
    "audience": always_rejected(
        _("The ID token was issued to another app."),
        _("Check that the client ID matches the one in the provider's console."),
    ),
    "authorized_party": always_rejected(
        _(
            "The ID token is for several audiences, or names an authorized party (azp), and the "
            "authorized party is not this client."
        ),
        _(
            "At the provider, limit the ID token's audience to the client ID, or include the "
            "client ID as azp."
        ),
    ),
    "nonce": rejected(_("The ID token belongs to a different sign-in."), BEGIN_AGAIN),
    "nonce_missing": always_rejected(
        _("The ID token has no nonce, so it cannot be matched to this sign-in."),
        _("The provider must return the nonce of the request in the ID token."),
    ),
    "clock": misconfigured(
        _("The ID token has expired or is not yet valid."),
        _("Check that the clocks of this server and of the provider are correct."),
    ),
    "sub_mismatch": always_rejected(
        _("The ID token and the profile belong to different users."), REPORT
    ),
    "no_subject": misconfigured(
        _("The provider did not identify the user. The user ID was missing or invalid."),
        _("Check the app's permissions and the claims of the user ID at the provider."),
    ),
    "profile_refused": misconfigured(
        _("The provider did not allow access to the user's profile."),
        _("Check the scopes and the app's permissions in the provider's console."),
    ),
}


def provider_error(definition: HasFaults, error: object, *, message: str = "") -> SignInFailed:
    """Return the failure for an error code of the provider."""
    word = printable_code(error) if isinstance(error, str) else ""
    known = bool(word) and word == error and (word in OAUTH_FAULTS or word in definition.faults)
    return SignInFailed(word if known else "unknown_code", code=word, message=message)


def find_fault(definition: HasFaults | None, cause: str) -> Fault:
    """Return the fault of a cause; an unknown cause counts as an unknown error code."""
    own = definition.faults if definition else {}
    shared = {**SHARED_FAULTS, **OAUTH_FAULTS, **TOKEN_FAULTS}
    return own.get(cause) or shared.get(cause) or SHARED_FAULTS["unknown_code"]
