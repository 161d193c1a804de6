"""Claims of a WeChat user: the unionid, and the pair of appid and openid as a second key.

https://developers.weixin.qq.com/doc/oplatform/Website_App/WeChat_Login/Authorized_Interface_Calling_UnionID.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connections.protocols.pictures import safe_picture
from connections.values.claims import Claims
from connections.values.failures import SignInFailed
from core.text import display_name

PICTURE_HOSTS = ("thirdwx.qlogo.cn", "wx.qlogo.cn")
# The placeholder for users who do not share their nickname.
NAMELESS = "微信用户"


def parse_claims(settings: Mapping[str, Any], namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the user's claims; raises SignInFailed without a unionid, except for test accounts."""
    unionid: str = answer["unionid"]
    openid: str = answer["openid"]
    if not unionid and not settings.get("test_account"):
        raise SignInFailed("no_unionid")
    return Claims(
        namespace=namespace,
        subject=unionid,
        keys=((f"wechat-app:{settings['client_id']}", openid),),
        name=name_of(answer.get("nickname")),
        picture=picture_of(answer.get("headimgurl")),
    )


def name_of(nickname: object) -> str:
    """Return the nickname, or "" if the user does not share it."""
    name = display_name(nickname)
    return "" if name == NAMELESS else name


def picture_of(url: object) -> str:
    """Return the picture's https URL if it is on one of WeChat's known hosts, or ""."""
    return safe_picture(url, PICTURE_HOSTS)
