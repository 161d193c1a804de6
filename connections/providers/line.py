"""LINE: sign in with a LINE account.

https://developers.line.biz/en/docs/line-login/integrate-line-login/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from allauth.socialaccount.adapter import get_adapter
from django import forms
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from connections.claims import Claims
from connections.forms import ConnectionForm, PastedField, SecretField, mixed_up
from connections.models import Outcome
from connections.pictures import safe_picture
from connections.providers.definition import (
    Copyable,
    Definition,
    Endpoint,
    Fault,
    Group,
    Settings,
    Step,
    Text,
)
from connections.signin import oauth2
from connections.signin.failures import SignInFailed
from connections.signin.people import address_of, name_of
from connections.signin.reading import object_of, text, text_as_subject

DOCUMENTATION = "https://developers.line.biz/en/docs/line-login/integrate-line-login/"
CONSOLE = "https://developers.line.biz/console/"
ISSUER = "https://access.line.me"

CHANNEL_ID = re.compile(r"[0-9]{10}")
SECRET = re.compile(r"[0-9a-f]{32}")
ANY_SECRET = re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{32}(?![0-9A-Za-z])")
OFFICIAL_ACCOUNT = re.compile(r"@[0-9a-z._-]+")
USER_ID = re.compile(r"U[0-9a-f]{32}")
LIFF_ID = re.compile(r"[0-9]{10}-[0-9A-Za-z]{8}")
URL_OR_EMAIL = re.compile(r".*(?:://|@).*")

NOT_AN_ID = _("This is a web or e-mail address, and not a value that LINE gave you.")

SCOPES = ("openid", "profile")
WITH_ADDRESS = "email"


class LineForm(ConnectionForm):
    """What the LINE Developers Console shows of a LINE Login channel."""

    secret_shape = ANY_SECRET
    secret_label: ClassVar[Text] = _("Client Secret (Channel secret)")
    advanced: ClassVar[tuple[str, ...]] = ("asks_for_address",)
    computed: ClassVar[tuple[str, ...]] = ("scopes",)

    client_id = PastedField(
        label=_("Client ID (Channel ID)"),
        help_text=_("10 digits, on the channel's Basic settings."),
    )
    client_secret = SecretField(
        label=_("Client Secret (Channel secret)"),
        help_text=_("32 digits or a to f, on the channel's Basic settings."),
    )
    asks_for_address = forms.BooleanField(
        label=_("Ask for the e-mail address"),
        required=False,
        help_text=_("Only where LINE has granted the channel the email address permission."),
    )

    def clean_client_id(self) -> str:
        value: str = self.cleaned_data["client_id"]
        mixed_up(
            value,
            (
                (
                    LIFF_ID,
                    _("This is a LIFF ID. The Channel ID is the 10 digits before the hyphen."),
                ),
                (USER_ID, _("This is somebody's user ID. The Channel ID has 10 digits.")),
                (
                    OFFICIAL_ACCOUNT,
                    _("This is an official account's ID. Create a LINE Login channel."),
                ),
                (URL_OR_EMAIL, NOT_AN_ID),
            ),
        )
        if not CHANNEL_ID.fullmatch(value):
            self.warn("client_id", "shape", _("A Channel ID of LINE has 10 digits. Check it."))
        return value

    def clean_client_secret(self) -> str:
        value: str = self.cleaned_data["client_secret"]
        if not value:
            return ""
        mixed_up(
            value,
            (
                (
                    CHANNEL_ID,
                    _("This is a Channel ID. The Channel secret has 32 digits or a to f."),
                ),
                (URL_OR_EMAIL, NOT_AN_ID),
            ),
        )
        if not SECRET.fullmatch(value):
            self.warn(
                "client_secret",
                "shape",
                _("A Channel secret of LINE has 32 digits or a to f. Check it."),
            )
        return value

    def clean(self) -> dict[str, Any]:
        wanted = (*SCOPES, WITH_ADDRESS) if self.cleaned_data.get("asks_for_address") else SCOPES
        self.cleaned_data["scopes"] = " ".join(wanted)
        return super().clean()


GUIDE = (
    Step(
        title=_("Create a LINE Login channel"),
        body=(
            _(
                "In the LINE Developers Console, choose or create a provider for your "
                "organization, click Create a LINE Login channel, and choose Web app. A "
                "channel never moves to another provider."
            ),
        ),
        links=((_("Open the LINE Developers Console"), CONSOLE),),
    ),
    Step(
        title=_("Tell LINE where people come back to"),
        body=(
            _(
                "On the LINE Login tab, enter the callback URL from the card “Copy to "
                "the provider” under Callback URL, and click Update."
            ),
        ),
    ),
    Step(
        title=_("Copy the Channel ID"),
        body=(_("On the Basic settings tab."),),
        field="client_id",
    ),
    Step(
        title=_("Copy the Channel secret"),
        body=(
            _(
                "It is on the same tab, further down. Issue makes a new one, and the "
                "old one stops working at once."
            ),
        ),
        field="client_secret",
    ),
    Step(
        title=_("Decide about the e-mail address"),
        body=(
            _(
                "LINE gives it only to channels with the email address permission: "
                "apply for it on the Basic settings tab, under OpenID Connect. Until it "
                "is granted, leave the box empty."
            ),
        ),
        field="asks_for_address",
    ),
    Step(
        title=_("Publish the channel"),
        body=(
            _(
                "Click Developing below the channel's name, then Publish. Until then "
                "only the channel's own administrators and testers can sign in."
            ),
        ),
    ),
)

COPIES = (
    Copyable(
        id="callback-url",
        label=_("Callback URL"),
        help=_("LINE compares it letter by letter. A channel may have several, one on each line."),
        value=lambda site: site.callback_url,
    ),
)

# https://developers.line.biz/en/reference/line-login/
FAULTS = {
    "invalid_client": Fault(
        outcome=Outcome.CONFIG,
        cause=_("LINE does not accept the Channel ID with this Channel secret."),
        fix=_("Copy both again from the channel's Basic settings."),
    ),
    "invalid_scope": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The channel may not ask for the e-mail address."),
        fix=_("Apply for the permission at LINE, or untick the box under Advanced."),
    ),
}

PICTURE_HOSTS = ("profile.line-scdn.net",)


class LineAdapter(oauth2.Adapter):
    """Has LINE itself verify the ID token, which is signed with the Channel secret (HS256).

    https://developers.line.biz/en/reference/line-login/#verify-id-token
    """

    def person(self, access_token: str, tokens: Mapping[str, Any]) -> dict[str, Any]:
        client_id = self.get_provider().app.client_id
        told = self.verified(tokens.get("id_token", ""), client_id)
        if told.get("iss") != ISSUER:
            raise SignInFailed("issuer")
        if told.get("aud") != client_id:
            raise SignInFailed("audience")
        nonce = told.get("nonce")
        if not self.nonce or not constant_time_compare(str(nonce), self.nonce):
            raise SignInFailed("nonce")
        return {**told, "sub": text_as_subject(told, "sub")}

    def verified(self, id_token: str, client_id: str) -> dict[str, Any]:
        """Return what LINE reads in an ID token for us; raises SignInFailed."""
        if not id_token:
            raise SignInFailed("id_token_missing")
        question = {"id_token": id_token, "client_id": client_id, "nonce": self.nonce}
        with get_adapter().get_requests_session() as session:
            response = session.post(self.definition.endpoints["verify"].url, data=question)
        answer = object_of(response)
        if response.status_code >= 400 or "error" in answer:
            raise SignInFailed("id_token")
        return answer


def read(settings: Settings, namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the person; LINE does not say whether it has proved the address."""
    return Claims(
        namespace=namespace,
        subject=answer["sub"],
        name=name_of(answer, ("name",), answer["sub"]),
        picture=safe_picture(text(answer, "picture"), PICTURE_HOSTS),
        address=address_of(answer)[0],
    )


PROVIDER = Definition(
    id="line",
    name="LINE",
    brand="LINE",
    summary=_("People sign in with their LINE account."),
    group=Group.SOCIAL,
    search_words=("japan", "thailand", "taiwan", "连我"),
    documentation=DOCUMENTATION,
    form=LineForm,
    endpoints={
        "authorize": Endpoint("/oauth2/v2.1/authorize", base="https://access.line.me"),
        "token": Endpoint("/oauth2/v2.1/token", base="https://api.line.me"),
        "verify": Endpoint("/oauth2/v2.1/verify", base="https://api.line.me"),
    },
    scopes=SCOPES,
    login=LineAdapter,
    claims=read,
    # With another provider's channels the same person has another id.
    # https://developers.line.biz/en/docs/messaging-api/getting-user-ids/
    known_by="`sub`, the same in all channels of a provider at LINE",
    namespace=lambda settings: "line",
    nonce=True,
    issuer=lambda settings: ISSUER,
    button_labels={"en": "Log in with LINE", "zh-hans": "使用LINE登录"},
    guide=GUIDE,
    copies=COPIES,
    faults=FAULTS,
    picture_hosts=PICTURE_HOSTS,
)
