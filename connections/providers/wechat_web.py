"""WeChat Web / 网站应用: sign in by scanning a QR code with WeChat."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from connections.providers.definition import copy_steps, field_step, step
from connections.providers.families import wechat
from connections.providers.families.wechat import OPEN_PLATFORM
from connections.values.browsers import Browser
from connections.values.faults import not_allowed

OFFICIAL_ACCOUNT = "wechat_official_account"
FIELDS = (
    wechat.appid(
        help=_("On the app's details page, at the top. 18 characters that begin with wx."),
        original_id=_(
            "This is an 原始ID (it begins with gh_). The AppID begins with wx; you find it on the "
            "app's details page."
        ),
        sibling=OFFICIAL_ACCOUNT,
        sibling_text=_(
            "This is the AppID of the official account of this project. A web app (网站应用) has "
            "one of its own, on its details page on the Open Platform."
        ),
    ),
    wechat.APPSECRET_FIELD,
    wechat.account_id(
        _("Account ID (原始ID)"),
        help=_("In the Open Platform's account center (账号中心). It begins with gh_."),
        sibling=OFFICIAL_ACCOUNT,
    ),
    wechat.TEST_ACCOUNT,
)


def unsupported_browser(browser: Browser) -> str:
    """Return the cause in WeChat and WeCom, where a phone cannot scan its own screen."""
    return {Browser.WECHAT: "in_wechat", Browser.WECOM: "in_wecom"}.get(browser, "")


GUIDE = (
    step(
        _("Check that you have the right account"),
        _(
            "You need an account of the WeChat Open Platform (微信开放平台账号). An Official "
            "Account (微信公众平台账号) does not work here: its AppID is a different one."
        ),
        links=((_("Open the WeChat Open Platform"), OPEN_PLATFORM),),
    ),
    step(
        _("Wait until the app is approved"),
        _(
            "Under 管理中心 > 网站应用, open the details page of your web app. It must say 已通过 "
            "(approved) and have the 微信登录 interface. If you have no web app yet, the appendix "
            "below shows how to create one."
        ),
    ),
    step(
        _("Register the callback domain"),
        _(
            "On the details page, enter the callback domain from the card “Copy to the provider” "
            "as 授权回调域: the bare host, without https:// and without a path. WeChat accepts "
            "exactly this host, not its subdomains."
        ),
    ),
    *copy_steps(
        _("It is at the top of the details page and begins with wx."),
        _(
            "WeChat shows it only once, when it is created. If you lost it, reset it on the "
            "details page; the old one stops working immediately."
        ),
    ),
    field_step(
        "account_id",
        _(
            "You find it in the Open Platform's account center (账号中心); it begins with gh_. "
            "WeChat's user IDs belong to this account, so users keep their accounts when you add "
            "another WeChat app later."
        ),
    ),
)

APPENDIX = (
    step(
        _("Create the web app (网站应用)"),
        _(
            "Sign in to the Open Platform, go to 管理中心 > 网站应用 and click 创建网站应用. "
            "The account's developer qualification must be paid for and passed first. "
            "The form asks for:"
        ),
        links=((_("Open the WeChat Open Platform"), OPEN_PLATFORM),),
        table=(
            ("网站应用名称", _("Web app name"), _("Users see it when they sign in.")),
            (
                "英文名称",
                _("Web app name in English"),
                _("Users see it if their WeChat is in English."),
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
    step(
        _("Pass the review"),
        _("It takes one to seven working days. Usual reasons for refusal:"),
        _("• The name differs from the one on the stamped form."),
        _(
            "• The website's registered owner (主办单位) is not the account's, and there is no "
            "letter of authorization."
        ),
        _(
            "• The website lacks its name, a description, user agreement, privacy policy, "
            "ICP number or contact, or cannot be reached."
        ),
        _("• The same official website is used for several apps."),
        _("• The name contains 微信 or 腾讯, superlatives or only general words."),
    ),
    step(
        _("Get the 微信登录 interface"),
        _(
            "After approval, make sure that the details page lists 微信登录 as obtained (已获得). "
            "Otherwise users see “Scope 参数错误或没有 Scope 权限”."
        ),
    ),
)

FAULTS = {
    "in_wechat": not_allowed(
        _("The page was opened inside WeChat, which cannot scan its own QR code."),
        _(
            "WeChat cannot scan a code on its own screen. Open the sign-in page in a computer's "
            "browser, then scan the code with your phone."
        ),
        _("No action needed. The page asks the user to open it in a computer's browser."),
    ),
    "in_wecom": not_allowed(
        _("The page was opened inside WeCom, which shows no code that WeChat could scan."),
        _(
            "This is WeCom, not WeChat. Open the sign-in page in a computer's browser, "
            "then scan the code with WeChat on your phone."
        ),
        _("No action needed. The page asks the user to open it in a computer's browser."),
    ),
}

PROVIDER = wechat.wechat_provider(
    "wechat_web",
    FIELDS,
    GUIDE,
    authorize="/connect/qrconnect",
    protocol="connections.protocols.wechat.protocol.WeChatWebProtocol",
    scopes=("snsapi_login",),
    name=_("WeChat Web / 网站应用"),
    summary=_("Users scan a QR code with WeChat on their phone."),
    # `reauthentication` is empty: the QR code has to be scanned each time.
    search_words=("wx", "weixin", "微信", "wechat", "open platform", "开放平台", "扫码"),
    documentation="https://developers.weixin.qq.com/doc/oplatform/Website_App/WeChat_Login/Wechat_Login.html",
    sibling=OFFICIAL_ACCOUNT,
    appendix=APPENDIX,
    domain_label=_("Authorized callback domain (授权回调域)"),
    faults=FAULTS,
    unsupported_browser=unsupported_browser,
    preferred_browsers=frozenset({Browser.DESKTOP}),
)
