"""Parts shared by all kinds of WeChat apps: fields, namespace, and checks of the callback.

https://developers.weixin.qq.com/doc/oplatform/Website_App/WeChat_Login/Wechat_Login.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from connections.fields.common import Sentences, client_id, client_secret, flag, provider_id, usual
from connections.fields.field import Check, Field, Sibling, Text
from connections.protocols.wechat.faults import FAULTS
from connections.protocols.wechat.responses import PICTURE_HOSTS
from connections.providers.definition import (
    Definition,
    Endpoint,
    Group,
    Settings,
    Step,
    copy_callback_url,
    copy_domain,
)
from connections.providers.families.social import social_provider
from connections.values.claims import IdentityClaims
from connections.values.faults import Fault
from connections.values.sites import Site
from core.text import join_names

OPEN_PLATFORM = "https://open.weixin.qq.com"
API = "https://api.weixin.qq.com"

# An AppSecret, which is sometimes pasted into other fields.
ANY_APPSECRET = re.compile(r"[0-9a-fA-F]{32}")
ANY_APPID = re.compile(r"[wW][xX][0-9a-zA-Z]{16}")
ANY_ORIGINAL_ID = re.compile(r"[gG][hH]_.*")

NOT_AN_EMAIL = _("This is an email address, not a value from WeChat.")
NOT_A_URL = _("This is a web address, not a value from WeChat.")
NOT_FEISHU = _(
    "This is an id from Feishu (cli_…). The app must be one of the WeChat Open Platform."
)
NOT_WECOM = _(
    "This is a WeCom CorpID (ww…). WeCom is another product; "
    "the app must be one of the WeChat Open Platform."
)
NOT_AN_ACCOUNT_ID = _(
    "An 原始ID begins with gh_, for example gh_0123456789ab. "
    "You find it in the Open Platform's account center."
)
ACCOUNT_IS_OFFICIAL = _(
    "This is the official account's own 原始ID. The Account ID is that of the Open Platform "
    "account to which it is bound; you find it there in the account center (账号中心)."
)
OTHER_ACCOUNT = _(
    "The other WeChat connection of this project has another Account ID: {ids}. Users then see "
    "two buttons, and a user who signs in with both gets two accounts."
)
USED_TWICE = _(
    "Another connection of this project has this AppID. Users will see two buttons that do the "
    "same."
)
ODD = _("This value has only letters, digits, hyphens and underscores. Check what was pasted.")


NOT_FROM_WECHAT: Sentences = {
    r"(?i)cli_.*": NOT_FEISHU,
    r"[wW][wW][0-9a-zA-Z]{16}": NOT_WECOM,
    r"[^@\s]+@[^@\s.]+\.[^@\s]+": NOT_AN_EMAIL,
    r"(?:[a-zA-Z][a-zA-Z0-9+.-]*://|www\.).*": NOT_A_URL,
    r"(?s).*[^A-Za-z0-9_-].*": ODD,
}


def appid(*, help: Text, original_id: Text, sibling: str, sibling_text: Text) -> Field:
    """Return the field for the AppID.

    `original_id` explains where to find it after an 原始ID was entered, `sibling` is the other kind
    of WeChat app, and `sibling_text` is the error if its AppID was entered.
    """

    def check(found: Check, value: str) -> str:
        for each in found.context.siblings:
            if each.settings.get("client_id") != value:
                continue
            if each.provider == sibling:
                raise ValidationError(str(sibling_text), code="known_mistake")
            if each.provider == found.context.provider:
                found.values["client_id"] = value
                found.warn("client_id", "twice", USED_TWICE)
        return value

    return client_id(
        _("Client ID (AppID)"),
        help,
        lower_case=True,
        mistakes={ANY_ORIGINAL_ID: original_id, **NOT_FROM_WECHAT},
        shape=usual(r"wx[0-9a-f]{16}"),
        check=check,
    )


APPSECRET_FIELD = client_secret(
    _("Client Secret (AppSecret)"),
    _(
        "32 digits or letters a to f. Shown only once, when it is created. If you lost it, "
        "reset it there."
    ),
    lower_case=True,
    stray=ANY_APPSECRET,
    mistakes={
        ANY_APPID: _(
            "This is an AppID (it begins with wx). The AppSecret has 32 "
            "digits or letters from a to f."
        ),
        ANY_ORIGINAL_ID: _(
            "This is an 原始ID (it begins with gh_). The AppSecret has 32 "
            "digits or letters from a to f."
        ),
        **NOT_FROM_WECHAT,
    },
    shape=usual(r"[0-9a-f]{32}"),
)


def original_id(
    name: str,
    label: Text,
    *,
    help: Text,
    appid: Text,
    wrong: Text,
    check: Callable[[Check, str], None],
) -> Field:
    """Return the field for an 原始ID.

    `appid` explains where to find it after an AppID was entered, `wrong` what it looks like.
    """

    def checked(found: Check, value: str) -> str:
        if not value.startswith("gh_") or value == "gh_":
            raise ValidationError(str(wrong), code="shape")
        check(found, value)
        return value

    return provider_id(
        name,
        label,
        help,
        lower_case=True,
        mistakes={ANY_APPID: appid, **NOT_FROM_WECHAT},
        shape=usual(r"gh_[0-9a-f]{10,16}"),
        check=checked,
    )


def account_id(label: Text, *, help: Text, sibling: str) -> Field:
    """Return the field for the 原始ID of the Open Platform account, which `sibling` has as well."""

    def check(found: Check, value: str) -> None:
        others = [each.settings for each in found.context.siblings if each.provider == sibling]
        if any(each.get("official_account_id") == value for each in others):
            raise ValidationError(ACCOUNT_IS_OFFICIAL, code="known_mistake")
        known = sorted({str(each.get("account_id", "")) for each in others})
        if known and value not in known:
            found.values["account_id"] = value
            text = format_lazy(OTHER_ACCOUNT, ids=join_names(known))
            found.warn("account_id", "other_account", text)

    return original_id(
        "account_id",
        label,
        help=help,
        appid=_(
            "This is an AppID (it begins with wx). The 原始ID begins with gh_; you find it in the "
            "Open Platform's account center (账号中心)."
        ),
        wrong=NOT_AN_ACCOUNT_ID,
        check=check,
    )


TEST_ACCOUNT = flag(
    "test_account",
    _("Test account without unionid"),
    _(
        "Only for accounts for which WeChat sends no unionid. Users are then known to this app "
        "only, and not to your other WeChat apps."
    ),
)


def propose_account(sibling: str, siblings: Sequence[Sibling]) -> dict[str, str]:
    """Return the Account ID of the project's app of the other kind, which is usually the same."""
    known = {each.settings.get("account_id", "") for each in siblings if each.provider == sibling}
    return {"account_id": known.pop() if len(known) == 1 else ""}


def site_warning(site: Site, *, said: str) -> Text | None:
    """Return why WeChat will refuse the site's callback, or None.

    `said` is the message that users then see at WeChat.
    https://developers.weixin.qq.com/doc/oplatform/developers/troubleshooting/auth.html
    """
    if site.is_local:
        sentence = _("WeChat does not send users back to localhost: they see “{said}” there.")
    elif site.has_ip_address:
        sentence = _("WeChat does not send users back to an IP address: they see “{said}” there.")
    elif ":" in site.host:
        sentence = _(
            "WeChat does not send users back to a host with a port: they see “{said}” there. "
            "Serve the sign-in page at port 80 or 443."
        )
    else:
        return None
    return format_lazy(sentence, said=said)


def namespace(settings: Settings) -> str:
    """Return the Open Platform account's namespace. A unionid is unique only there."""
    return f"wechat:{settings['account_id']}"


def one_button(settings: Settings) -> str:
    """Return the Open Platform account: its apps share a button, unless they have no unionid."""
    has_unionid = settings.get("account_id") and not settings.get("test_account")
    return namespace(settings) if has_unionid else ""


def wechat_provider(
    id: str,
    fields: tuple[Field, ...],
    guide: tuple[Step, ...],
    *,
    authorize: str,
    sibling: str,
    domain_label: Text,
    says_of_site: str = "redirect_uri 参数错误",
    faults: Mapping[str, Fault],
    **entry: Any,
) -> Definition:
    """Return the entry of one kind of WeChat app. `sibling` is the other kind."""
    opens, api = "WECHAT_OPEN_BASE_URL", "WECHAT_API_BASE_URL"
    return social_provider(
        id,
        _("WeChat"),
        fields,
        guide,
        endpoints={
            "authorize": Endpoint(authorize, base=OPEN_PLATFORM, base_setting=opens),
            "token": Endpoint("/sns/oauth2/access_token", base=API, base_setting=api),
            "userinfo": Endpoint("/sns/userinfo", base=API, base_setting=api),
        },
        claims="connections.protocols.wechat.responses.parse_claims",
        known_by="`unionid` under the Account ID, and (appid, `openid`)",
        identity_claims=IdentityClaims(
            subject=("unionid",), key="openid", settings={"appid": "client_id"}
        ),
        namespace=namespace,
        group=Group.CHINA,
        button_labels={"zh-hans": "微信登录"},
        starting_values=partial(propose_account, sibling),
        copies=(
            copy_domain(
                domain_label, _("WeChat wants the bare host: no scheme, no path, no port.")
            ),
            copy_callback_url(
                _("Callback URL"), _("WeChat does not ask for it; it must lie on the domain above.")
            ),
        ),
        faults={**FAULTS, **faults},
        # https://developers.weixin.qq.com/doc/oplatform/developers/dev/auth/web.html
        unknown_code_causes=frozenset({"40029", "40163"}),
        picture_hosts=PICTURE_HOSTS,
        one_button=one_button,
        site_warning=partial(site_warning, said=says_of_site),
        **entry,
    )
