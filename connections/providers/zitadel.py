"""ZITADEL: sign in with the users of a ZITADEL instance."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from connections.fields.access import Membership
from connections.fields.common import CLIENT_ID, KEY_OR_CERTIFICATE, URL_OR_EMAIL, text_field, usual
from connections.fields.field import Text
from connections.providers.definition import callback_under, copy_steps, field_step, step
from connections.providers.families.openid import (
    any_secret,
    issuer_look_up,
    openid_provider,
    page_url_mistake,
    server_address,
)
from connections.values.sites import Site

FIELDS = (
    server_address(
        "instance",
        _("Instance domain"),
        _("For example name.eu1.zitadel.cloud, or your own domain."),
        mistakes=page_url_mistake("ui", _("Enter the domain alone, without /ui and what follows.")),
    ),
    text_field(
        "client_id",
        CLIENT_ID,
        _("A long number."),
        moves_secrets=True,
        # Until version 2.55, the number was followed by @ and the project's name.
        # https://github.com/zitadel/zitadel/issues/6222
        mistakes={
            r"(?s)(?![0-9]{15,20}@).*(?:://|@).*": URL_OR_EMAIL.text,
            **{KEY_OR_CERTIFICATE.pattern: KEY_OR_CERTIFICATE.text},
        },
        shape=usual(r"[0-9]{15,20}(?:@[0-9A-Za-z_-]+)?"),
    ),
    any_secret(),
)

GUIDE = (
    step(
        _("Create an application"),
        _(
            "In the console, open a project, click New under Applications, and choose Web and then "
            "Code: it authenticates by a client secret."
        ),
    ),
    callback_under("Redirect URIs", _("Authentication Method is Basic.")),
    field_step("instance", _("The part before /ui in the console's address.")),
    *copy_steps(
        _("On the application's page, as Client ID: the application has other numbers, too."),
        _(
            "Shown once when the application is created; Actions > Regenerate Client Secret makes "
            "a new one."
        ),
    ),
)


def site_warning(site: Site) -> Text | None:
    """Return what ZITADEL requires before it accepts this callback URL, or None.

    https://zitadel.com/docs/guides/manage/console/applications#development-mode
    """
    if site.scheme == "https":
        return None
    return _(
        "ZITADEL takes addresses that begin with http:// in Development Mode only. Turn it on at "
        "the application, or serve the sign-in page by https."
    )


PROVIDER = openid_provider(
    "zitadel",
    "ZITADEL",
    FIELDS,
    GUIDE,
    # https://zitadel.com/docs/apis/openidoauth/claims
    organizations=Membership(
        claim="urn:zitadel:iam:user:resourceowner:id",
        label=_("Organizations (ID)"),
        help=_("The Resource ID of each organization whose users may sign in."),
        scope="urn:zitadel:iam:user:resourceowner",
    ),
    summary=_("Users sign in with their account at your ZITADEL instance."),
    search_words=("自建",),
    documentation="https://zitadel.com/docs/guides/manage/console/applications",
    look_up=issuer_look_up("instance", "{instance}"),
    site_warning=site_warning,
)
