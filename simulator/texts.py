"""Texts: of the QR code page in the requested language, of other pages in both."""

from __future__ import annotations

from typing import NamedTuple


class Both(NamedTuple):
    """A text in the two languages of the simulator."""

    zh: str
    en: str


CHINESE = {
    "html_lang": "zh-CN",
    "title": "微信登录",
    "lead": "使用微信扫一扫登录",
    "qrcode": "登录二维码",
    "scanned": "扫描成功",
    "scanned_next": "请在微信中点击确认即可登录",
    "cancelled": "您已取消此次登录",
    "cancelled_next": "您可再次扫描登录，或关闭窗口",
    "phone_hint": "没有手机也可以：",
    "phone": "用模拟手机扫码",
    "new_tab": "在新标签页打开",
}

ENGLISH = {
    "html_lang": "en",
    "title": "WeChat Login",
    "lead": "Scan with WeChat to log in to",
    "qrcode": "QR code for signing in",
    "scanned": "Scanned",
    "scanned_next": "Confirm in WeChat to log in",
    "cancelled": "You have cancelled this login",
    "cancelled_next": "Scan again to log in, or close the window",
    "phone_hint": "No phone needed:",
    "phone": "Scan with the pretend phone",
    "new_tab": "opens in a new tab",
}


class Refusal(NamedTuple):
    """The text of WeChat's page, and an explanation by the simulator."""

    message: str
    why: Both


BAD_APPID = Refusal(
    "AppID 参数错误",
    Both(
        "模拟器中没有此 AppID 的应用。",
        "The AppID is not registered with this simulator.",
    ),
)
BAD_REDIRECT = Refusal(
    "redirect_uri 参数错误",
    Both(
        "redirect_uri 的域名须与应用的授权回调域完全一致，且不带端口。",
        "The host of redirect_uri is not exactly the app's 授权回调域, or it has a port.",
    ),
)
BAD_SCOPE = Refusal(
    "Scope 参数错误或没有 Scope 权限",
    Both(
        "scope 不是 snsapi_login，或者应用不是已通过审核并获得微信登录的网站应用。",
        "The scope is not snsapi_login, or the app is not an approved website app with 微信登录.",
    ),
)

NOT_IN_WECHAT = Refusal(
    "请在微信客户端打开链接",
    Both(
        "浏览器的 User-Agent 中没有 MicroMessenger，或者是企业微信（wxwork）。",
        "The browser's User-Agent has no MicroMessenger, or it is WeCom's (wxwork).",
    ),
)
_EMPTY = Both("地址中缺少此参数。", "The address lacks this parameter.")
# By parameter, in the order of the checks.
EMPTY = {
    "appid": Refusal("appid 不能为空，错误码：10012", _EMPTY),
    "redirect_uri": Refusal("redirect_uri 不能为空，错误码：10011", _EMPTY),
    "scope": Refusal("scope 不能为空，错误码：10010", _EMPTY),
}
NOT_AN_ACCOUNT = Refusal(
    "不支持微信开放平台的 Appid，请使用公众号 Appid，错误码：10016",
    Both("这是网站应用或移动应用的 AppID。", "This is the AppID of a web app or a mobile app."),
)
BANNED = Refusal(
    "公众号被封禁，错误码：10004",
    Both("此服务号不在“已通过”状态。", "This service account is not in the state “approved”."),
)
OTHER_DOMAIN = Refusal(
    "redirect_uri 域名与后台配置不一致，错误码：10003",
    Both(
        "redirect_uri 的域名须与网页授权域名完全一致，且不带端口。",
        "The host of redirect_uri is not exactly the 网页授权域名, or it has a port.",
    ),
)
NO_SCOPE = Refusal(
    "此公众号并没有这些 scope 的权限，错误码：10005",
    Both(
        "scope 不是 snsapi_base 或 snsapi_userinfo，或者服务号未获得网页授权。",
        "The scope is not snsapi_base or snsapi_userinfo, or the account lacks the permission.",
    ),
)


def for_language(lang: str) -> dict[str, str]:
    """Return English for ``en`` and Chinese for anything else, as WeChat does."""
    return ENGLISH if lang == "en" else CHINESE
