"""Okta: sign in with the accounts of an Okta organization."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections.fields.common import advanced, client_id, client_secret, only, text_field, usual
from connections.fields.field import Check
from connections.providers.definition import Settings, callback_under, copy_steps, field_step, step
from connections.providers.families.openid import check_host, issuer_look_up, openid_provider

ADMIN_HOST = re.compile(r"[a-z0-9-]+-admin\.okta(?:preview|-emea)?\.com")


def check_domain(found: Check, value: str) -> str:
    """Return the host; raises ValidationError for that of the Admin Console."""
    host = check_host(found, value)
    if ADMIN_HOST.fullmatch(host):
        raise ValidationError(
            _("This is the address of the Admin Console. Leave out “-admin”."), code="known_mistake"
        )
    return host


def issuer_of(values: Settings) -> str:
    """Return the issuer of the organization's authorization server."""
    server = values["authorization_server"]
    return f"https://{values['domain']}" + (f"/oauth2/{server}" if server else "")


FIELDS = (
    text_field(
        "domain",
        _("Okta domain"),
        _("For example name.okta.com, or your own domain at Okta."),
        check=check_domain,
    ),
    client_id(help=_("It begins with 0oa."), shape=usual(r"0oa[0-9A-Za-z]{17}")),
    client_secret(help=_("On the application's General tab, under Client Credentials.")),
    advanced(
        "authorization_server",
        _("Authorization server ID"),
        _("Leave it empty for the organization's own. Others are default, or aus…."),
        # https://developer.okta.com/docs/concepts/auth-servers/
        shape=only(
            r"default|aus[0-9A-Za-z]{17}",
            _("An authorization server's ID is default, or begins with aus."),
        ),
    ),
)

GUIDE = (
    step(
        _("Create an app integration"),
        _(
            "In Okta's Admin Console, open Applications > Applications and click Create App "
            "Integration. Choose OIDC - OpenID Connect, then Web Application."
        ),
        _("Grant type: Authorization Code, which is ticked already."),
    ),
    callback_under("Sign-in redirect URIs", _("Choose under Assignments who may sign in.")),
    field_step(
        "domain",
        _(
            "Click your name at the top right: the domain is below your email address. It has no "
            "-admin in it."
        ),
        # https://developer.okta.com/docs/guides/custom-url-domain/
        _(
            "With a domain of your own at Okta, enter the one that is shown as Issuer on the "
            "application's Sign On tab."
        ),
    ),
    *copy_steps(
        _("On the General tab, under Client Credentials."),
        _("Below, under Client Secrets. Client authentication must be Client secret."),
    ),
)

PROVIDER = openid_provider(
    "okta",
    "Okta",
    FIELDS,
    GUIDE,
    summary=_("Users sign in with their account at your Okta organization."),
    search_words=("workforce", "sso", "oidc"),
    documentation="https://developer.okta.com/docs/guides/sign-into-web-app-redirect/",
    look_up=issuer_look_up("domain", issuer_of, needs=("authorization_server",)),
)
