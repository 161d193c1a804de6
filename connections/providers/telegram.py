"""Telegram: sign in with a Telegram account.

https://core.telegram.org/bots/telegram-login#openid-connect
"""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _

from connections.fields.common import client_id, client_secret, only
from connections.protocols.oidc.fixed_endpoints import KnownOpenIDProtocol
from connections.protocols.pictures import safe_picture
from connections.protocols.profiles import name_of
from connections.protocols.protocol import Callback
from connections.protocols.responses import number_as_subject, text
from connections.providers.definition import (
    Answer,
    Settings,
    callback_step,
    field_step,
    https_only,
    step,
)
from connections.providers.families.social import social_openid_provider
from connections.values.claims import Claims, IdentityClaims
from connections.values.faults import misconfigured

PICTURE_HOSTS = tuple(f"cdn{number}.telesco.pe" for number in range(1, 6))

# https://core.telegram.org/bots/api#authorizing-your-bot
BOT_TOKEN = re.compile(r"(?<![0-9])[0-9]{6,20}:[0-9A-Za-z_-]{30,}")

FIELDS = (
    client_id(
        help=_("A number, the same as the bot's ID: not the api_id of my.telegram.org."),
        mistakes={
            r"@?[A-Za-z][0-9A-Za-z_]{4,31}": _(
                "This is the bot's username. The Client ID is a number."
            )
        },
        shape=only(r"[0-9]{6,20}", _("A Client ID of Telegram is a number, such as 8123456789.")),
    ),
    client_secret(
        # A bot token gives full control of the bot, so it must never be displayed.
        stray=BOT_TOKEN,
        stray_text=_(
            "This looks like a bot token, so it was not saved. The Client ID is the number before "
            "its colon. The token is not needed here."
        ),
        mistakes={
            BOT_TOKEN: _(
                "This is the bot token, which is another secret. Copy the Client Secret that "
                "BotFather shows under Bot Settings > Web Login."
            )
        },
    ),
)

GUIDE = (
    step(
        _("Choose a bot to sign users in"),
        _(
            "In Telegram, open @BotFather and create a bot, or choose one of yours. Users see its "
            "name and picture when they sign in: use those of your website."
        ),
        _(
            "Create a new bot if another website still uses this one with Telegram's old login "
            "widget: the widget stops working for good once the new login is set up."
        ),
        links=((_("Open BotFather"), "https://t.me/botfather?startapp"),),
    ),
    callback_step(
        _(
            "In BotFather's mini app, open the bot, then Bot Settings > Web Login, which some "
            "versions call Login Widget. Under Allowed URLs, add the whole callback URL from the "
            "card “Copy to the provider”: the website's address alone is not enough."
        )
    ),
    field_step("client_id", _("It is on the same page, and is the bot's own number.")),
    field_step(
        "client_secret",
        _(
            "It is below the Client ID. The bot token, which looks like 123456:AA…, is for "
            "sending messages and cannot sign users in."
        ),
        _("Under Advanced in BotFather, leave the signing algorithm as it is, RS256."),
    ),
)

FAULTS = {
    "invalid_client": misconfigured(
        _("Telegram does not accept the Client ID with this client secret."),
        _("Copy both again from Bot Settings > Web Login. The bot token is another secret."),
    )
}


class TelegramProtocol(KnownOpenIDProtocol):
    """Sends the client id by HTTP Basic and in the form, as Telegram documents it."""

    basic_auth = True

    def token_request(self, callback: Callback) -> dict[str, str]:
        return {**super().token_request(callback), "client_id": self.client.client_id}


def parse_claims(settings: Settings, namespace: str, answer: Answer) -> Claims:
    """Return the user's claims with the account's id, which is the same for every bot.

    https://core.telegram.org/bots/telegram-login#user-data-structure
    """
    subject = number_as_subject(answer, "id")
    return Claims(
        namespace=namespace,
        subject=subject,
        # Telegram does not document where `sub` is unique, so it is kept for this bot only.
        keys=((f"telegram-app:{settings['client_id']}", answer["sub"]),),
        name=name_of(answer, ("name", ("given_name", "family_name"), "preferred_username")),
        picture=safe_picture(text(answer, "picture"), PICTURE_HOSTS),
    )


PROVIDER = social_openid_provider(
    "telegram",
    "Telegram",
    "https://oauth.telegram.org",
    FIELDS,
    GUIDE,
    authorize="https://oauth.telegram.org/auth",
    tokens="https://oauth.telegram.org/token",
    # There is no userinfo: the ID token has all claims.
    keys="https://oauth.telegram.org/.well-known/jwks.json",
    protocol=TelegramProtocol,
    scopes=("openid", "profile"),
    claims=parse_claims,
    known_by="`id`, the account's number",
    identity_claims=IdentityClaims(subject=("id",), key="sub"),
    # Neither the documentation of this flow nor claims_supported mentions a nonce. PKCE ties the
    # code to the sign-in.
    nonce=False,
    search_words=("tg", "messenger", "botfather", "电报", "纸飞机"),
    documentation="https://core.telegram.org/bots/telegram-login",
    button_labels={"en": "Log in with Telegram"},
    callback_label=_("Allowed URL"),
    faults=FAULTS,
    picture_hosts=PICTURE_HOSTS,
    site_warning=https_only("Telegram"),
)
