"""Telegram: sign in with a Telegram account.

https://core.telegram.org/bots/telegram-login#openid-connect
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.http import HttpRequest
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
    Site,
    Step,
    Text,
)
from connections.signin.oidc.known import KnownAdapter
from connections.signin.people import name_of
from connections.signin.reading import number_as_subject, text

DOCUMENTATION = "https://core.telegram.org/bots/telegram-login"
BOTFATHER = "https://t.me/botfather?startapp"
ISSUER = "https://oauth.telegram.org"

CLIENT_ID = re.compile(r"[0-9]{6,20}")
# https://core.telegram.org/bots/api#authorizing-your-bot
BOT_TOKEN = re.compile(r"(?<![0-9])[0-9]{6,20}:[0-9A-Za-z_-]{30,}")
BOT_NAME = re.compile(r"@?[A-Za-z][0-9A-Za-z_]{4,31}")
URL_OR_EMAIL = re.compile(r".*(?:://|.@).*")

NOT_AN_ID = _("This is a web or e-mail address, and not a value that BotFather gave you.")


class TelegramForm(ConnectionForm):
    """What BotFather shows of a bot that signs people in."""

    # Not what we ask for: whoever has the token has the bot, so no page may show it again.
    secret_shape = BOT_TOKEN
    stray_secret: ClassVar[Text] = _(
        "This looks like a bot token, so it was not kept. The Client ID is the number before its "
        "colon; the token itself is not needed here."
    )

    client_id = PastedField(
        label=_("Client ID"),
        help_text=_("A number, the same as the bot's ID: not the api_id of my.telegram.org."),
    )
    client_secret = SecretField(
        label=_("Client Secret"),
        help_text=_("BotFather shows it below the Client ID. It is not the bot token."),
    )

    def clean_client_id(self) -> str:
        value: str = self.cleaned_data["client_id"]
        mixed_up(
            value,
            (
                (BOT_NAME, _("This is the bot's username. The Client ID is a number.")),
                (URL_OR_EMAIL, NOT_AN_ID),
            ),
        )
        if not CLIENT_ID.fullmatch(value):
            raise ValidationError(
                _("A Client ID of Telegram is a number, such as 8123456789."), code="shape"
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
                    BOT_TOKEN,
                    _(
                        "This is the bot token, which is another secret. Copy the Client Secret "
                        "that BotFather shows under Bot Settings > Web Login."
                    ),
                ),
                (CLIENT_ID, _("This is a Client ID. The Client Secret stands below it.")),
                (URL_OR_EMAIL, NOT_AN_ID),
            ),
        )
        return value


def site_warning(site: Site) -> Text | None:
    """Say why BotFather will not take this callback URL, if it will not.

    https://core.telegram.org/bots/telegram-login#registering-your-allowed-urls
    """
    if site.scheme != "https":
        return _("BotFather takes https addresses only. Serve the sign-in page by https.")
    return None


GUIDE = (
    Step(
        title=_("Choose a bot to sign people in"),
        body=(
            _(
                "In Telegram, open @BotFather and make a bot, or choose one of yours. People read "
                "its name and see its picture when they are asked: let them be those of your "
                "website."
            ),
            _(
                "Make a new bot if another website still uses this one with Telegram's old login "
                "widget: the old way ends when the new one begins, and does not come back."
            ),
        ),
        links=((_("Open BotFather"), BOTFATHER),),
    ),
    Step(
        title=_("Tell Telegram where people come back to"),
        body=(
            _(
                "In BotFather's mini app, open the bot, then Bot Settings > Web Login, which some "
                "versions call Login Widget. Under Allowed URLs, add the callback URL from the "
                "card “Copy to the provider”, whole: the website's address alone is not enough."
            ),
        ),
    ),
    Step(
        title=_("Copy the Client ID"),
        body=(_("It stands on the same page, and is the bot's own number."),),
        field="client_id",
    ),
    Step(
        title=_("Copy the Client Secret"),
        body=(
            _(
                "It stands below the Client ID. The bot token, which looks like 123456:AA…, is "
                "for sending messages and does not sign anybody in."
            ),
            _("Under Advanced in BotFather, leave the signing algorithm as it is, RS256."),
        ),
        field="client_secret",
    ),
)

COPIES = (
    Copyable(
        id="callback-url",
        label=_("Allowed URL"),
        help=_("Telegram sends people only to addresses that stand there, letter by letter."),
        value=lambda site: site.callback_url,
    ),
)

FAULTS = {
    "invalid_client": Fault(
        outcome=Outcome.CONFIG,
        cause=_("Telegram does not accept the Client ID with this Client Secret."),
        fix=_("Copy both again from Bot Settings > Web Login. The bot token is another secret."),
    ),
}

PICTURE_HOSTS = tuple(f"cdn{number}.telesco.pe" for number in range(1, 6))


class TelegramAdapter(KnownAdapter):
    """Says by HTTP Basic who asks, and in the form, too, as Telegram's documentation has it."""

    basic_auth = True

    def question(self, request: HttpRequest, client: Any, verifier: str) -> dict[str, str]:
        return {
            **super().question(request, client, verifier),
            "client_id": client.consumer_key,
        }


def read(settings: Settings, namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the person: by the account's number, whichever bot asks.

    https://core.telegram.org/bots/telegram-login#user-data-structure
    """
    subject = number_as_subject(answer, "id")
    return Claims(
        namespace=namespace,
        subject=subject,
        # What `sub` holds for, Telegram does not say: so for this bot.
        keys=((f"telegram-bot:{settings['client_id']}", answer["sub"]),),
        name=name_of(answer, ("name", "preferred_username"), subject),
        picture=safe_picture(text(answer, "picture"), PICTURE_HOSTS),
        kept={"username": text(answer, "preferred_username")[:100]},
    )


PROVIDER = Definition(
    id="telegram",
    name="Telegram",
    brand="Telegram",
    summary=_("People sign in with their Telegram account."),
    group=Group.SOCIAL,
    search_words=("tg", "messenger", "botfather", "电报", "纸飞机"),
    documentation=DOCUMENTATION,
    form=TelegramForm,
    endpoints={
        "authorize": Endpoint("/auth", base=ISSUER),
        "token": Endpoint("/token", base=ISSUER),
        # There is no userinfo: the ID token says everything.
        "keys": Endpoint("/.well-known/jwks.json", base=ISSUER),
    },
    scopes=("openid", "profile"),
    login=TelegramAdapter,
    claims=read,
    known_by="`id`, the account's number",
    namespace=lambda settings: "telegram",
    # Neither the documentation of this flow nor the discovery's claims_supported knows a nonce;
    # PKCE ties the code to the sign-in.
    nonce=False,
    issuer=lambda settings: ISSUER,
    button_labels={"en": "Log in with Telegram", "zh-hans": "使用Telegram登录"},
    guide=GUIDE,
    copies=COPIES,
    faults=FAULTS,
    picture_hosts=PICTURE_HOSTS,
    site_warning=site_warning,
)
