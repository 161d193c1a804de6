"""WeCom / 企业微信: members of one company sign in through its own app."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _

from connections.fields.access import Membership
from connections.fields.common import client_id, client_secret, only, provider_id, usual
from connections.fields.field import Text
from connections.protocols.wecom import PICTURE_HOSTS
from connections.providers.definition import Group, copy_host, field_step, step
from connections.providers.families.consoles import foreign, is_no_domain
from connections.providers.families.domain_files import domain_file
from connections.providers.families.social import social_provider
from connections.values.claims import IdentityClaims
from connections.values.failures import OAUTH_FAULTS
from connections.values.faults import (
    EXPIRED_CODE,
    USED_CODE,
    WRONG_CODE,
    misconfigured,
    not_allowed,
    try_again,
    unavailable,
)
from connections.values.sites import Site

CONSOLE = "https://work.weixin.qq.com/wework_admin/frame"

AGENT_ID = re.compile(r"[0-9]{1,12}")
CORP_ID = re.compile(r"w[wx][0-9a-z]{16}", re.IGNORECASE)

FIELDS = (
    client_id(
        _("Client ID (CorpID)"),
        _("企业ID, under 我的企业. It begins with ww."),
        differs_from=("agent_id",),
        # Some CorpIDs begin with wx, as WeChat's AppIDs do.
        mistakes=foreign("wecom", "wechat"),
        shape=usual(CORP_ID),
    ),
    provider_id(
        "agent_id",
        _("App ID (AgentId)"),
        _("It is a number such as 1000002."),
        mistakes={CORP_ID: _("This is a CorpID. The AgentId is a number on the app's page.")},
        shape=only(
            AGENT_ID, _("An AgentId is a number such as 1000002. You find it on the app's page.")
        ),
    ),
    client_secret(
        _("Client Secret (Secret)"),
        _("43 characters."),
        stray=re.compile(r"(?<![0-9A-Za-z_-])[0-9A-Za-z_-]{43}(?![0-9A-Za-z_-])"),
        mistakes=foreign("wecom", "wechat"),
        shape=usual(r"[0-9A-Za-z_-]{43}"),
    ),
    *domain_file("WW_verify_", advanced=True),
)


def site_warning(site: Site) -> Text | None:
    """Return why WeCom will not accept the host as 可信域名, or None.

    https://developer.work.weixin.qq.com/document/path/98152
    """
    if is_no_domain(site):
        return _(
            "WeCom sends users back only to a registered domain that the app trusts (可信域名). "
            "Otherwise they see “redirect_uri 参数错误”."
        )
    return None


GUIDE = (
    step(
        _("Create an app in the company's WeCom"),
        _(
            "As an administrator, open 应用管理 > 自建 in the WeCom console and click "
            "创建应用. Under 可见范围, choose who may use it."
        ),
        _("Only members of this company can sign in. Customers and other outside contacts cannot."),
        links=((_("Open the WeCom console"), CONSOLE),),
    ),
    step(
        _("Register the callback domain"),
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
            "If WeCom asks you to verify the domain (申请校验域名), it offers a file "
            "WW_verify_….txt. Enter its name and content here under “Advanced settings”, save, "
            "and then confirm at WeCom."
        ),
    ),
    step(
        _("Allow this server's address"),
        _(
            "On the app's page, open 企业可信IP and enter the public address from "
            "which this server reaches the internet. WeCom answers 60020 to all "
            "others."
        ),
        _("WeCom takes the address only once the trusted domain (可信域名) is set."),
    ),
    field_step("client_id", _("At the bottom of 我的企业 > 企业信息, as 企业ID.")),
    field_step("agent_id", _("At the top of the app's page, under 应用管理.")),
    field_step(
        "client_secret",
        _(
            "Click 查看 beside Secret on the same page; WeCom sends it to your WeCom. "
            "Take this app's Secret, not that of 通讯录同步."
        ),
    ),
)

COPIES = (
    copy_host(
        _("Trusted domain (可信域名, 授权回调域)"),
        _("WeCom wants the host with its port, if it has one: no scheme, no path."),
    ),
)

AGAIN = _("Copy it again from the WeCom console and save the connection.")

# https://developer.work.weixin.qq.com/document/path/90313
FAULTS = {
    "-1": OAUTH_FAULTS["temporarily_unavailable"],
    "40001": misconfigured(
        _("WeCom does not accept the Secret."),
        _("Copy the Secret from the page of the app whose AgentId is entered here."),
    ),
    "40013": misconfigured(_("WeCom does not recognize the CorpID."), AGAIN),
    "40014": try_again(
        _("WeCom no longer accepted the app's token, nor the new one."),
        _("If it continues, look for another program that uses this app's Secret."),
    ),
    "40029": WRONG_CODE,
    "40056": misconfigured(_("WeCom does not recognize the AgentId."), AGAIN),
    "40091": misconfigured(
        _("WeCom does not accept the Secret."),
        _("It may be that of another company. Copy CorpID and Secret from the same console."),
    ),
    "41002": misconfigured(_("WeCom received no CorpID."), AGAIN),
    "41004": misconfigured(_("WeCom received no Secret."), AGAIN),
    "42001": try_again(
        _("The app's token at WeCom had expired."),
        _("Usually temporary. If it continues, check the server's clock."),
    ),
    "42003": EXPIRED_CODE,
    "42022": USED_CODE,
    "45009": unavailable(
        _("The app has sent WeCom too many requests."),
        _("Wait a while. If it continues, look for another program that uses this app's Secret."),
    ),
    "48002": misconfigured(
        _("The app may not use this interface of WeCom."),
        _("Use an app that the company has made itself (自建)."),
    ),
    "50001": misconfigured(
        _("The sign-in page's domain is not among the app's trusted domains (可信域名)."),
        _("Enter the host from the card “Copy to the provider” at the app, port included."),
    ),
    "50003": misconfigured(
        _("The app is turned off."), _("Turn it on under 应用管理 in the WeCom console.")
    ),
    "60011": misconfigured(
        _("The app may not read this member."), _("Add the member to the app's 可见范围.")
    ),
    "60020": misconfigured(
        _("The address of this server is not among the app's trusted ones (企业可信IP)."),
        _(
            "Enter the public address of this server as 企业可信IP on the app's page. It "
            "may change behind a proxy or NAT."
        ),
    ),
    "outsider": not_allowed(
        _("The user is not a member of the company, but an outside contact."),
        _("Only members of the company can sign in here with WeCom."),
        _("No action needed, or invite the user to the company in WeCom."),
    ),
}

PROVIDER = social_provider(
    "wecom",
    _("WeCom"),
    FIELDS,
    GUIDE,
    authorize="https://login.work.weixin.qq.com/wwlogin/sso/login",
    tokens="https://qyapi.weixin.qq.com/cgi-bin/gettoken",
    userinfo="https://qyapi.weixin.qq.com/cgi-bin/auth/getuserinfo",
    more_endpoints={
        "authorize_inside": "https://open.weixin.qq.com/connect/oauth2/authorize",
        "user": "https://qyapi.weixin.qq.com/cgi-bin/user/get",
    },
    protocol="connections.protocols.wecom.WeComProtocol",
    scopes=("snsapi_base",),
    claims="connections.protocols.wecom.parse_claims",
    # A userid is unique in the company, and WeCom has checked that the Secret belongs to the
    # CorpID.
    known_by="`userid`, in the company",
    namespace=lambda settings: f"wecom:{settings['client_id'].lower()}",
    # In lower case, as WeCom does not distinguish case in userids.
    identity_claims=IdentityClaims(subject=("userid",), settings={"corpid": "client_id"}),
    name=_("WeCom / 企业微信"),
    organizations=Membership(
        claim="departments",
        label=_("Departments (部门ID)"),
        help=_(
            "The number of each department whose members may sign in. Only a member's own "
            "departments count, not those above them. The app must be allowed to see the member."
        ),
        shape=only(r"[0-9]{1,10}", _("The ID of a department is a number.")),
    ),
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
    tenant_setting="client_id",
    documentation="https://developer.work.weixin.qq.com/document/path/98151",
    button_labels={"zh-hans": "企业微信登录"},
    copies=COPIES,
    faults=FAULTS,
    unknown_code_causes=frozenset({"40029", "42003"}),
    picture_hosts=PICTURE_HOSTS,
    site_warning=site_warning,
)
