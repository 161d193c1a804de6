"""Google Workspace: sign in with the Google accounts of one organization.

https://developers.google.com/identity/openid-connect/openid-connect#hd-param
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections.claims import Claims
from connections.forms import PastedField, mixed_up
from connections.models import Outcome
from connections.openid import host_of
from connections.providers import google
from connections.providers.definition import Fault, Group, Settings, Step
from connections.signin.failures import SignInFailed

DOCUMENTATION = "https://developers.google.com/identity/openid-connect/openid-connect#hd-param"
PERSONAL = re.compile(r"(?:www\.)?(?:gmail|googlemail|google)\.com", re.IGNORECASE)


class GoogleWorkspaceForm(google.GoogleForm):
    """What Google gives to an OAuth client, and whose people may sign in."""

    domain = PastedField(
        label=_("Workspace domain"),
        help_text=_("The domain of your organization at Google, such as example.com."),
    )

    field_order = ("domain",)

    def clean_domain(self) -> str:
        typed: str = self.cleaned_data["domain"].lower()
        mixed_up(
            typed,
            (
                (
                    re.compile(r".*@.*"),
                    _("This is an e-mail address. Enter only what follows the @."),
                ),
                (
                    PERSONAL,
                    _("These are personal accounts. Add Google in place of Google Workspace."),
                ),
            ),
        )
        host = host_of(typed)
        if ":" in host:
            raise ValidationError(_("Enter a domain, without a port."), code="host")
        return host


WHO = Step(
    title=_("Enter the domain of your Workspace"),
    body=(
        _(
            "In Google's Admin console, under Account > Domains > Manage domains: "
            "the primary domain, or that of the people who shall sign in. People of "
            "other domains are turned away."
        ),
    ),
    field="domain",
    links=((_("Open the Admin console"), "https://admin.google.com/ac/domains/manage"),),
)

AUDIENCE = Step(
    title=google.AUDIENCE.title,
    body=(
        _(
            "Under Audience, choose Internal if the project belongs to your "
            "Workspace organization. If it does not, choose External and click "
            "Publish app: people of other domains are turned away here all the "
            "same."
        ),
    ),
)

FAULTS = {
    "other_domain": Fault(
        outcome=Outcome.POLICY,
        cause=_("The Google account does not belong to the Workspace domain."),
        fix=_("Nothing to do if you meant to. Compare the domain with Google's Admin console."),
        public=_("This Google account does not belong to the organization that may sign in here."),
    ),
}


class GoogleWorkspaceAdapter(google.GoogleAdapter):
    """Lets people choose among their accounts of the domain."""

    @classmethod
    def asked_besides(cls, settings: Mapping[str, Any]) -> Mapping[str, str]:
        return {"hd": settings["domain"]}


def read(settings: Settings, namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the person; what was asked for binds nobody, what Google signed does.

    https://developers.google.com/identity/openid-connect/openid-connect#validatinganidtoken
    """
    if answer.get("hd") != settings["domain"]:
        raise SignInFailed("other_domain")
    return google.read(settings, namespace, answer)


PROVIDER = replace(
    google.PROVIDER,
    id="google_workspace",
    name="Google Workspace",
    summary=_("People sign in with the Google account of your organization, and nobody else."),
    group=Group.ENTERPRISE,
    search_words=("gsuite", "g suite", "google apps", "hosted domain", "sso", "谷歌", "企业"),
    documentation=DOCUMENTATION,
    form=GoogleWorkspaceForm,
    login=GoogleWorkspaceAdapter,
    claims=read,
    guide=(WHO, *(AUDIENCE if step is google.AUDIENCE else step for step in google.GUIDE)),
    faults={**google.FAULTS, **FAULTS},
)
