"""Mistakes of developers who connect an application: recorded for its page, with cause and fix."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from django.db import connection as database
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from applications.models import Application
from applications.tokens.hashing import ACCESS_PREFIX, REFRESH_PREFIX, SECRET_PREFIX
from connections.values.facts import clean_facts
from core.observability.scrubbing import REMOVED, remove_named
from core.postgresql.retry import retry_on_lost_connection

OWN_VALUE = re.compile(rf"(?:{ACCESS_PREFIX}|{REFRESH_PREFIX}|{SECRET_PREFIX})[\w-]+")

RECORD_SQL = """
INSERT INTO applications_developererror AS known
    (application_id, cause, facts, count, last_at)
SELECT id, %(cause)s, %(facts)s::jsonb, 1, now()
FROM applications_application WHERE id = %(application)s FOR KEY SHARE
ON CONFLICT (application_id, cause) DO UPDATE
SET facts = EXCLUDED.facts, count = LEAST(known.count, 1000000000) + 1, last_at = now()
"""


@dataclass(frozen=True)
class Mistake:
    """What went wrong, and what the developer can do about it."""

    cause: Promise
    fix: Promise


MISTAKES: dict[str, Mistake] = {
    "redirect_uri_unknown": Mistake(
        _("A sign-in asked for a redirect URI that is not registered."),
        _("Add exactly this URI to the redirect URIs, or correct it in the application."),
    ),
    "redirect_uri_missing": Mistake(
        _("A sign-in had no redirect URI."),
        _("Send redirect_uri with each authorization request."),
    ),
    "post_logout_redirect_uri_unknown": Mistake(
        _("A sign-out asked for a post-logout redirect URI that is not registered."),
        _("Add exactly this URI to the post-logout redirect URIs, or correct it."),
    ),
    "pushed_request": Mistake(
        _("A pushed authorization request was unknown, used already, or older than a minute."),
        _("Push a new request for each sign-in, and redirect the browser at once."),
    ),
    "parameter_repeated": Mistake(
        _("A parameter was sent more than once."),
        _("Send each parameter of an authorization request once."),
    ),
    "response_type": Mistake(
        _("A sign-in did not ask for a code."),
        _("Set response_type to code. Other flows are not supported."),
    ),
    "scope": Mistake(
        _("A sign-in did not ask for the scope openid."),
        _("Set scope to openid, and add profile, email and offline_access as needed."),
    ),
    "pkce_missing": Mistake(
        _("A sign-in had no code challenge (PKCE)."),
        _(
            "Turn PKCE with S256 on in the application. If a website's library cannot do that, "
            "make PKCE optional here."
        ),
    ),
    "request_object": Mistake(
        _("A sign-in sent its parameters in request or request_uri."),
        _("Send them as ordinary parameters. Request objects are not supported."),
    ),
    "connection_unusable": Mistake(
        _("A sign-in asked for a connection that is unknown, turned off or not allowed."),
        _(
            "Send the alias of an enabled connection as connection, and allow it under Allowed "
            "connections."
        ),
    ),
    "authorization_parameter": Mistake(
        _("A parameter of a sign-in could not be used."),
        _("Correct the parameter in the application."),
    ),
    "method": Mistake(
        _("The token endpoint was not called with POST, or the body was not form-encoded."),
        _("Send a POST request with the type application/x-www-form-urlencoded."),
    ),
    "secret_missing": Mistake(
        _("A token request had no client secret."),
        _("Send Client ID and Client Secret, in the Authorization header or in the body."),
    ),
    "secret_wrong": Mistake(
        _("A token request had a wrong or expired client secret."),
        _("Copy the client secret again. If it is lost, add a new one here."),
    ),
    "secret_unexpected": Mistake(
        _("A token request had a client secret, although this type of application has none."),
        _("Remove the secret from the application, and set its client authentication to none."),
    ),
    "two_methods": Mistake(
        _("A token request sent the client secret both in the header and in the body."),
        _("Use one of the two methods."),
    ),
    "grant_type": Mistake(
        _("A token request had a grant_type other than authorization_code or refresh_token."),
        _("Use one of the two. Other grants are not supported."),
    ),
    "refresh_not_allowed": Mistake(
        _("A refresh token was used, but this application gets none."),
        _("Allow refresh tokens in the settings, or sign in again instead."),
    ),
    "code_missing": Mistake(
        _("A token request had no code or no refresh token."),
        _("Send the value that was received, as code or refresh_token."),
    ),
    "code_unknown": Mistake(
        _("The code in the token request does not belong to this project."),
        _("Send the code exactly as it was received, to the token endpoint of the same issuer."),
    ),
    "code_expired": Mistake(
        _("A code was redeemed more than a minute after it was issued."),
        _("Redeem the code as soon as the browser comes back."),
    ),
    "code_used": Mistake(
        _("A code was used twice. All tokens that came from it were revoked."),
        _("Redeem each code once. Make sure that no proxy or retry repeats the request."),
    ),
    "code_of_another_application": Mistake(
        _("A code or refresh token belongs to another application."),
        _("Use the Client ID with which the sign-in was started."),
    ),
    "redirect_uri_differs": Mistake(
        _("The token request had another redirect URI than the sign-in."),
        _("Send the same redirect_uri in both requests."),
    ),
    "verifier_missing": Mistake(
        _("The token request had no code verifier (PKCE)."),
        _("Send the code_verifier from which the code challenge was made."),
    ),
    "verifier_wrong": Mistake(
        _("The code verifier does not belong to the code challenge (PKCE)."),
        _("Keep the verifier of each sign-in in the browser's session, and send that one."),
    ),
    "verifier_unexpected": Mistake(
        _("The token request had a code verifier, but the sign-in had no code challenge."),
        _("Send the code_challenge with the sign-in, too."),
    ),
    "refresh_unknown": Mistake(
        _("A refresh token is unknown, revoked or expired."),
        _("Let the user sign in again. Store each new refresh token before the next request."),
    ),
    "refresh_used": Mistake(
        _("A refresh token was used again after it had been replaced. The sign-in was revoked."),
        _("Store the new refresh token of each answer, and never use an old one again."),
    ),
    "person_blocked": Mistake(
        _("The user is blocked."),
        _("No change is needed in the application."),
    ),
}


@retry_on_lost_connection
def record_mistake(application: Application, cause: str, **facts: object) -> None:
    """Record a mistake: one statement.

    `connections.values.facts` lists the names of facts. They must hold no secret, code or token,
    but a redirect URI may be the address of a page that has one, so those are removed.
    """
    if cause not in MISTAKES:
        raise ValueError(f"{cause!r} is not in the table.")
    told = {name: without_secrets(text) for name, text in clean_facts(facts).items()}
    with database.cursor() as cursor:
        cursor.execute(
            RECORD_SQL,
            {
                "application": application.pk,
                "cause": cause,
                "facts": json.dumps(told),
            },
        )


def without_secrets(text: str) -> str:
    """Return the text without values of ours, and without those that a URL names so."""
    return OWN_VALUE.sub(REMOVED, remove_named(text))
