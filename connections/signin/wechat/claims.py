"""Who somebody is by WeChat's answer: the unionid, with (appid, openid) beside it.

https://developers.weixin.qq.com/doc/oplatform/Website_App/WeChat_Login/Authorized_Interface_Calling_UnionID.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from connections.claims import Claims
from connections.normalise import display_name
from connections.providers import catalogue
from connections.signin.failures import SignInFailed

NAMELESS = "微信用户"
# The column holds 500, and http grows by a letter when it becomes https.
PRINTABLE = re.compile(r"[\x21-\x7e]{1,499}")


def read(settings: Mapping[str, Any], namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the person; raises SignInFailed without a unionid, but for test accounts."""
    unionid: str = answer["unionid"]
    openid: str = answer["openid"]
    if not unionid and not settings.get("test_account"):
        raise SignInFailed("no_unionid")
    return Claims(
        namespace=namespace,
        subject=unionid,
        keys=((f"wechat-app:{settings['client_id']}", openid),),
        name=name_of(answer.get("nickname"), unionid or openid),
        picture=picture_of(answer.get("headimgurl")),
        kept={"appid": settings["client_id"], "openid": openid, "unionid": unionid},
    )


def name_of(nickname: object, identifier: str) -> str:
    """The nickname; or, where WeChat sends none, its own placeholder with a short suffix."""
    name = display_name(nickname)
    if name and name != NAMELESS:
        return name
    return f"{NAMELESS} {sha256(identifier.encode()).hexdigest()[:4].upper()}"


def picture_of(url: object) -> str:
    """The picture by https, from WeChat's known hosts only, or ""."""
    if not isinstance(url, str) or not PRINTABLE.fullmatch(url):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or parts.netloc not in hosts():
        return ""
    return urlunsplit(("https", parts.netloc, parts.path, parts.query, ""))


def hosts() -> tuple[str, ...]:
    """WeChat's picture hosts."""
    return catalogue.get("wechat_web").picture_hosts
