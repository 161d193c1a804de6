"""WeChat's error codes, and the exception that carries one."""

from __future__ import annotations

ERRMSG = {
    -1: "system error",
    0: "ok",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40013: "invalid appid",
    40014: "invalid access_token",
    40029: "invalid code",
    40030: "invalid refresh_token",
    40125: "invalid appsecret",
    40163: "code been used",
    40164: "invalid ip",
    40226: "code blocked",
    40243: "AppSecret frozen",
    41001: "access_token missing",
    41002: "appid missing",
    41003: "refresh_token missing",
    41004: "appsecret missing",
    41008: "missing code",
    41009: "missing openid",
    42001: "access_token expired",
    42002: "refresh_token expired",
    42003: "code expired",
    43003: "require https",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    48001: "api unauthorized",
    48004: "api forbidden",
    50001: "user unauthorized",
    50002: "user limited",
}

# Errors that the token endpoint finds before it checks the code. The code stays usable.
BEFORE_THE_CODE = frozenset({40002, 40013, 40125, 40164, 40243, 41002, 41004, 41008, 43003})


class WeChatError(Exception):
    """An errcode that the endpoint returns instead of its result."""

    def __init__(self, errcode: int, errmsg: str = "") -> None:
        super().__init__(errcode)
        self.errcode = errcode
        self.errmsg = errmsg or ERRMSG.get(errcode, "error")
