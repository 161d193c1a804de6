"""Google Workspace: sign in with the Google accounts of one organization."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections.fields.common import text_field
from connections.fields.field import Check
from connections.providers import google
from connections.providers.definition import Answer, Group, Settings, field_step, step
from connections.providers.families.openid import check_host
from connections.values.claims import Claims
from connections.values.failures import SignInFailed
from connections.values.faults import not_allowed


def check_domain(found: Check, value: str) -> str:
    """Return the domain; raises ValidationError."""
    host = check_host(found, value)
    if ":" in host:
        raise ValidationError(_("Enter a domain, without a port."), code="host")
    return host


FIELDS = (
    text_field(
        "domain",
        _("Workspace domain"),
        _("The domain of your organization at Google, such as example.com."),
        mistakes={
            r"(?s).*@.*": _("This is an email address. Enter only what follows the @."),
            r"(?i)(?:www\.)?(?:gmail|googlemail|google)\.com": _(
                "These are personal accounts. Add Google in place of Google Workspace."
            ),
        },
        check=check_domain,
    ),
    *google.FIELDS,
)

WHO = field_step(
    "domain",
    _(
        "In Google's Admin console, under Account > Domains > Manage domains: the primary domain, "
        "or the one of the users who sign in. Users of other domains cannot sign in."
    ),
    title=_("Enter the domain of your Workspace"),
    links=((_("Open the Admin console"), "https://admin.google.com/ac/domains/manage"),),
)

AUDIENCE = step(
    google.AUDIENCE.title,
    _(
        "Under Audience, choose Internal if the project belongs to your Workspace organization. "
        "Otherwise choose External and click Publish app. Users of other domains cannot sign in "
        "either way."
    ),
)

FAULTS = {
    "other_domain": not_allowed(
        _("The Google account does not belong to the Workspace domain."),
        _("This Google account does not belong to an organization that can sign in here."),
        _(
            "If this is intended, no action is needed. Otherwise, check the domain in "
            "Google's Admin console."
        ),
    )
}


class GoogleWorkspaceProtocol(google.GoogleProtocol):
    """Lets users choose among their accounts of the domain."""

    def extra_authorize_parameters(self) -> Mapping[str, str]:
        return {"hd": self.settings["domain"]}


def parse_claims(settings: Settings, namespace: str, answer: Answer) -> Claims:
    """Return the user's claims after checking the signed domain: the requested one is only a hint.

    https://developers.google.com/identity/openid-connect/openid-connect#validatinganidtoken
    """
    if answer.get("hd") != settings["domain"]:
        raise SignInFailed("other_domain")
    return google.PROVIDER.claims_reader(settings, namespace, answer)


PROVIDER = replace(
    google.PROVIDER,
    id="google_workspace",
    name="Google Workspace",
    summary=_("Users sign in with the Google account of your organization, and nobody else."),
    group=Group.ENTERPRISE,
    search_words=(
        "gws",
        "gsuite",
        "g suite",
        "google apps",
        "hosted domain",
        "sso",
        "谷歌",
        "企业",
    ),
    documentation="https://developers.google.com/identity/openid-connect/openid-connect#hd-param",
    fields=FIELDS,
    protocol=GoogleWorkspaceProtocol,
    claims=parse_claims,
    tenants=None,
    tenant_setting="domain",
    guide=(WHO, *(AUDIENCE if each is google.AUDIENCE else each for each in google.GUIDE)),
    faults={**google.FAULTS, **FAULTS},
)
