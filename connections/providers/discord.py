"""Discord: sign in with a Discord account."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _

from connections.fields.common import client_id, client_secret, usual
from connections.protocols.oauth2 import OAuth2Protocol
from connections.protocols.protocol import Callback, Profile, Tokens
from connections.protocols.responses import required_id, text
from connections.providers.definition import callback_under, copy_steps, step
from connections.providers.families.accounts import Account
from connections.providers.families.social import social_provider
from connections.values.faults import misconfigured

# https://docs.discord.com/developers/reference#snowflakes
NUMBER = re.compile(r"[1-9][0-9]{16,19}")
# Three parts. Arbitrary text is searched for it, so each part is read only once.
BOT_TOKEN = re.compile(
    r"(?<![0-9A-Za-z_-])[0-9A-Za-z_-]{20,}+\.[0-9A-Za-z_-]{5,}+\.[0-9A-Za-z_-]{20,}+"
)
PICTURE = re.compile(r"(?:a_)?[0-9a-f]{32}")
PUBLIC_KEY = {r"[0-9a-f]{64}": _("This is the Public Key, which is for bots. Leave it out.")}

FIELDS = (
    client_id(help=_("17 to 20 digits."), mistakes=PUBLIC_KEY, shape=usual(NUMBER)),
    client_secret(
        help=_("32 characters. It is not the token of a bot."),
        stray=BOT_TOKEN,
        mistakes={
            BOT_TOKEN: _(
                "This is a bot's token, which gives full control of the bot. Reset it, and "
                "copy the client secret from the OAuth2 page."
            ),
            **PUBLIC_KEY,
        },
        shape=usual(r"[0-9A-Za-z_-]{32}"),
    ),
)

GUIDE = (
    step(
        _("Create an application at Discord"),
        _(
            "In Discord's developer portal, click New Application. Users see its name and icon "
            "when they sign in. Let a team own it, so that it stays when people leave."
        ),
        links=((_("Open the developer portal"), "https://discord.com/developers/applications"),),
    ),
    callback_under("OAuth2 > Redirects", _("Save. Leave Public Client turned off.")),
    *copy_steps(
        _("It is at the top of the OAuth2 page."),
        _("Beside the Client ID. If you reset it, the old one stops working immediately."),
    ),
)


class DiscordProtocol(OAuth2Protocol):
    """Reads the account. Discord accepts PKCE together with a secret, with S256 only.

    https://discord.com/.well-known/oauth-authorization-server
    """

    needed_scopes = ("identify",)

    def fetch_profile(self, tokens: Tokens, callback: Callback) -> Profile:
        profile = self.get_json("userinfo", tokens["access_token"])
        subject = required_id(profile, "id", NUMBER)
        # https://docs.discord.com/developers/resources/user#user-object
        return {
            "sub": subject,
            "name": text(profile, "global_name"),
            "username": text(profile, "username"),
            "picture": picture_of(subject, text(profile, "avatar")),
            "email": text(profile, "email"),
            "email_verified": profile.get("verified"),
        }


def picture_of(subject: str, name: str) -> str:
    """Return the picture's URL, or "" if the user has not chosen one.

    https://docs.discord.com/developers/reference#image-formatting
    """
    if not PICTURE.fullmatch(name):
        return ""
    return f"https://cdn.discordapp.com/avatars/{subject}/{name}.png"


PROVIDER = social_provider(
    "discord",
    "Discord",
    FIELDS,
    GUIDE,
    authorize="https://discord.com/oauth2/authorize",
    tokens="https://discord.com/api/oauth2/token",
    userinfo="https://discord.com/api/v10/users/@me",
    protocol=DiscordProtocol,
    scopes=("identify", "email"),
    claims=Account(names=("name", "username"), proves_address=True),
    # Discord numbers all its accounts in one sequence.
    known_by="the account's number",
    # Users approve the app again; Discord documents nothing that asks for a password.
    # https://docs.discord.com/developers/topics/oauth2#authorization-code-grant
    reauthentication={"prompt": "consent"},
    issuer=lambda settings: "https://discord.com",
    search_words=("dc", "gaming", "chat", "游戏", "聊天"),
    documentation="https://docs.discord.com/developers/topics/oauth2",
    callback_label=_("Redirect"),
    faults={
        "invalid_client": misconfigured(
            _("Discord does not accept the Client ID with this client secret."),
            _("Copy both again from the OAuth2 page, or reset the secret there."),
        )
    },
    picture_hosts=("cdn.discordapp.com",),
)
