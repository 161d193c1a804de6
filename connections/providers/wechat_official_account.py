"""WeChat Official Account / 服务号: sign in inside WeChat's own browser."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections.fields.field import Check
from connections.providers.definition import BrowserFallback, field_step, step
from connections.providers.families import wechat
from connections.providers.families.domain_files import domain_file
from connections.providers.families.wechat import OPEN_PLATFORM
from connections.values.browsers import Browser
from connections.values.faults import misconfigured, not_allowed, unavailable

CONSOLE = "https://mp.weixin.qq.com"
# Which accounts can be bound, and where.
BINDING = "https://developers.weixin.qq.com/doc/oplatform/developers/product/open/bind.html"
TEST_ACCOUNT = "https://mp.weixin.qq.com/debug/cgi-bin/sandbox?t=sandbox/login"

NOT_AN_ORIGINAL_ID = _(
    "An 原始ID begins with gh_, for example gh_0123456789ab. "
    "You find it in the official account's console."
)
SAME_ID = _(
    "Both fields have the same 原始ID, but they must differ. The Account ID is that of the Open "
    "Platform account (open.weixin.qq.com, account center 账号中心), the other one that of the "
    "official account (mp.weixin.qq.com)."
)

WEB_APP = "wechat_web"


def check_original_id(found: Check, value: str) -> None:
    """Raise ValidationError for the 原始ID of the Open Platform account."""
    others = [each.settings for each in found.context.siblings if each.provider == WEB_APP]
    if any(each.get("account_id") == value for each in others):
        raise ValidationError(
            _(
                "This is the Account ID that WeChat Web has: the 原始ID of the Open Platform "
                "account. It belongs in the field “Account ID”."
            ),
            code="known_mistake",
        )


def check(found: Check) -> None:
    """Refuse the same 原始ID in both fields, except for test accounts."""
    account = found.values.get("account_id")
    same = account and account == found.values.get("official_account_id")
    if same and not found.values["test_account"]:
        found.error("account_id", "known_mistake", SAME_ID)


FIELDS = (
    wechat.appid(
        help=_("In the official account's console. 18 characters that begin with wx."),
        original_id=_(
            "This is an 原始ID (it begins with gh_). The AppID begins with wx; you find it in the "
            "official account's console."
        ),
        sibling=WEB_APP,
        sibling_text=_(
            "This is the AppID of the web app (网站应用) of this project. The official account has "
            "one of its own, in its console at mp.weixin.qq.com."
        ),
    ),
    wechat.APPSECRET_FIELD,
    wechat.account_id(
        _("Account ID (原始ID of the Open Platform account)"),
        help=_(
            "The same as in WeChat Web: that of the Open Platform account to which the official "
            "account is bound. With it, a user has the same account both ways."
        ),
        sibling=WEB_APP,
    ),
    wechat.original_id(
        "official_account_id",
        _("The official account's own 原始ID"),
        help=_(
            "Not the Account ID: you find it in the official account's console, under its account "
            "details. It begins with gh_."
        ),
        appid=_(
            "This is an AppID (it begins with wx). The 原始ID begins with gh_; you find it in the "
            "official account's console."
        ),
        wrong=NOT_AN_ORIGINAL_ID,
        check=check_original_id,
    ),
    *domain_file("MP_verify_"),
    wechat.TEST_ACCOUNT,
)


def unsupported_browser(browser: Browser) -> str:
    """Return the cause in all other browsers, where WeChat shows “请在微信客户端打开链接”."""
    return "" if browser is Browser.WECHAT else "outside_wechat"


BROWSER_FALLBACK = BrowserFallback(
    title=_("Continue in WeChat"),
    text=_("You sign in with WeChat inside the WeChat app."),
    steps=(
        _("Copy the link."),
        _("Open WeChat and send the link to a chat, for example to File Transfer (文件传输助手)."),
        _("Tap the link there, and sign in on the page that opens."),
    ),
    here=_("Show a QR code here"),
    here_help=_(
        "Or open the link on a computer and scan the code there. With another device at hand, "
        "you can also scan it from this screen:"
    ),
)

GUIDE = (
    step(
        _("Have a certified 服务号"),
        _(
            "Only a certified service account (已认证的服务号) can sign users in. With a "
            "subscription account (订阅号), or without certification, users see the error 10005."
        ),
        _(
            "To try it first, use a test account (测试号). It has no unionid, so turn on “Test "
            "account without unionid” under “Advanced settings”."
        ),
        links=(
            (_("Open the official account's console"), CONSOLE),
            (_("Get a test account"), TEST_ACCOUNT),
        ),
    ),
    field_step(
        "client_id",
        _(
            "In the console, under 设置与开发 > 开发接口管理 > 基本配置. A web app (网站应用) of "
            "the Open Platform has another AppID, even if both belong to one company."
        ),
    ),
    field_step(
        "client_secret",
        _(
            "On the same page. WeChat shows it only once, when it is created. If you reset it, "
            "the old one stops working immediately."
        ),
        _(
            "If the page has an IP allowlist (IP白名单), add this server's public IP address. "
            "Otherwise sign-in fails with 40164."
        ),
    ),
    step(
        _("Bind the official account, and copy the Account ID"),
        _(
            "On the Open Platform, bind the official account under 管理中心 > 公众账号. Only then "
            "does WeChat send the unionid, which is the same in all your apps there."
        ),
        _(
            "Then copy the 原始ID of the Open Platform account from its account center "
            "(账号中心). It is the same that WeChat Web asks for: where both name it, the "
            "sign-in page shows one WeChat button."
        ),
        field="account_id",
        links=(
            (_("Open the WeChat Open Platform"), OPEN_PLATFORM),
            (_("How accounts are bound"), BINDING),
        ),
    ),
    step(
        _("Copy the official account's own 原始ID"),
        _(
            "In the official account's console, under 设置与开发 > 账号设置 > 账号详情. It also "
            "begins with gh_, but differs from the Account ID."
        ),
        field="official_account_id",
    ),
    step(
        _("Enter the web authorization domain (网页授权域名)"),
        _(
            "In the official account's console, under 设置与开发 > 账号设置 > 功能设置, open "
            "网页授权域名. It offers a file to download, MP_verify_….txt."
        ),
        _(
            "Enter the file's name and content here and save this connection, so that Menkou "
            "serves the file at your domain. Then enter the host from the card “Copy to the "
            "provider” at WeChat and save it there."
        ),
        field="domain_file",
    ),
)

# Messages of WeChat's own page, from which users do not return:
# https://developers.weixin.qq.com/doc/oplatform/developers/troubleshooting/auth.html
ON_WECHATS_PAGE = {
    "10003": misconfigured(
        _("The callback's host is not the 网页授权域名 of the official account."),
        _("Enter exactly this project's host there, without a port."),
    ),
    "10004": misconfigured(
        _("WeChat has banned the official account."),
        _("See the notices in the official account's console for the reason."),
    ),
    "10005": misconfigured(
        _("The account is not allowed to read user profiles."),
        _("Use the AppID of a certified 服务号: not of a 订阅号, a 网站应用 or a mini program."),
    ),
    "10006": not_allowed(
        _("The user does not follow the test account."),
        _("Follow the test account in WeChat first, then sign in again."),
        _("Let the user scan the test account's own QR code first."),
    ),
    "10009": unavailable(
        _("WeChat blocked the user for too many attempts."),
        _("No action needed. The user can try again later."),
    ),
    "10015": misconfigured(
        _("The official account has not authorized the third-party platform that asks."),
        _("Enter the official account's own AppID."),
    ),
    "10016": misconfigured(
        _("The AppID is one of the Open Platform, where an official account's is needed."),
        _("Copy the AppID from the official account's console."),
    ),
}

FAULTS = {
    **ON_WECHATS_PAGE,
    "40013": misconfigured(
        _("WeChat does not recognize the AppID."),
        _(
            "Check the AppID in the official account's console. A web app's AppID does not work "
            "here."
        ),
    ),
    "40164": misconfigured(
        _("This server's IP address is not on the app's IP allowlist."),
        _("Add the IP address that WeChat reports to the allowlist (IP白名单) in the console."),
    ),
    "48001": misconfigured(
        _("The app is not allowed to read user profiles."),
        _("The official account must be a certified 服务号 with 网页授权获取用户基本信息."),
    ),
    "no_unionid": misconfigured(
        _("WeChat did not return a unionid."),
        _(
            "Bind the official account to the Open Platform account, under 管理中心 > 公众账号. "
            "For a test account, turn on “Test account without unionid” under “Advanced settings”."
        ),
    ),
    "outside_wechat": not_allowed(
        _("The page was opened outside WeChat, where an official account cannot sign users in."),
        _("This works inside WeChat only. Open the sign-in page in WeChat."),
        _("Add WeChat Web with the same Account ID for users at a computer."),
    ),
}

APPENDIX = (
    step(
        _("Errors that users may see at WeChat"),
        _(
            "Some mistakes end on a page at WeChat that shows an error code. Users do not return "
            "from it, so there is no record here."
        ),
        table=tuple((code, each.cause, each.remedy) for code, each in ON_WECHATS_PAGE.items()),
    ),
)

PROVIDER = wechat.wechat_provider(
    "wechat_official_account",
    FIELDS,
    GUIDE,
    authorize="/connect/oauth2/authorize",
    protocol="connections.protocols.wechat.protocol.WeChatProtocol",
    # `reauthentication` is empty: whoever is inside WeChat is signed in there, and WeChat documents
    # nothing that asks again.
    # The silent scope snsapi_base provides neither a unionid nor a name.
    scopes=("snsapi_userinfo",),
    name=_("WeChat Official Account / 服务号"),
    summary=_("Users who open the page inside WeChat sign in with a tap."),
    search_words=(
        "wx",
        "gzh",
        "fwh",
        "weixin",
        "微信",
        "wechat",
        "service account",
        "公众号",
        "公众平台",
        "服务号",
        "网页授权",
        "H5",
    ),
    documentation="https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html",
    check=check,
    sibling=WEB_APP,
    appendix=APPENDIX,
    domain_label=_("Web authorization domain (网页授权域名)"),
    faults=FAULTS,
    unsupported_browser=unsupported_browser,
    browser_fallback=BROWSER_FALLBACK,
    preferred_browsers=frozenset({Browser.WECHAT}),
    says_of_site="10003",
)
