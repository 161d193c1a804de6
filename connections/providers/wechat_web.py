"""WeChat Web / 网站应用: sign in by scanning a QR code with WeChat.

https://developers.weixin.qq.com/doc/oplatform/Website_App/WeChat_Login/Wechat_Login.html
"""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from connections import wechat, wechat_faults
from connections.browsers import Browser
from connections.models import Outcome
from connections.providers.definition import (
    Copyable,
    Definition,
    Endpoint,
    Fault,
    Group,
    Step,
    Text,
)
from connections.wechat import API, OPEN_PLATFORM, WeChatForm

DOCUMENTATION = (
    "https://developers.weixin.qq.com/doc/oplatform/Website_App/WeChat_Login/Wechat_Login.html"
)


class WeChatWebForm(WeChatForm):
    """What WeChat's Open Platform gives to an approved 网站应用."""

    siblings: ClassVar[tuple[str, ...]] = ("wechat_official_account",)
    appid_of_sibling: ClassVar[Text] = _(
        "This is the AppID of the official account of this project. A web app (网站应用) has one "
        "of its own, on its details page on the Open Platform."
    )


def refuses_browser(browser: Browser) -> str:
    """Say why a phone cannot scan the code that it shows itself."""
    return {Browser.WECHAT: "in_wechat", Browser.WECOM: "in_wecom"}.get(browser, "")


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

FAULTS = {
    **wechat_faults.FAULTS,
    "in_wechat": Fault(
        outcome=Outcome.POLICY,
        cause=_("The page was opened inside WeChat, which cannot scan its own QR code."),
        fix=_("Nothing to do: people are told to open the page in a computer's browser."),
        public=_(
            "WeChat cannot scan a code that it shows itself. Open the sign-in page in a "
            "computer's browser, then scan the code with your phone."
        ),
    ),
    "in_wecom": Fault(
        outcome=Outcome.POLICY,
        cause=_("The page was opened inside WeCom, which shows no code that WeChat could scan."),
        fix=_("Nothing to do: people are told to open the page in a computer's browser."),
        public=_(
            "This is WeCom, not WeChat. Open the sign-in page in a computer's browser, "
            "then scan the code with WeChat on your phone."
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
    namespace=wechat.namespace,
    button_labels={"en": "Sign in with WeChat", "zh-hans": "微信登录"},
    guide=GUIDE,
    appendix=APPENDIX,
    copies=COPIES,
    faults=FAULTS,
    picture_hosts=wechat.PICTURE_HOSTS,
    refuses_browser=refuses_browser,
    one_button=wechat.one_button,
    at_home_in=frozenset({Browser.DESKTOP}),
    site_warning=wechat.site_warning,
    # https://developers.weixin.qq.com/doc/oplatform/developers/dev/auth/web.html
    code_refused=frozenset({"40029", "40163"}),
)
