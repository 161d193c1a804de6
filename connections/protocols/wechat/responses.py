"""Parse WeChat's responses: first errcode, then only values of the expected form, then claims.

Error codes: https://developers.weixin.qq.com/doc/oplatform/developers/dev/auth/web.html
The unionid: https://developers.weixin.qq.com/doc/oplatform/Website_App/WeChat_Login/Authorized_Interface_Calling_UnionID.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from connections.protocols.pictures import safe_picture
from connections.protocols.responses import (
    error_number,
    parse_object,
    refuse_status,
    refused_ip,
    required,
    required_id,
)
from connections.protocols.wechat.faults import FAULTS
from connections.values.claims import Claims
from connections.values.facts import describe_json
from connections.values.failures import SignInFailed
from core.http.client import Response
from core.text import LONGEST_READ, display_name, printable_code

# The trace ID that WeChat's support needs. Older responses call it a hint.
TRACE = re.compile(r"(?:rid:\s*|req_id:\s*)([0-9A-Za-z-]{4,80})")
# WeChat's ids have 28 characters.
IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,128}")
ADDRESS_REFUSED = 40164
TOKEN = re.compile(r"[\x21-\x7e]{1,1024}")
PICTURE_HOSTS = ("thirdwx.qlogo.cn", "wx.qlogo.cn")
# The placeholder for users who do not share their nickname.
NAMELESS = "微信用户"


def parse_answer(response: Response) -> dict[str, Any]:
    """Return the JSON object of a response that is not an error; raises SignInFailed."""
    answer = parse_object(response)
    refuse_error(answer)
    refuse_status(response)
    return answer


def parse_token(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the checked token response; raises SignInFailed."""
    if answer.get("is_snapshotuser"):
        raise SignInFailed("snapshot")
    return {
        "access_token": required(answer, "access_token", TOKEN),
        "openid": openid_of(answer),
        "unionid": optional_text(answer, "unionid"),
    }


def parse_profile(answer: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the checked profile of the user whose token was used; raises SignInFailed."""
    if answer.get("is_snapshotuser"):
        raise SignInFailed("snapshot")
    if openid_of(answer) != given["openid"]:
        raise SignInFailed("openid_mismatch")
    unionid = optional_text(answer, "unionid")
    if unionid and given["unionid"] and unionid != given["unionid"]:
        raise SignInFailed("openid_mismatch")
    return {
        "openid": given["openid"],
        "unionid": given["unionid"] or unionid,
        "nickname": answer.get("nickname"),
        "headimgurl": answer.get("headimgurl"),
    }


def openid_of(answer: Mapping[str, Any]) -> str:
    """Return the openid. WeChat omits it only while something is wrong there."""
    if answer.get("openid") in (None, ""):
        raise SignInFailed(
            "malformed", field="openid", received=describe_json(answer.get("openid"))
        )
    return required_id(answer, "openid", IDENTIFIER)


def refuse_error(answer: Mapping[str, Any]) -> None:
    """Raise SignInFailed if the response is an error, whose HTTP status is 200."""
    errcode = error_number(answer, "errcode")
    if errcode == 0:
        return
    known = str(errcode) in FAULTS
    errmsg = answer.get("errmsg")
    found = TRACE.search(errmsg[:LONGEST_READ]) if isinstance(errmsg, str) else None
    address = refused_ip(errmsg) if errcode == ADDRESS_REFUSED else ""
    raise SignInFailed(
        str(errcode) if known else "unknown_code",
        code=printable_code(str(errcode)),
        trace=found[1] if found else "",
        **({"received": address} if address else {}),
    )


def optional_text(answer: Mapping[str, Any], name: str) -> str:
    """Return an identifier, or "" if it is missing; raises SignInFailed for another form."""
    value = answer.get(name)
    if value in (None, ""):
        return ""
    return required_id(answer, name, IDENTIFIER)


def parse_claims(settings: Mapping[str, Any], namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the user's claims: the unionid, and the pair of appid and openid as a second key.

    Raises SignInFailed without a unionid, except for test accounts.
    """
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
