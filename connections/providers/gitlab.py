"""GitLab: sign in with an account at gitlab.com or at a self-managed GitLab."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _

from connections.fields.access import Membership
from connections.fields.common import client_id, client_secret, usual
from connections.providers.definition import Group, callback_under, copy_steps, field_step, step
from connections.providers.families.openid import issuer_look_up, openid_provider, server_address

APPLICATIONS = "https://gitlab.com/-/user_settings/applications"

FIELDS = (
    server_address(
        "address",
        _("Address of GitLab"),
        _("https://gitlab.com, or the address of your own GitLab."),
        initial="https://gitlab.com",
        max_length=200,
    ),
    client_id(
        _("Client ID (Application ID)"), _("64 digits or a to f."), shape=usual(r"[0-9a-f]{64}")
    ),
    client_secret(
        help=_("It usually begins with gloas-."),
        stray=re.compile(r"gloas-[0-9a-f]{10,}"),
        mistakes={
            r"gl(?:pat|dt|rt|ptt|cbt)-.*": _(
                "This is somebody's token, which opens their account. Revoke it, and copy the "
                "Secret from the application's page."
            )
        },
        shape=usual(r"(?:gloas-)?[0-9a-f]{64}"),
    ),
)

# https://docs.gitlab.com/integration/oauth_provider/
GUIDE = (
    field_step(
        "address",
        _(
            "At gitlab.com, leave the address as it is. For a GitLab of your own, enter its "
            "address as users see it in the browser."
        ),
        title=_("Enter the address of GitLab"),
    ),
    step(
        _("Add an application"),
        _(
            "In a group of your organization, open Settings > Applications and click Add new "
            "application, so that it stays when people leave. An administrator of your own GitLab "
            "adds it under Admin > Applications."
        ),
        _("Tick Confidential, and the scopes openid, profile and email."),
        links=((_("Open your applications at gitlab.com"), APPLICATIONS),),
    ),
    callback_under("Redirect URI", _("Click Save application.")),
    *copy_steps(
        _("GitLab shows it when the application has been saved, and later on its page."),
        _("GitLab shows it only once. If you renew it, the old one stops working immediately."),
    ),
)

PROVIDER = openid_provider(
    "gitlab",
    "GitLab",
    FIELDS,
    GUIDE,
    organizations=Membership(
        claim="groups",
        label=_("GitLab groups"),
        help=_(
            "The path of each group whose members may sign in, such as acme or acme/team. Members "
            "of a group are also members of its subgroups, but not the other way round."
        ),
        ignores_case=True,
    ),
    summary=_("Users sign in with their account at gitlab.com, or at your own GitLab."),
    group=Group.SOCIAL,
    search_words=("gl", "git", "self-managed", "developer", "极狐", "代码"),
    documentation="https://docs.gitlab.com/integration/openid_connect_provider/",
    look_up=issuer_look_up("address", "{address}"),
)
