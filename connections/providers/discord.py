"""Discord: sign in with a Discord account.

https://docs.discord.com/developers/topics/oauth2
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

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
)
from connections.signin import oauth2
from connections.signin.failures import SignInFailed
from connections.signin.people import address_of, name_of
from connections.signin.reading import text, text_as_subject

DOCUMENTATION = "https://docs.discord.com/developers/topics/oauth2"
APPLICATIONS = "https://discord.com/developers/applications"
PICTURES = "https://cdn.discordapp.com"
# https://discord.com/.well-known/oauth-authorization-server
ISSUER = "https://discord.com"

# https://docs.discord.com/developers/reference#snowflakes
NUMBER = re.compile(r"[1-9][0-9]{16,19}")
SECRET = re.compile(r"[0-9A-Za-z_-]{32}")
PUBLIC_KEY = re.compile(r"[0-9a-f]{64}")
BOT_TOKEN = re.compile(r"[0-9A-Za-z_-]{20,}\.[0-9A-Za-z_-]{5,}\.[0-9A-Za-z_-]{20,}")
PICTURE = re.compile(r"(?:a_)?[0-9a-f]{32}")
URL_OR_EMAIL = re.compile(r".*(?:://|@).*")

NOT_AN_ID = _("This is a web or e-mail address, and not a value that Discord gave you.")
NOT_A_KEY = _("This is the Public Key, which is for bots. It is not needed here.")
NOT_A_BOT = _(
    "This is a bot's token, which opens the bot to everybody. Reset it, and copy "
    "the client secret from the OAuth2 page."
)


class DiscordForm(ConnectionForm):
    """What Discord's developer portal shows on an application's OAuth2 page."""

    secret_shape = BOT_TOKEN
    client_id = PastedField(
        label=_("Client ID"),
        help_text=_("17 to 20 digits, on the application's OAuth2 page."),
    )
    client_secret = SecretField(
        label=_("Client Secret"),
        help_text=_("Beside the Client ID. If it is hidden, only Reset Secret shows a new one."),
    )

    def clean_client_id(self) -> str:
        value: str = self.cleaned_data["client_id"]
        mixed_up(value, ((PUBLIC_KEY, NOT_A_KEY), (URL_OR_EMAIL, NOT_AN_ID)))
        if not NUMBER.fullmatch(value):
            self.warn(
                "client_id", "shape", _("A Client ID of Discord has 17 to 20 digits. Check it.")
            )
        return value

    def clean_client_secret(self) -> str:
        value: str = self.cleaned_data["client_secret"]
        if not value:
            return ""
        mixed_up(
            value,
            (
                (BOT_TOKEN, NOT_A_BOT),
                (PUBLIC_KEY, NOT_A_KEY),
                (NUMBER, _("This is a Client ID. The client secret has 32 characters.")),
                (URL_OR_EMAIL, NOT_AN_ID),
            ),
        )
        if not SECRET.fullmatch(value):
            self.warn(
                "client_secret",
                "shape",
                _("A client secret of Discord usually has 32 characters. Check it."),
            )
        return value


GUIDE = (
    Step(
        title=_("Create an application at Discord"),
        body=(
            _(
                "In Discord's developer portal, click New Application. Its name and "
                "icon are what people see. Let a team own it, so that it stays when "
                "people leave."
            ),
        ),
        links=((_("Open Discord's developer portal"), APPLICATIONS),),
    ),
    Step(
        title=_("Tell Discord where people come back to"),
        body=(
            _(
                "On the OAuth2 page, click Add Redirect, enter the callback URL "
                "from the card “Copy to the provider”, and save. Leave Public "
                "Client switched off."
            ),
        ),
    ),
    Step(
        title=_("Copy the Client ID"),
        body=(_("It is at the top of the OAuth2 page."),),
        field="client_id",
    ),
    Step(
        title=_("Copy the client secret"),
        body=(_("Click Reset Secret to see one. The old one stops working at once."),),
        field="client_secret",
    ),
)

COPIES = (
    Copyable(
        id="callback-url",
        label=_("Redirect"),
        help=_("Discord compares it letter by letter."),
        value=lambda site: site.callback_url,
    ),
)

FAULTS = {
    "invalid_client": Fault(
        outcome=Outcome.CONFIG,
        cause=_("Discord does not accept the Client ID with this client secret."),
        fix=_("Copy both again from the OAuth2 page, or reset the secret there."),
    ),
}

PICTURE_HOSTS = ("cdn.discordapp.com",)


class DiscordAdapter(oauth2.Adapter):
    """Reads the account. Discord takes PKCE with a secret, too, in S256 alone.

    https://discord.com/.well-known/oauth-authorization-server
    """

    def person(self, access_token: str, tokens: Mapping[str, Any]) -> dict[str, Any]:
        profile = self.profile("userinfo", access_token)
        subject = text_as_subject(profile, "id")
        if not NUMBER.fullmatch(subject):
            raise SignInFailed("no_subject")
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
    """Return the picture's address, or "" where there is none of one's own.

    https://docs.discord.com/developers/reference#image-formatting
    """
    return f"{PICTURES}/avatars/{subject}/{name}.png" if PICTURE.fullmatch(name) else ""


def read(settings: Settings, namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the person."""
    address, verified = address_of(answer)
    return Claims(
        namespace=namespace,
        subject=answer["sub"],
        name=name_of(answer, ("name", "username"), answer["sub"]),
        picture=safe_picture(answer["picture"], PICTURE_HOSTS),
        address=address,
        address_verified=verified,
        kept={"username": answer["username"][:100]},
    )


PROVIDER = Definition(
    id="discord",
    name="Discord",
    brand="Discord",
    summary=_("People sign in with their Discord account."),
    group=Group.SOCIAL,
    search_words=("gaming", "chat", "游戏", "聊天"),
    documentation=DOCUMENTATION,
    form=DiscordForm,
    endpoints={
        "authorize": Endpoint("/oauth2/authorize", base=ISSUER),
        "token": Endpoint("/api/oauth2/token", base=ISSUER),
        "userinfo": Endpoint("/api/v10/users/@me", base=ISSUER),
    },
    scopes=("identify", "email"),
    login=DiscordAdapter,
    claims=read,
    # Discord numbers all its accounts in one row.
    known_by="the account's number",
    namespace=lambda settings: "discord",
    issuer=lambda settings: ISSUER,
    button_labels={"en": "Sign in with Discord", "zh-hans": "使用Discord登录"},
    guide=GUIDE,
    copies=COPIES,
    faults=FAULTS,
    picture_hosts=PICTURE_HOSTS,
)
