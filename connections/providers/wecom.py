"""WeCom / 企业微信: members of one company sign in by its own app.

https://developer.work.weixin.qq.com/document/path/98151
"""

from __future__ import annotations

import re
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections.consoles import ConsoleForm, is_no_domain
from connections.domain_files import DomainFileForm
from connections.forms import PastedField, SecretField
from connections.models import Outcome
from connections.providers.definition import (
    Copyable,
    Definition,
    Endpoint,
    Fault,
    Group,
    Site,
    Step,
    Text,
)

DOCUMENTATION = "https://developer.work.weixin.qq.com/document/path/98151"
CONSOLE = "https://work.weixin.qq.com/wework_admin/frame"
API = "https://qyapi.weixin.qq.com"

AGENT_ID = re.compile(r"[0-9]{1,12}")
CORP_ID = re.compile(r"w[wx][0-9a-z]{16}", re.IGNORECASE)
SECRET = re.compile(r"[0-9A-Za-z_-]{43}")


class WeComForm(ConsoleForm, DomainFileForm):
    """What WeCom gives to a company and to its 自建 app."""

    field_order = ("client_id", "agent_id", "client_secret", "domain_file", "domain_file_content")
    advanced: ClassVar[tuple[str, ...]] = ("domain_file", "domain_file_content")
    domain_file_prefix = "WW_verify_"

    secret_shape = re.compile(r"(?<![0-9A-Za-z_-])[0-9A-Za-z_-]{43}(?![0-9A-Za-z_-])")
    secret_label = "Secret"  # noqa: S105 - the name of a field
    own = ("wecom", "wechat")
    id_shape = CORP_ID
    id_doubt = _("A CorpID usually begins with ww and has 18 letters and digits. Check it.")
    id_as_secret = _("This is a CorpID. The Secret stands on the app's page and has 43 characters.")
    mix_ups: ClassVar[tuple[tuple[re.Pattern[str], Text], ...]] = (
        (AGENT_ID, _("This is an AgentId. The CorpID (企业ID) is under 我的企业.")),
    )
    secret_pattern = SECRET
    secret_doubt = _("A Secret of WeCom usually has 43 characters. Check it.")

    client_id = PastedField(
        label=_("Client ID (CorpID)"),
        help_text=_("企业ID, under 我的企业 at the bottom. It begins with ww."),
    )
    agent_id = PastedField(
        label=_("App ID (AgentId)"),
        help_text=_("On the app's page. It is a number such as 1000002."),
    )
    client_secret = SecretField(
        label=_("Client Secret (Secret)"),
        help_text=_("On the app's page. WeCom sends it to the administrator's WeCom."),
    )

    domain_file = PastedField(
        label=_("Name of the domain file"),
        required=False,
        help_text=_("For example WW_verify_AbCdEf0123456789.txt. It is served at your host."),
    )

    def clean_agent_id(self) -> str:
        value: str = self.cleaned_data["agent_id"]
        if CORP_ID.fullmatch(value):
            raise ValidationError(
                _("This is a CorpID. The AgentId is a number on the app's page."), code="mixed_up"
            )
        if not AGENT_ID.fullmatch(value):
            raise ValidationError(
                _("An AgentId is a number such as 1000002. You find it on the app's page."),
                code="shape",
            )
        return value


def site_warning(site: Site) -> Text | None:
    """Say why WeCom will not take the host as 可信域名.

    https://developer.work.weixin.qq.com/document/path/98152
    """
    if is_no_domain(site):
        return _(
            "WeCom sends people back only to a registered domain that the app "
            "trusts (可信域名). They will read “redirect_uri 参数错误” there until the "
            "sign-in page has one."
        )
    return None


GUIDE = (
    Step(
        title=_("Create an app in the company's WeCom"),
        body=(
            _(
                "As an administrator, open 应用管理 > 自建 in the WeCom console and click "
                "创建应用. Under 可见范围, choose who may use it."
            ),
            _(
                "Only members of this company can sign in. Customers and other "
                "outside contacts are told that they cannot."
            ),
        ),
        links=((_("Open the WeCom console"), CONSOLE),),
    ),
    Step(
        title=_("Allow the sign-in page's domain"),
        body=(
            _(
                "On the app's page, open 网页授权及JS-SDK and enter the host from the "
                "card “Copy to the provider” as 可信域名, with its port if it has one."
            ),
            _(
                "Then open 企业微信授权登录 > Web网页 and enter the same host as 授权回调域. "
                "Without the first, sign-in inside WeCom fails; without the second, "
                "the QR code does."
            ),
            _(
                "If WeCom asks whose the domain is (申请校验域名), it offers a file "
                "WW_verify_….txt. Enter its name and content here under Advanced, save, and then "
                "confirm there."
            ),
        ),
    ),
    Step(
        title=_("Allow this server's address"),
        body=(
            _(
                "On the app's page, open 企业可信IP and enter the public address from "
                "which this server reaches the internet. WeCom answers 60020 to all "
                "others."
            ),
            _("WeCom takes the address only once the trusted domain (可信域名) is set."),
        ),
    ),
    Step(
        title=_("Copy the CorpID"),
        body=(_("It stands under 我的企业 > 企业信息, at the bottom, as 企业ID."),),
        field="client_id",
    ),
    Step(
        title=_("Copy the AgentId"),
        body=(_("It stands at the top of the app's page, under 应用管理."),),
        field="agent_id",
    ),
    Step(
        title=_("Copy the Secret"),
        body=(
            _(
                "Click 查看 beside Secret on the same page; WeCom sends it to your WeCom. "
                "Take this app's Secret, not that of 通讯录同步."
            ),
        ),
        field="client_secret",
    ),
)

COPIES = (
    Copyable(
        id="callback-domain",
        label=_("Trusted domain (可信域名, 授权回调域)"),
        help=_("WeCom wants the host with its port, if it has one: no scheme, no path."),
        value=lambda site: site.host,
    ),
)

AGAIN = _("Copy it again from the WeCom console and save the connection.")
BAD_CODE = _("Make sure that people do not reload the page while they sign in.")

# https://developer.work.weixin.qq.com/document/path/90313
FAULTS = {
    "-1": Fault(
        outcome=Outcome.TEMPORARY,
        cause=_("WeCom said that its system is busy."),
        fix=_("Nothing to do unless it goes on; then ask the provider."),
    ),
    "40001": Fault(
        outcome=Outcome.CONFIG,
        cause=_("WeCom does not accept the Secret."),
        fix=_("Copy the Secret from the page of the app whose AgentId is entered here."),
    ),
    "40013": Fault(outcome=Outcome.CONFIG, cause=_("WeCom does not know the CorpID."), fix=AGAIN),
    "40014": Fault(
        outcome=Outcome.RETRY,
        cause=_("WeCom no longer accepted the app's token, nor the new one."),
        fix=_("If it goes on, look for another program that uses this app's Secret."),
    ),
    "40029": Fault(
        outcome=Outcome.RETRY,
        cause=_("The code was wrong, too old, or made for another app."),
        fix=BAD_CODE,
    ),
    "40056": Fault(outcome=Outcome.CONFIG, cause=_("WeCom does not know the AgentId."), fix=AGAIN),
    "40091": Fault(
        outcome=Outcome.CONFIG,
        cause=_("WeCom does not accept the Secret."),
        fix=_("It may be that of another company. Copy CorpID and Secret from the same console."),
    ),
    "41002": Fault(outcome=Outcome.CONFIG, cause=_("WeCom received no CorpID."), fix=AGAIN),
    "41004": Fault(outcome=Outcome.CONFIG, cause=_("WeCom received no Secret."), fix=AGAIN),
    "42001": Fault(
        outcome=Outcome.RETRY,
        cause=_("The app's token at WeCom had expired."),
        fix=_("Nothing to do unless it goes on; then check the server's clock."),
    ),
    "42003": Fault(
        outcome=Outcome.RETRY,
        cause=_("The code had expired."),
        fix=_("Nothing to do: the person took too long and can try again."),
    ),
    "42022": Fault(outcome=Outcome.RETRY, cause=_("The code had been used already."), fix=BAD_CODE),
    "45009": Fault(
        outcome=Outcome.TEMPORARY,
        cause=_("The app has asked WeCom too often."),
        fix=_("Wait a while. If it goes on, look for another program that uses this app's Secret."),
    ),
    "48002": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The app may not use this interface of WeCom."),
        fix=_("Use an app that the company has made itself (自建)."),
    ),
    "50001": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The sign-in page's domain is not among the app's trusted domains (可信域名)."),
        fix=_("Enter the host from the card “Copy to the provider” at the app, port included."),
    ),
    "50003": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The app is switched off."),
        fix=_("Switch it on again under 应用管理 in the WeCom console."),
    ),
    "60011": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The app may not read this member."),
        fix=_("Add the member to the app's 可见范围."),
    ),
    "60020": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The address of this server is not among the app's trusted ones (企业可信IP)."),
        fix=_(
            "Enter the public address of this server as 企业可信IP on the app's page. It "
            "may change behind a proxy or NAT."
        ),
    ),
    "outsider": Fault(
        outcome=Outcome.POLICY,
        cause=_("The person is not a member of the company, but an outside contact."),
        fix=_("Nothing to do, or invite the person into the company at WeCom."),
        public=_("Only members of the company can sign in here with WeCom."),
    ),
}

PROVIDER = Definition(
    id="wecom",
    name=_("WeCom / 企业微信"),
    brand=_("WeCom"),
    summary=_("Members of your company sign in with WeCom, by QR code or inside the app."),
    group=Group.CHINA,
    search_words=(
        "企微",
        "wework",
        "wxwork",
        "weixin work",
        "wechat work",
        "qywx",
        "qyweixin",
        "企业号",
    ),
    documentation=DOCUMENTATION,
    form=WeComForm,
    endpoints={
        "authorize": Endpoint("/wwlogin/sso/login", base="https://login.work.weixin.qq.com"),
        "authorize_inside": Endpoint(
            "/connect/oauth2/authorize", base="https://open.weixin.qq.com"
        ),
        "token": Endpoint("/cgi-bin/gettoken", base=API),
        "userinfo": Endpoint("/cgi-bin/auth/getuserinfo", base=API),
        "user": Endpoint("/cgi-bin/user/get", base=API),
    },
    scopes=("snsapi_base",),
    login="connections.signin.wecom.WeComAdapter",
    claims="connections.signin.wecom.read",
    # A userid is unique in the company; WeCom has matched the Secret with the CorpID.
    known_by="`userid`, in the company",
    namespace=lambda settings: f"wecom:{settings['client_id'].lower()}",
    button_labels={"en": "Sign in with WeCom", "zh-hans": "企业微信登录"},
    guide=GUIDE,
    copies=COPIES,
    faults=FAULTS,
    code_refused=frozenset({"40029", "42003"}),
    picture_hosts=("wework.qpic.cn", "p.qlogo.cn", "wx.qlogo.cn", "shp.qpic.cn"),
    site_warning=site_warning,
)
