"""Who somebody is by WeChat's answer: the unionid, with (appid, openid) beside it.

https://developers.weixin.qq.com/doc/oplatform/Website_App/WeChat_Login/Authorized_Interface_Calling_UnionID.html
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from connections.claims import Claims
from connections.normalise import display_name
from connections.pictures import safe_picture
from connections.signin.failures import SignInFailed
from connections.wechat import PICTURE_HOSTS

NAMELESS = "微信用户"


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
    return safe_picture(url, PICTURE_HOSTS)
