"""How a sign-in fails: a cause, from which the outcome and every sentence follow."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from connections.models import Outcome
from connections.normalise import printable
from connections.providers.definition import Definition, Fault


class SignInFailed(Exception):
    """A sign-in that ends without anybody signed in; it quotes nothing that was received."""

    def __init__(self, cause: str, *, code: str = "", trace: str = "") -> None:
        super().__init__(cause)
        self.cause = cause
        self.code = code
        self.trace = trace


REPORT = _("If it goes on, report it with the reference.")
WAIT = _("Nothing to do unless it goes on; then ask the provider.")

SHARED: dict[str, Fault] = {
    "cancelled": Fault(
        outcome=Outcome.CANCELLED,
        cause=_("The person cancelled at the provider."),
        fix=_("Nothing to do."),
    ),
    "state": Fault(
        outcome=Outcome.REJECT,
        cause=_("The callback belonged to no sign-in that this browser had begun."),
        fix=_("Nothing to do: the person can begin again."),
    ),
    "cross_site": Fault(
        outcome=Outcome.REJECT,
        cause=_("Another website tried to begin the sign-in."),
        fix=_("Nothing to do: the person can begin again on the sign-in page."),
    ),
    "embedded": Fault(
        outcome=Outcome.POLICY,
        cause=_("The provider does not sign people in inside another app's browser."),
        fix=_("Nothing to do: people are told to open the page in their own browser."),
        public=_(
            "It does not work inside this app. Tap ··· and “Open in browser” (在浏览器打开), "
            "then sign in there."
        ),
    ),
    "disabled": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The connection is switched off."),
        fix=_("Switch it on, or leave it off if you meant to."),
    ),
    "secret_missing": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The connection has no client secret."),
        fix=_("Enter the client secret and save the connection."),
    ),
    "secret_unreadable": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The stored client secret does not open with this installation's keys."),
        fix=_("Restore the right keyset, or replace the secret."),
    ),
    "provider_unknown": Fault(
        outcome=Outcome.CONFIG,
        cause=_("This release does not know the connection's provider."),
        fix=_("Install the release that has it."),
    ),
    "busy": Fault(
        outcome=Outcome.TEMPORARY,
        cause=_("The provider answers slowly, and too many people already waited for it."),
        fix=WAIT,
    ),
    "timeout": Fault(
        outcome=Outcome.TEMPORARY,
        cause=_("The provider did not answer in time."),
        fix=WAIT,
    ),
    "unreachable": Fault(
        outcome=Outcome.TEMPORARY,
        cause=_("The provider could not be reached."),
        fix=_("Check that this server can reach the provider's address."),
    ),
    "private_address": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The provider's address leads into a private network."),
        fix=_("Enter an address that is public."),
    ),
    "too_large": Fault(
        outcome=Outcome.TEMPORARY,
        cause=_("The provider's answer was far too long."),
        fix=WAIT,
    ),
    "http_status": Fault(
        outcome=Outcome.TEMPORARY,
        cause=_("The provider answered with an error of its server."),
        fix=WAIT,
    ),
    "malformed": Fault(
        outcome=Outcome.TEMPORARY,
        cause=_("The provider's answer could not be understood."),
        fix=REPORT,
    ),
    "unknown_code": Fault(
        outcome=Outcome.TEMPORARY,
        cause=_("The provider reported an error that this release does not know."),
        fix=_("Look the code up in the provider's documentation."),
    ),
    "person_inactive": Fault(
        outcome=Outcome.POLICY,
        cause=_("This person has been blocked in the project."),
        fix=_("Nothing to do if you meant to."),
        public=_("This account cannot sign in here."),
    ),
}


# What any OAuth 2 provider may answer: RFC 6749, sections 4.1.2.1 and 5.2; OpenID Connect Core,
# section 3.1.2.6.
OAUTH: dict[str, Fault] = {
    "invalid_request": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The provider found the request wrong."),
        fix=_("Compare the callback URL and the scopes with what the provider's console says."),
    ),
    "invalid_client": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The provider does not accept the client ID with this client secret."),
        fix=_("Copy both again from the provider's console, from the same app."),
    ),
    "invalid_grant": Fault(
        outcome=Outcome.RETRY,
        cause=_("The provider did not accept the code: used, too old, or of another app."),
        fix=_("Nothing to do unless it goes on; then compare the callback URLs, letter by letter."),
    ),
    "unauthorized_client": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The app may not sign people in this way."),
        fix=_("Allow the authorization code flow for the app at the provider."),
    ),
    "unsupported_grant_type": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The provider does not know the authorization code flow."),
        fix=_("Compare the token address with the provider's documentation."),
    ),
    "unsupported_response_type": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The provider does not know the authorization code flow."),
        fix=_("Allow the authorization code flow for the app at the provider."),
    ),
    "invalid_scope": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The provider does not know a scope, or does not allow it to the app."),
        fix=_("Remove the scope under Advanced, or allow it at the provider."),
    ),
    "server_error": Fault(
        outcome=Outcome.TEMPORARY,
        cause=_("The provider answered with an error of its server."),
        fix=WAIT,
    ),
    "temporarily_unavailable": Fault(
        outcome=Outcome.TEMPORARY,
        cause=_("The provider said that it is busy."),
        fix=WAIT,
    ),
    "login_required": Fault(
        outcome=Outcome.RETRY,
        cause=_("The person was not signed in at the provider."),
        fix=_("Nothing to do: the person can begin again."),
    ),
    "interaction_required": Fault(
        outcome=Outcome.RETRY,
        cause=_("The provider had a question for the person and could not ask it."),
        fix=_("Nothing to do: the person can begin again."),
    ),
    "consent_required": Fault(
        outcome=Outcome.RETRY,
        cause=_("The person had not allowed the app to know who it is."),
        fix=_("Nothing to do: the person can try again and allow it."),
    ),
}

# How an ID token or a profile is refused: OpenID Connect Core, sections 3.1.3.7 and 5.3.2.
TOKENS: dict[str, Fault] = {
    "id_token_missing": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The provider sent no ID token."),
        fix=_("Make sure that it speaks OpenID Connect, and that openid is among the scopes."),
    ),
    "id_token": Fault(
        outcome=Outcome.REJECT,
        cause=_("The ID token was not signed by the provider, or was damaged."),
        fix=REPORT,
    ),
    "issuer": Fault(
        outcome=Outcome.REJECT,
        cause=_("The answer came from another issuer than the one that was asked."),
        fix=_("Compare the issuer with the provider's documentation, letter by letter."),
    ),
    "audience": Fault(
        outcome=Outcome.REJECT,
        cause=_("The ID token was made for another app."),
        fix=_("Compare the client ID with the provider's console."),
    ),
    "nonce": Fault(
        outcome=Outcome.REJECT,
        cause=_("The ID token belonged to another sign-in."),
        fix=_("Nothing to do: the person can begin again."),
    ),
    "clock": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The ID token had expired, or was not valid yet."),
        fix=_("Compare this server's clock with the right time."),
    ),
    "sub_mismatch": Fault(
        outcome=Outcome.REJECT,
        cause=_("The ID token and the profile are of two different people."),
        fix=REPORT,
    ),
    "no_subject": Fault(
        outcome=Outcome.REJECT,
        cause=_("The provider did not say who the person is: the id was missing or unusable."),
        fix=REPORT,
    ),
    "profile_refused": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The provider did not let us read the person's profile."),
        fix=_("Look at the scopes, and at what the app may read at the provider."),
    ),
}


def said_by_provider(definition: Definition, error: object) -> SignInFailed:
    """Return the failure that a provider's own error word means."""
    word = printable(error) if isinstance(error, str) else ""
    known = bool(word) and word == error and (word in OAUTH or word in definition.faults)
    return SignInFailed(word if known else "unknown_code", code=word)


def fault_of(definition: Definition | None, cause: str) -> Fault:
    """Return what a cause means; one that nobody listed counts as not understood."""
    own = definition.faults if definition else {}
    shared = {**SHARED, **OAUTH, **TOKENS}
    return own.get(cause) or shared.get(cause) or SHARED["unknown_code"]
