"""Amazon Cognito: sign in with the users of a user pool."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _

from connections.fields.access import Membership
from connections.fields.common import choice, client_id, only, text_field
from connections.fields.field import Check
from connections.protocols.oidc.claims import parse_claims_with_texts
from connections.providers.definition import Settings, callback_under, field_step, https_only, step
from connections.providers.families.openid import any_secret, issuer_look_up, openid_provider

ARN = re.compile(r"arn:aws[a-z-]*:cognito-idp:")
# https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_IssuerConfigurationType.html
ORIGINAL, UPDATED = "cognito-idp", "issuer-cognito-idp"


def check_user_pool_id(found: Check, value: str) -> str:
    """Return the id, also from an ARN."""
    if not ARN.match(value):
        return value
    found.notice("user_pool_id", _("Saved without the beginning of the ARN."))
    return value.rpartition("/")[2]


FIELDS = (
    text_field(
        "user_pool_id",
        _("User pool ID"),
        _("For example eu-central-1_AbCdEfGhI."),
        mistakes={
            r"[a-z]{2}(?:-[a-z]+)+-[0-9]:[0-9a-f-]{36}": _(
                "This is an identity pool, which cannot sign users in. Copy the User pool ID."
            )
        },
        check=check_user_pool_id,
        # https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UserPoolType.html
        shape=only(
            r"[a-z]{2}(?:-[a-z]+)+-[0-9]_[0-9A-Za-z]{1,45}",
            _("A User pool ID is a region, an underscore, and letters and digits."),
        ),
    ),
    client_id(help=_("26 lower-case letters and digits.")),
    any_secret(help=_("Only an app client that was created with a client secret has one.")),
    choice(
        "issuer_host",
        _("Issuer of the user pool"),
        ((ORIGINAL, "cognito-idp…amazonaws.com"), (UPDATED, "issuer-cognito-idp…")),
        _("Choose the second if the user pool's issuer was changed to the type UPDATED."),
        required=False,
        advanced=True,
    ),
)


def issuer_of(values: Settings) -> str:
    """Return the selected one of the user pool's two possible issuers."""
    region = values["user_pool_id"].partition("_")[0]
    return f"https://{values['issuer_host']}.{region}.amazonaws.com/{values['user_pool_id']}"


def namespace(settings: Settings) -> str:
    """Return the user pool's namespace, which does not change with the type of its issuer."""
    return f"oidc:{issuer_of({**settings, 'issuer_host': ORIGINAL})}"


GUIDE = (
    step(
        _("Create an app client"),
        _(
            "In the Cognito console, open the user pool, then Applications > App clients, and "
            "click Create app client. Choose Traditional web application: it gets a client secret."
        ),
    ),
    callback_under(
        "Login pages > Allowed callback URLs",
        _("Choose the Authorization code grant, and the scopes OpenID, Email and Profile."),
        _(
            "The user pool needs a domain: Branding > Domain. If users see “Login pages "
            "unavailable”, give the app client a style under Branding > Managed login."
        ),
    ),
    field_step("user_pool_id", _("On the user pool's Overview.")),
    field_step("client_id", _("On the app client's page.")),
    field_step("client_secret", _("On the app client's page; turn on Show client secret.")),
)

PROVIDER = openid_provider(
    "cognito",
    "Amazon Cognito",
    FIELDS,
    GUIDE,
    # Cognito's userinfo has "true" as a text, its ID token as JSON.
    # https://docs.aws.amazon.com/cognito/latest/developerguide/userinfo-endpoint.html
    claims=parse_claims_with_texts,
    proves_addresses=True,
    known_by="`sub` in the user pool",
    namespace=namespace,
    # https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html
    organizations=Membership(
        claim="cognito:groups",
        label=_("Groups"),
        help=_("The name of each group of the user pool whose members may sign in."),
    ),
    summary=_("Users sign in with their account in your Cognito user pool."),
    search_words=("aws", "amazon", "user pool"),
    documentation="https://docs.aws.amazon.com/cognito/latest/developerguide/federation-endpoints.html",
    look_up=issuer_look_up("user_pool_id", issuer_of, needs=("issuer_host",)),
    # https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-app-idp-settings.html
    site_warning=https_only("Cognito", or_localhost=True),
)
