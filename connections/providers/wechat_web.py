"""WeChat Web / 网站应用: sign in by scanning a QR code with WeChat.

https://developers.weixin.qq.com/doc/oplatform/Website_App/WeChat_Login/Wechat_Login.html
"""

from __future__ import annotations

import re
from typing import ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections.forms import ConnectionForm, PastedField, SecretField, mixed_up
from connections.models import Outcome
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

OPEN_PLATFORM = "https://open.weixin.qq.com"
API = "https://api.weixin.qq.com"
DOCUMENTATION = (
    "https://developers.weixin.qq.com/doc/oplatform/Website_App/WeChat_Login/Wechat_Login.html"
)

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
ODD = _("Only letters, digits, hyphens and underscores occur here. Check what was pasted.")


class WeChatWebForm(ConnectionForm):
    """What WeChat's Open Platform gives to an approved 网站应用."""

    advanced: ClassVar[tuple[str, ...]] = ("test_account",)
    secret_shape = ANY_APPSECRET
    secret_label = "AppSecret"  # noqa: S105 - the name of a field

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

    def clean_client_id(self) -> str:
        value = self.lower_cased("client_id")
        mixed_up(
            value,
            (
                (
                    ANY_ORIGINAL_ID,
                    _(
                        "This is an 原始ID (it begins with gh_). The AppID begins with wx; "
                        "you find it on the app's details page."
                    ),
                ),
                *self.foreign_values(),
            ),
        )
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
        value = self.lower_cased("account_id")
        if not value.startswith("gh_") or value == "gh_":
            raise ValidationError(
                _(
                    "An 原始ID begins with gh_, for example gh_0123456789ab. "
                    "You find it in the Open Platform's account centre."
                ),
                code="shape",
            )
        if not ORIGINAL_ID.fullmatch(value):
            self.warn(
                "account_id",
                "shape",
                _("An 原始ID is usually gh_ and 12 digits or a to f. Check it."),
            )
        return value

    def foreign_values(self) -> tuple[tuple[re.Pattern[str], Text], ...]:
        """What belongs to no field of this form."""
        return (
            (FEISHU_ID, NOT_FEISHU),
            (WECOM_ID, NOT_WECOM),
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


def refuses_browser(user_agent: str) -> str:
    """WeChat's own browser cannot scan the code that it shows; WeCom's says MicroMessenger too."""
    return "in_wechat" if "micromessenger" in user_agent.lower() else ""


def site_warning(site: Site) -> Text | None:
    """Say why WeChat will refuse to send people back to this site, if it will.

    https://developers.weixin.qq.com/doc/oplatform/developers/troubleshooting/auth.html
    """
    if site.hostname == "localhost" or site.hostname.endswith(".localhost"):
        return _(
            "WeChat cannot send people back to localhost. They will read “redirect_uri 参数错误” "
            "there until the sign-in page has a public host name."
        )
    if is_ip_address(site.hostname):
        return _(
            "WeChat does not send people back to an IP address. They will read "
            "“redirect_uri 参数错误” there until the sign-in page has a host name."
        )
    if ":" in site.host:
        return _(
            "WeChat does not send people back to a host with a port. They will read "
            "“redirect_uri 参数错误” there until the sign-in page uses port 80 or 443."
        )
    return None


def is_ip_address(host: str) -> bool:
    """Whether browsers read the host as an address: also where a name stands before a number."""
    return ":" in host or host.rpartition(".")[2].isdigit()


def namespace(settings: Settings) -> str:
    """A unionid means nothing outside the Open Platform account that the 原始ID names."""
    return f"wechat:{settings['account_id']}"


GUIDE = (
    Step(
        title=_("Have the right account"),
        body=(
            _(
                "You need an account of the WeChat Open Platform (微信开放平台账号). "
                "It is not the same as an Official Account (微信公众平台账号): their apps have "
                "different ids, and one does not work in place of the other."
            ),
        ),
        links=((_("Open the WeChat Open Platform"), OPEN_PLATFORM),),
    ),
    Step(
        title=_("Wait until the app is approved"),
        body=(
            _(
                "Under 管理中心 > 网站应用, open the details page of your web app. "
                "It must say 已通过 (approved) and have the 微信登录 interface. "
                "If you have no web app yet, the appendix below shows how to create one."
            ),
        ),
    ),
    Step(
        title=_("Tell WeChat where people come back to"),
        body=(
            _(
                "On the details page, enter the callback domain from the card “Copy to the "
                "provider” as 授权回调域: the bare host, without https:// and without a path. "
                "WeChat accepts exactly this host, not its sub-domains."
            ),
        ),
    ),
    Step(
        title=_("Copy the AppID"),
        body=(_("It is at the top of the details page and begins with wx."),),
        field="client_id",
    ),
    Step(
        title=_("Copy the AppSecret"),
        body=(
            _(
                "WeChat shows it only once, when it is made. If you no longer have it, make a "
                "new one on the details page; the old one stops working at that moment."
            ),
        ),
        field="client_secret",
    ),
    Step(
        title=_("Copy the 原始ID"),
        body=(
            _(
                "It stands in the account centre (账号中心) of the Open Platform and begins "
                "with gh_. It says which account WeChat's ids of people belong to, so the "
                "same person stays the same when you add another WeChat app later."
            ),
        ),
        field="account_id",
    ),
)

APPENDIX = (
    Step(
        title=_("Create the web app (网站应用)"),
        body=(
            _(
                "Sign in to the Open Platform, go to 管理中心 > 网站应用 and click 创建网站应用. "
                "The account's developer qualification must be paid for and passed first. "
                "The form asks for:"
            ),
        ),
        links=((_("Open the WeChat Open Platform"), OPEN_PLATFORM),),
        table=(
            ("网站应用名称", _("Web app name"), _("What people read when they sign in.")),
            (
                "英文名称",
                _("Web app name in English"),
                _("What people whose WeChat speaks English read."),
            ),
            ("网站应用简介", _("Web app description"), _("Helps the reviewer understand the app.")),
            ("英文简介", _("Description in English"), _("May be left empty.")),
            (
                "应用官网",
                _("Official website"),
                _("A page that can be reached and shows what the description says."),
            ),
            ("网站应用图片", _("App icon"), _("Two pictures, 28×28 and 108×108 pixels.")),
            (
                "网站信息登记表扫描件",
                _("Scan of the website registration form"),
                _("Filled in, signed and stamped, with the app's and the company's details."),
            ),
            (
                "授权回调域",
                _("Authorized callback domain"),
                _("The domain of this project's sign-in page: see “Copy to the provider”."),
            ),
        ),
    ),
    Step(
        title=_("Pass the review"),
        body=(
            _("It takes one to seven working days. Usual reasons for refusal:"),
            _("• The name differs from the one on the stamped form."),
            _(
                "• The website's registered owner (主办单位) is not the account's, "
                "and no letter says why."
            ),
            _(
                "• The website lacks its name, a description, user agreement, privacy policy, "
                "ICP number or contact, or cannot be reached."
            ),
            _("• The same official website is used for several apps."),
            _("• The name contains 微信 or 腾讯, superlatives or only general words."),
        ),
    ),
    Step(
        title=_("Ask for 微信登录"),
        body=(
            _(
                "After approval, make sure that the details page lists 微信登录 as obtained "
                "(已获得). Without it people read “Scope 参数错误或没有 Scope 权限”."
            ),
        ),
    ),
)

COPIES = (
    Copyable(
        id="callback-domain",
        label=_("Authorized callback domain (授权回调域)"),
        help=_("WeChat wants the bare host: no scheme, no path, no port."),
        value=lambda site: site.hostname,
    ),
    Copyable(
        id="callback-url",
        label=_("Callback URL"),
        help=_("WeChat does not ask for it; it must lie on the domain above."),
        value=lambda site: site.callback_url,
    ),
)

BAD_CODE = _("Make sure that people do not reload the page while they sign in.")

# Codes and meanings: wechat.md's table, from
# https://developers.weixin.qq.com/doc/oplatform/developers/dev/auth/web.html and its siblings.
FAULTS = {
    "-1": Fault(
        outcome=Outcome.TEMPORARY,
        cause=_("WeChat said that its system is busy."),
        fix=_("Nothing to do unless it goes on; then see WeChat's status."),
    ),
    "40001": Fault(
        outcome=Outcome.RETRY,
        cause=_("WeChat no longer accepted the access token that it had just given."),
        fix=_(
            "If it goes on, look for another program that uses this app's tokens, "
            "or make a new AppSecret."
        ),
    ),
    "40002": Fault(
        outcome=Outcome.CONFIG,
        cause=_("WeChat did not accept the kind of grant (grant_type)."),
        fix=_("This is a fault of the program. Report it with the reference."),
    ),
    "40003": Fault(
        outcome=Outcome.RETRY,
        cause=_("WeChat did not know the openid that it had just given."),
        fix=_("If it goes on, report it to WeChat with its trace id (rid)."),
    ),
    "40013": Fault(
        outcome=Outcome.CONFIG,
        cause=_("WeChat does not know the AppID."),
        fix=_(
            "Compare the AppID with the app's details page. "
            "An Official Account's AppID does not work here."
        ),
    ),
    "40014": Fault(
        outcome=Outcome.RETRY,
        cause=_("WeChat refused the access token that it had just given."),
        fix=_("If it goes on, report it to WeChat with its trace id (rid)."),
    ),
    "40029": Fault(
        outcome=Outcome.RETRY,
        cause=_("The code was wrong, too old, or made for another app."),
        fix=BAD_CODE,
    ),
    "40125": Fault(
        outcome=Outcome.CONFIG,
        cause=_("WeChat does not accept the AppSecret."),
        fix=_("Replace the AppSecret with the present one, or make a new one at WeChat."),
    ),
    "40163": Fault(
        outcome=Outcome.RETRY,
        cause=_("The code had been used already."),
        fix=BAD_CODE,
    ),
    "40164": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The address of this server is not on the app's list of allowed addresses."),
        fix=_("Add the server's address to the list at WeChat."),
    ),
    "40226": Fault(
        outcome=Outcome.POLICY,
        cause=_("WeChat refused this person as a risk."),
        fix=_("Only the person can settle this with WeChat."),
        public=_("WeChat does not let this account sign in."),
    ),
    "40243": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The AppSecret is frozen."),
        fix=_("Unfreeze it at WeChat, or make a new one and replace it here."),
    ),
    "41002": Fault(
        outcome=Outcome.CONFIG,
        cause=_("WeChat received no AppID."),
        fix=_("Enter the AppID and save the connection."),
    ),
    "41004": Fault(
        outcome=Outcome.CONFIG,
        cause=_("WeChat received no AppSecret."),
        fix=_("Replace the AppSecret and save the connection."),
    ),
    "42001": Fault(
        outcome=Outcome.RETRY,
        cause=_("The access token had expired before the profile was read."),
        fix=_("Nothing to do unless it goes on; then check the server's clock."),
    ),
    "42003": Fault(
        outcome=Outcome.RETRY,
        cause=_("The code had expired."),
        fix=_("Nothing to do: the person took too long and can try again."),
    ),
    "45009": Fault(
        outcome=Outcome.TEMPORARY,
        cause=_("The app's daily quota at WeChat is used up."),
        fix=_("Wait until tomorrow, or ask WeChat for a higher quota."),
    ),
    "45011": Fault(
        outcome=Outcome.TEMPORARY,
        cause=_("WeChat limits the calls per minute, and the limit was reached."),
        fix=_("Nothing to do unless it goes on; then ask WeChat for a higher quota."),
    ),
    "48001": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The app may not read people's profiles."),
        fix=_("On the app's details page, 微信登录 must be obtained (已获得)."),
    ),
    "48004": Fault(
        outcome=Outcome.CONFIG,
        cause=_("WeChat has closed this interface for the app."),
        fix=_("See the notices in the Open Platform for the reason."),
    ),
    "50001": Fault(
        outcome=Outcome.RETRY,
        cause=_("The person had not allowed the app to read the profile."),
        fix=_("Nothing to do: the person can try again and allow it."),
    ),
    "50002": Fault(
        outcome=Outcome.POLICY,
        cause=_("WeChat has restricted this person's account."),
        fix=_("Only the person can settle this with WeChat."),
        public=_("WeChat does not let this account sign in."),
    ),
    "in_wechat": Fault(
        outcome=Outcome.POLICY,
        cause=_("The page was opened inside WeChat, which cannot scan its own QR code."),
        fix=_("Nothing to do: people are told to open the page in a computer's browser."),
        public=_(
            "WeChat cannot scan a code that it shows itself. Open the sign-in page in a "
            "computer's browser, then scan the code with your phone."
        ),
    ),
    "snapshot": Fault(
        outcome=Outcome.POLICY,
        cause=_("The page was a snapshot page, for which WeChat invents a person."),
        fix=_("Nothing to do: people are told to use the full service."),
        public=_(
            "This is a preview of the page. Tap “Use full service” (使用完整服务) in WeChat, "
            "then sign in again."
        ),
    ),
    "no_unionid": Fault(
        outcome=Outcome.CONFIG,
        cause=_("WeChat sent no unionid."),
        fix=_(
            "Bind the app to an Open Platform account. For a test account, switch on "
            "“Test account without unionid” under Advanced."
        ),
    ),
    "openid_mismatch": Fault(
        outcome=Outcome.REJECT,
        cause=_("The token and the profile that WeChat sent are of two different people."),
        fix=_("If it goes on, check the proxies between this server and WeChat."),
    ),
    "app_moved": Fault(
        outcome=Outcome.CONFIG,
        cause=_("WeChat knows this person by another unionid than before."),
        fix=_(
            "The app seems to have moved to another Open Platform account. "
            "If it has, enter that account's 原始ID."
        ),
    ),
}

PROVIDER = Definition(
    id="wechat_web",
    name=_("WeChat Web / 网站应用"),
    brand=_("WeChat"),
    summary=_("People scan a QR code with WeChat on their phone."),
    group=Group.CHINA,
    search_words=("weixin", "微信", "wechat", "open platform", "开放平台", "扫码"),
    documentation=DOCUMENTATION,
    form=WeChatWebForm,
    endpoints={
        "authorize": Endpoint(
            "/connect/qrconnect", base=OPEN_PLATFORM, base_setting="WECHAT_OPEN_BASE_URL"
        ),
        "token": Endpoint("/sns/oauth2/access_token", base=API, base_setting="WECHAT_API_BASE_URL"),
        "userinfo": Endpoint("/sns/userinfo", base=API, base_setting="WECHAT_API_BASE_URL"),
    },
    scopes=("snsapi_login",),
    login="connections.signin.wechat.provider.WeChatWebProvider",
    claims="connections.signin.wechat.claims.read",
    known_by="`unionid` under the Account ID, and (appid, `openid`)",
    namespace=namespace,
    button_labels={"en": "Sign in with WeChat", "zh-hans": "微信登录"},
    guide=GUIDE,
    appendix=APPENDIX,
    copies=COPIES,
    faults=FAULTS,
    picture_hosts=("thirdwx.qlogo.cn", "wx.qlogo.cn"),
    refuses_browser=refuses_browser,
    # https://developers.weixin.qq.com/doc/oplatform/developers/dev/auth/web.html
    code_refused=frozenset({"40029", "40163"}),
    site_warning=site_warning,
)
