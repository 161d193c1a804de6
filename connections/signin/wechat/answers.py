"""What WeChat answers: errcode before everything, then only what has the right shape.

Error codes: https://developers.weixin.qq.com/doc/oplatform/developers/dev/auth/web.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from connections.normalise import printable
from connections.signin.failures import SignInFailed
from connections.signin.reading import required
from connections.wechat_faults import FAULTS

# What WeChat's support asks for; older answers call it a hint.
TRACE = re.compile(r"(?:rid:\s*|req_id:\s*)([0-9A-Za-z-]{4,80})")
# Generous: WeChat's own are 28 characters, and everything here ends in a column of 255.
IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,128}")
TOKEN = re.compile(r"[\x21-\x7e]{1,1024}")


def token(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the checked token answer; raises SignInFailed."""
    refuse_error(answer)
    if answer.get("is_snapshotuser"):
        raise SignInFailed("snapshot")
    return {
        "access_token": required(answer, "access_token", TOKEN),
        "openid": required(answer, "openid", IDENTIFIER),
        "unionid": optional(answer, "unionid"),
    }


def profile(answer: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the checked profile of the person to whom the token was given; raises SignInFailed."""
    refuse_error(answer)
    if answer.get("is_snapshotuser"):
        raise SignInFailed("snapshot")
    if required(answer, "openid", IDENTIFIER) != given["openid"]:
        raise SignInFailed("openid_mismatch")
    unionid = optional(answer, "unionid")
    if unionid and given["unionid"] and unionid != given["unionid"]:
        raise SignInFailed("openid_mismatch")
    return {
        "openid": given["openid"],
        "unionid": given["unionid"] or unionid,
        "nickname": answer.get("nickname"),
        "headimgurl": answer.get("headimgurl"),
    }


def refuse_error(answer: Mapping[str, Any]) -> None:
    """Raise SignInFailed where the answer is an error: the HTTP status is 200 either way."""
    errcode = answer.get("errcode")
    if errcode is None:
        return
    if not isinstance(errcode, int) or isinstance(errcode, bool):
        raise SignInFailed("malformed")
    if errcode == 0:
        return
    known = str(errcode) in FAULTS
    found = TRACE.search(str(answer.get("errmsg", "")))
    raise SignInFailed(
        str(errcode) if known else "unknown_code",
        code=printable(str(errcode)),
        trace=found[1] if found else "",
    )


def optional(answer: Mapping[str, Any], name: str) -> str:
    """Return an identifier, or "" where there is none; raises SignInFailed for a wrong shape."""
    value = answer.get(name)
    if value in (None, ""):
        return ""
    return required(answer, name, IDENTIFIER)
