"""What every kind of WeChat app has in common: the form, whose people they are, and callbacks.

https://developers.weixin.qq.com/doc/oplatform/Website_App/WeChat_Login/Wechat_Login.html
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections.forms import ConnectionForm, PastedField, SecretField, mixed_up
from connections.models import Connection
from connections.providers.definition import Settings, Site, Text

OPEN_PLATFORM = "https://open.weixin.qq.com"
API = "https://api.weixin.qq.com"
PICTURE_HOSTS = ("thirdwx.qlogo.cn", "wx.qlogo.cn")

# The shapes that WeChat's own samples have; an unusual one is a doubt, not an error.
APPID = re.compile(r"wx[0-9a-f]{16}")
APPSECRET = re.compile(r"[0-9a-f]{32}")
ORIGINAL_ID = re.compile(r"gh_[0-9a-f]{10,16}")

# What people paste by mistake, in any field.
ANY_APPSECRET = re.compile(r"[0-9a-fA-F]{32}")
ANY_APPID = re.compile(r"[wW][xX][0-9a-zA-Z]{16}")
ANY_ORIGINAL_ID = re.compile(r"[gG][hH]_.*")
FEISHU_ID = re.compile(r"cli_.*", re.IGNORECASE)
WECOM_ID = re.compile(r"[wW][wW][0-9a-zA-Z]{16}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
URL = re.compile(r"(?:[a-zA-Z][a-zA-Z0-9+.-]*://|www\.).*")
ODD_CHARACTER = re.compile(r".*[^A-Za-z0-9_-].*", re.DOTALL)

NOT_AN_EMAIL = _("This is an e-mail address, and not a value that WeChat gave you.")
NOT_A_URL = _("This is a web address, and not a value that WeChat gave you.")
NOT_FEISHU = _(
    "This is an id from Feishu (cli_…). The app must be one of the WeChat Open Platform."
)
NOT_WECOM = _(
    "This is a WeCom CorpID (ww…). WeCom is another product; "
    "the app must be one of the WeChat Open Platform."
)
NOT_AN_ACCOUNT_ID = _(
    "An 原始ID begins with gh_, for example gh_0123456789ab. "
    "You find it in the Open Platform's account centre."
)
ACCOUNT_IS_OFFICIAL = _(
    "This is the official account's own 原始ID. The Account ID is that of the Open Platform "
    "account to which it is bound; you find it there in the account centre (账号中心)."
)
OTHER_ACCOUNT = _(
    "The other WeChat connection of this project names another Account ID: %(ids)s. With two, "
    "people see two buttons, and whoever uses both becomes two end users."
)
ODD = _("Only letters, digits, hyphens and underscores occur here. Check what was pasted.")


class WeChatForm(ConnectionForm):
    """The fields of every kind of app; what is mixed up most often differs."""

    advanced: ClassVar[tuple[str, ...]] = ("test_account",)
    secret_shape = ANY_APPSECRET
    secret_label = "AppSecret"  # noqa: S105 - the name of a field
    # Providers whose apps people take for this one's, and what to say of their AppID here.
    siblings: ClassVar[tuple[str, ...]] = ()
    appid_of_sibling: ClassVar[Text] = ""
    # Where the right value is found, said where another one was pasted.
    original_id_as_appid: ClassVar[Text] = _(
        "This is an 原始ID (it begins with gh_). The AppID begins with wx; "
        "you find it on the app's details page."
    )
    not_feishu: ClassVar[Text] = NOT_FEISHU
    not_wecom: ClassVar[Text] = NOT_WECOM

    client_id = PastedField(
        label=_("Client ID (AppID)"),
        help_text=_("On the app's details page, at the top. It begins with wx."),
    )
    client_secret = SecretField(
        label=_("Client Secret (AppSecret)"),
        help_text=_("Shown once when it is made. If it is lost, make a new one there."),
    )
    account_id = PastedField(
        label=_("Account ID (原始ID)"),
        help_text=_("In the Open Platform's account centre. It begins with gh_."),
    )
    test_account = forms.BooleanField(
        label=_("Test account without unionid"),
        required=False,
        help_text=_(
            "Only for accounts for which WeChat sends no unionid. "
            "People are then known by this app alone, and not by your other WeChat apps."
        ),
    )

    def starting_values(self) -> dict[str, Any]:
        values = super().starting_values()
        if self.connection is None:
            # Most likely the same, and the one thing that must not be typed wrongly.
            known = {each.settings.get("account_id", "") for each in self.sibling_connections()}
            values["account_id"] = known.pop() if len(known) == 1 else ""
        return values

    def clean_client_id(self) -> str:
        value = self.lower_cased("client_id")
        mixed_up(
            value,
            (
                (ANY_ORIGINAL_ID, self.original_id_as_appid),
                *self.foreign_values(),
            ),
        )
        if any(each.client_id == value for each in self.sibling_connections()):
            raise ValidationError(str(self.appid_of_sibling), code="mixed_up")
        if not APPID.fullmatch(value):
            self.warn(
                "client_id", "shape", _("An AppID is usually wx and 16 digits or a to f. Check it.")
            )
        if self.is_used_twice(value):
            self.warn(
                "client_id",
                "twice",
                _(
                    "Another connection of this project has this AppID. "
                    "People will see two buttons that do the same."
                ),
            )
        return value

    def clean_client_secret(self) -> str:
        value = self.lower_cased("client_secret")
        if not value:
            return value
        mixed_up(
            value,
            (
                (
                    ANY_APPID,
                    _(
                        "This is an AppID (it begins with wx). "
                        "The AppSecret is 32 digits or a to f."
                    ),
                ),
                (
                    ANY_ORIGINAL_ID,
                    _(
                        "This is an 原始ID (it begins with gh_). "
                        "The AppSecret is 32 digits or a to f."
                    ),
                ),
                *self.foreign_values(),
            ),
        )
        if not APPSECRET.fullmatch(value):
            self.warn(
                "client_secret",
                "shape",
                _("An AppSecret is usually 32 digits or a to f. Check it."),
            )
        return value

    def clean_account_id(self) -> str:
        value: str = self.cleaned_data["account_id"]
        mixed_up(
            value,
            (
                (
                    ANY_APPID,
                    _(
                        "This is an AppID (it begins with wx). The 原始ID begins with gh_; "
                        "you find it in the Open Platform's account centre."
                    ),
                ),
                *self.foreign_values(),
            ),
        )
        value = self.original_id("account_id", NOT_AN_ACCOUNT_ID)
        siblings = self.sibling_connections()
        if any(each.settings.get("official_account_id") == value for each in siblings):
            raise ValidationError(ACCOUNT_IS_OFFICIAL, code="mixed_up")
        others = sorted({str(each.settings.get("account_id", "")) for each in siblings})
        if others and value not in others:
            self.warn("account_id", "other_account", OTHER_ACCOUNT % {"ids": ", ".join(others)})
        return value

    def original_id(self, field: str, otherwise: Text) -> str:
        """Return the 原始ID in a field; raises ValidationError with a text where it is none."""
        value = self.lower_cased(field)
        if not value.startswith("gh_") or value == "gh_":
            raise ValidationError(str(otherwise), code="shape")
        if not ORIGINAL_ID.fullmatch(value):
            self.warn(
                field, "shape", _("An 原始ID is usually gh_ and 12 digits or a to f. Check it.")
            )
        return value

    def sibling_connections(self) -> list[Connection]:
        """The project's connections to the other kind of app."""
        return list(self.project.connections.filter(provider__in=self.siblings))

    def foreign_values(self) -> tuple[tuple[re.Pattern[str], Text], ...]:
        """What belongs to no field of this form."""
        return (
            (FEISHU_ID, self.not_feishu),
            (WECOM_ID, self.not_wecom),
            (EMAIL, NOT_AN_EMAIL),
            (URL, NOT_A_URL),
            (ODD_CHARACTER, ODD),
        )

    def is_used_twice(self, client_id: str) -> bool:
        """Whether another connection of the project has this AppID."""
        others = self.project.connections.filter(provider=self.definition.id)
        if self.connection is not None:
            others = others.exclude(pk=self.connection.pk)
        return others.filter(settings__client_id=client_id).exists()


def site_warning(site: Site, *, said: str = "redirect_uri 参数错误") -> Text | None:
    """Say why WeChat will refuse to send people back to this site, if it will, and what it says.

    https://developers.weixin.qq.com/doc/oplatform/developers/troubleshooting/auth.html
    """
    if site.hostname == "localhost" or site.hostname.endswith(".localhost"):
        return _(
            "WeChat cannot send people back to localhost. They will read “%(said)s” "
            "there until the sign-in page has a public host name."
        ) % {"said": said}
    if is_ip_address(site.hostname):
        return _(
            "WeChat does not send people back to an IP address. They will read "
            "“%(said)s” there until the sign-in page has a host name."
        ) % {"said": said}
    if ":" in site.host:
        return _(
            "WeChat does not send people back to a host with a port. They will read "
            "“%(said)s” there until the sign-in page uses port 80 or 443."
        ) % {"said": said}
    return None


def is_ip_address(host: str) -> bool:
    """Whether browsers read the host as an address: also where a name stands before a number."""
    return ":" in host or host.rpartition(".")[2].isdigit()


def namespace(settings: Settings) -> str:
    """A unionid means nothing outside the Open Platform account that the 原始ID names."""
    return f"wechat:{settings['account_id']}"


def one_button(settings: Settings) -> str:
    """All ways into one Open Platform account share a button; test accounts know no unionid."""
    return "" if settings.get("test_account") else namespace(settings)
