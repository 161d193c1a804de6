"""WeChat Official Account / 服务号: sign in inside WeChat's own browser.

https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html
"""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections import wechat, wechat_faults
from connections.browsers import Browser
from connections.domain_files import DomainFileForm
from connections.forms import PastedField, SecretField, mixed_up
from connections.models import Outcome
from connections.providers.definition import (
    Copyable,
    Definition,
    Elsewhere,
    Endpoint,
    Fault,
    Group,
    Step,
    Text,
)
from connections.wechat import ANY_APPID, API, OPEN_PLATFORM, WeChatForm

DOCUMENTATION = (
    "https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html"
)
CONSOLE = "https://mp.weixin.qq.com"
# Which accounts can be bound, and where.
BINDING = "https://developers.weixin.qq.com/doc/oplatform/developers/product/open/bind.html"
TEST_ACCOUNT = "https://mp.weixin.qq.com/debug/cgi-bin/sandbox?t=sandbox/login"


class OfficialAccountForm(WeChatForm, DomainFileForm):
    """What the console of a certified 服务号 says, and the Open Platform account it is bound to."""

    field_order = (
        "client_id",
        "client_secret",
        "account_id",
        "official_account_id",
        "domain_file",
        "domain_file_content",
        "test_account",
    )
    siblings: ClassVar[tuple[str, ...]] = ("wechat_web",)
    appid_of_sibling: ClassVar[Text] = _(
        "This is the AppID of the web app (网站应用) of this project. The official account has one "
        "of its own, in its console at mp.weixin.qq.com."
    )
    original_id_as_appid: ClassVar[Text] = _(
        "This is an 原始ID (it begins with gh_). The AppID begins with wx; "
        "you find it in the official account's console."
    )
    not_feishu: ClassVar[Text] = _(
        "This is an id from Feishu (cli_…), and not one of a WeChat official account."
    )
    not_wecom: ClassVar[Text] = _(
        "This is a WeCom CorpID (ww…). WeCom is another product, with an entry of its own."
    )

    client_id = PastedField(
        label=_("Client ID (AppID)"),
        help_text=_("In the official account's console. It begins with wx."),
    )
    client_secret = SecretField(
        label=_("Client Secret (AppSecret)"),
        help_text=_("Shown once when it is made. If it is lost, make a new one there."),
    )
    account_id = PastedField(
        label=_("Account ID (原始ID of the Open Platform account)"),
        help_text=_(
            "The same as in WeChat Web: that of the Open Platform account to which the official "
            "account is bound. With it, a person is the same end user both ways."
        ),
    )
    official_account_id = PastedField(
        label=_("The official account's own 原始ID"),
        help_text=_(
            "Another one than the Account ID: in the official account's console, under its "
            "account details. It begins with gh_."
        ),
    )

    def clean_official_account_id(self) -> str:
        mixed_up(
            self.cleaned_data["official_account_id"],
            (
                (
                    ANY_APPID,
                    _(
                        "This is an AppID (it begins with wx). The 原始ID begins with gh_; "
                        "you find it in the official account's console."
                    ),
                ),
                *self.foreign_values(),
            ),
        )
        value = self.original_id("official_account_id", NOT_AN_ORIGINAL_ID)
        if any(each.settings.get("account_id") == value for each in self.sibling_connections()):
            raise ValidationError(
                _(
                    "This is the Account ID that WeChat Web has: the 原始ID of the Open Platform "
                    "account. It belongs in the field “Account ID”."
                ),
                code="mixed_up",
            )
        return value

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        account = cleaned.get("account_id")
        same = account and account == cleaned.get("official_account_id")
        # A test account is bound to nothing, so it has one 原始ID only.
        if same and not cleaned.get("test_account"):
            self.add_error("account_id", ValidationError(SAME_ID, code="mixed_up"))
        return cleaned


NOT_AN_ORIGINAL_ID = _(
    "An 原始ID begins with gh_, for example gh_0123456789ab. "
    "You find it in the official account's console."
)
SAME_ID = _(
    "Both fields have the same 原始ID, but there are two. The Account ID is that of the Open "
    "Platform account (open.weixin.qq.com, account centre 账号中心), the other one that of the "
    "official account (mp.weixin.qq.com)."
)


def refuses_browser(browser: Browser) -> str:
    """WeChat answers “请在微信客户端打开链接” anywhere else, in WeCom as well."""
    return "" if browser is Browser.WECHAT else "outside_wechat"


ELSEWHERE = Elsewhere(
    title=_("Continue in WeChat"),
    text=_("Signing in with WeChat goes on inside the WeChat app."),
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
    Step(
        title=_("Have a certified 服务号"),
        body=(
            _(
                "Only a certified service account (已认证的服务号) may sign people in. "
                "A subscription account (订阅号) and one without certification cannot: "
                "people read the error 10005."
            ),
            _(
                "To try it first, WeChat lends test accounts (测试号). They have no unionid, so "
                "switch on “Test account without unionid” under Advanced."
            ),
        ),
        links=(
            (_("Open the official account's console"), CONSOLE),
            (_("Get a test account"), TEST_ACCOUNT),
        ),
    ),
    Step(
        title=_("Copy the AppID"),
        body=(
            _(
                "In the console, under 设置与开发 > 开发接口管理 > 基本配置. It is not that of a "
                "web app (网站应用) of the Open Platform, even where both belong to one company."
            ),
        ),
        field="client_id",
    ),
    Step(
        title=_("Copy the AppSecret"),
        body=(
            _(
                "On the same page. WeChat shows it only once, when it is made; making a new one "
                "ends the old one at that moment."
            ),
            _(
                "If the page has an IP whitelist (IP白名单), add the address from which this "
                "server reaches the internet; else people's sign-ins end with 40164."
            ),
        ),
        field="client_secret",
    ),
    Step(
        title=_("Bind the official account, and copy the Account ID"),
        body=(
            _(
                "On the Open Platform, bind the official account under 管理中心 > 公众账号. Only "
                "then does WeChat tell the unionid, by which a person is the same in all your "
                "apps there."
            ),
            _(
                "Then copy the 原始ID of the Open Platform account from its account centre "
                "(账号中心). It is the same that WeChat Web asks for: where both name it, the "
                "sign-in page shows one WeChat button."
            ),
        ),
        field="account_id",
        links=(
            (_("Open the WeChat Open Platform"), OPEN_PLATFORM),
            (_("How accounts are bound"), BINDING),
        ),
    ),
    Step(
        title=_("Copy the official account's own 原始ID"),
        body=(
            _(
                "In the official account's console, under 设置与开发 > 账号设置 > 账号详情. It "
                "also begins with gh_, but it is another one than the Account ID."
            ),
        ),
        field="official_account_id",
    ),
    Step(
        title=_("Enter the web authorization domain (网页授权域名)"),
        body=(
            _(
                "In the official account's console, under 设置与开发 > 账号设置 > 功能设置, open "
                "网页授权域名. It offers a file to download, MP_verify_….txt."
            ),
            _(
                "Enter the file's name and content here and save this connection: the file is then "
                "served at your host. After that, enter the host from the card “Copy to the "
                "provider” at WeChat and save there, too."
            ),
        ),
        field="domain_file",
    ),
)

COPIES = (
    Copyable(
        id="callback-domain",
        label=_("Web authorization domain (网页授权域名)"),
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

# What WeChat's own page says to people, who then never come back:
# https://developers.weixin.qq.com/doc/oplatform/developers/troubleshooting/auth.html
ON_WECHATS_PAGE = {
    "10003": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The callback's host is not the 网页授权域名 of the official account."),
        fix=_("Enter exactly this project's host there, without a port."),
    ),
    "10004": Fault(
        outcome=Outcome.CONFIG,
        cause=_("WeChat has banned the official account."),
        fix=_("See the notices in the official account's console for the reason."),
    ),
    "10005": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The account may not ask for people's profiles."),
        fix=_(
            "Use the AppID of a certified 服务号: not of a 订阅号, a 网站应用 or a mini program."
        ),
    ),
    "10006": Fault(
        outcome=Outcome.POLICY,
        cause=_("The person does not follow the test account."),
        fix=_("Let the person scan the test account's own QR code first."),
        public=_("Follow the test account in WeChat first, then sign in again."),
    ),
    "10009": Fault(
        outcome=Outcome.TEMPORARY,
        cause=_("WeChat found that somebody tried too often."),
        fix=_("Nothing to do: the person can try again later."),
    ),
    "10015": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The official account has not authorized the third-party platform that asks."),
        fix=_("Enter the official account's own AppID."),
    ),
    "10016": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The AppID is one of the Open Platform, where an official account's is needed."),
        fix=_("Copy the AppID from the official account's console."),
    ),
}

FAULTS = {
    **wechat_faults.FAULTS,
    **ON_WECHATS_PAGE,
    "40013": Fault(
        outcome=Outcome.CONFIG,
        cause=_("WeChat does not know the AppID."),
        fix=_(
            "Compare the AppID with the official account's console. "
            "A web app's AppID does not work here."
        ),
    ),
    "40164": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The address of this server is not on the app's list of allowed addresses."),
        fix=_("Add the address that WeChat names to the IP whitelist (IP白名单) in the console."),
    ),
    "48001": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The app may not read people's profiles."),
        fix=_("The official account must be a certified 服务号 with 网页授权获取用户基本信息."),
    ),
    "no_unionid": Fault(
        outcome=Outcome.CONFIG,
        cause=_("WeChat sent no unionid."),
        fix=_(
            "Bind the official account to the Open Platform account, under 管理中心 > 公众账号. "
            "For a test account, switch on “Test account without unionid” under Advanced."
        ),
    ),
    "outside_wechat": Fault(
        outcome=Outcome.POLICY,
        cause=_("The page was opened outside WeChat, where an official account signs nobody in."),
        fix=_("Add WeChat Web with the same Account ID for people at a computer."),
        public=_("This works inside WeChat only. Open the sign-in page in WeChat."),
    ),
}

APPENDIX = (
    Step(
        title=_("What people may read at WeChat"),
        body=(
            _(
                "Some mistakes end on a page of WeChat's own that shows a number. People do not "
                "come back from it, so no record is kept here."
            ),
        ),
        table=tuple((code, each.cause, each.fix) for code, each in ON_WECHATS_PAGE.items()),
    ),
)

PROVIDER = Definition(
    id="wechat_official_account",
    name=_("WeChat Official Account / 服务号"),
    brand=_("WeChat"),
    summary=_("People who open the page inside WeChat sign in with a tap."),
    group=Group.CHINA,
    search_words=(
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
    documentation=DOCUMENTATION,
    form=OfficialAccountForm,
    endpoints={
        "authorize": Endpoint(
            "/connect/oauth2/authorize", base=OPEN_PLATFORM, base_setting="WECHAT_OPEN_BASE_URL"
        ),
        "token": Endpoint("/sns/oauth2/access_token", base=API, base_setting="WECHAT_API_BASE_URL"),
        "userinfo": Endpoint("/sns/userinfo", base=API, base_setting="WECHAT_API_BASE_URL"),
    },
    # The silent snsapi_base tells neither a unionid nor a name.
    scopes=("snsapi_userinfo",),
    login="connections.signin.wechat.provider.OfficialAccountProvider",
    claims="connections.signin.wechat.claims.read",
    known_by="`unionid` under the Account ID, and (appid, `openid`)",
    namespace=wechat.namespace,
    button_labels={"en": "Sign in with WeChat", "zh-hans": "微信登录"},
    guide=GUIDE,
    appendix=APPENDIX,
    copies=COPIES,
    faults=FAULTS,
    code_refused=frozenset({"40029", "40163"}),
    picture_hosts=wechat.PICTURE_HOSTS,
    refuses_browser=refuses_browser,
    elsewhere=ELSEWHERE,
    one_button=wechat.one_button,
    at_home_in=frozenset({Browser.WECHAT}),
    site_warning=partial(wechat.site_warning, said="10003"),
)
