"""GitLab: sign in with an account at gitlab.com, or at a GitLab of one's own.

https://docs.gitlab.com/integration/openid_connect_provider/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from connections.forms import PastedField, SecretField, mixed_up
from connections.openid import IssuerForm, base_of, openid_provider
from connections.providers.definition import Group, Step

DOCUMENTATION = "https://docs.gitlab.com/integration/openid_connect_provider/"
APPLICATIONS = "https://gitlab.com/-/user_settings/applications"
HOME = "https://gitlab.com"

CLIENT_ID = re.compile(r"[0-9a-f]{64}")
SECRET = re.compile(r"gloas-[0-9a-f]{64}|[0-9a-f]{64}")
ANY_SECRET = re.compile(r"gloas-[0-9a-f]{10,}")
PERSONAL_TOKEN = re.compile(r"gl(?:pat|dt|rt|ptt|cbt)-.*")


class GitLabForm(IssuerForm):
    """What GitLab shows of an application, and where that GitLab is."""

    issuer_field: ClassVar[str] = "address"
    secret_shape = ANY_SECRET

    address = PastedField(
        label=_("Address of GitLab"),
        initial=HOME,
        help_text=_("https://gitlab.com, or the address of your own GitLab."),
    )
    client_id = PastedField(
        label=_("Client ID (Application ID)"),
        help_text=_("64 digits or a to f, on the application's page."),
    )
    client_secret = SecretField(
        label=_("Client Secret"),
        help_text=_("It usually begins with gloas-. GitLab shows it only once."),
    )

    def clean_address(self) -> str:
        return base_of(self.cleaned_data["address"])

    def clean_client_id(self) -> str:
        value = super().clean_client_id()
        if not CLIENT_ID.fullmatch(value):
            self.warn(
                "client_id",
                "shape",
                _("An Application ID of GitLab usually has 64 digits or a to f. Check it."),
            )
        return value

    def clean_client_secret(self) -> str:
        value: str = self.cleaned_data["client_secret"]
        if not value:
            return ""
        mixed_up(
            value,
            (
                (
                    PERSONAL_TOKEN,
                    _(
                        "This is somebody's token, which opens their account. Revoke it, and "
                        "copy the Secret from the application's page."
                    ),
                ),
            ),
        )
        if not SECRET.fullmatch(value):
            self.warn(
                "client_secret",
                "shape",
                _("A secret of GitLab usually begins with gloas-. Check it."),
            )
        return value

    def issuer_of(self, values: Mapping[str, Any]) -> str:
        return str(values["address"])


# https://docs.gitlab.com/integration/oauth_provider/
GUIDE = (
    Step(
        title=_("Say where GitLab is"),
        body=(
            _(
                "At gitlab.com, leave the address as it is. For a GitLab of your own, "
                "enter its address as people see it in the browser."
            ),
        ),
        field="address",
    ),
    Step(
        title=_("Add an application"),
        body=(
            _(
                "In a group of your organization, open Settings > Applications and "
                "click Add new application; so it stays when people leave. An "
                "administrator of your own GitLab adds it under Admin > "
                "Applications."
            ),
            _("Tick Confidential, and the scopes openid, profile and email."),
        ),
        links=((_("Open your applications at gitlab.com"), APPLICATIONS),),
    ),
    Step(
        title=_("Tell GitLab where people come back to"),
        body=(
            _(
                "Enter the callback URL from the card “Copy to the provider” under "
                "Redirect URI, and click Save application."
            ),
        ),
    ),
    Step(
        title=_("Copy the Application ID"),
        body=(_("GitLab shows it when the application has been saved, and later on its page."),),
        field="client_id",
    ),
    Step(
        title=_("Copy the Secret"),
        body=(
            _(
                "GitLab shows it only once. Renew secret makes another one, and the old "
                "one stops working at once."
            ),
        ),
        field="client_secret",
    ),
)

PROVIDER = openid_provider(
    id="gitlab",
    name="GitLab",
    brand="GitLab",
    summary=_("People sign in with their account at gitlab.com, or at your own GitLab."),
    group=Group.SOCIAL,
    search_words=("git", "self-managed", "developer", "极狐", "代码"),
    documentation=DOCUMENTATION,
    form=GitLabForm,
    button_labels={"en": "Sign in with GitLab", "zh-hans": "使用GitLab登录"},
    guide=GUIDE,
)
