"""Responses in the format of api.weixin.qq.com."""

from __future__ import annotations

import json
import secrets
from typing import Any

from django.http import HttpResponse

from simulator.errors import WeChatError
from simulator.state import simulator
from simulator.switches import RidStyle


class SnsAnswer(HttpResponse):
    """UTF-8 JSON with the content type text/plain and without a charset."""

    def __init__(self, payload: dict[str, Any], *, status: int = 200) -> None:
        content = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
        super().__init__(content, status=status, content_type=simulator.switches.content_type)
        self.payload = payload


def error_answer(error: WeChatError, *, status: int = 200) -> SnsAnswer:
    """An errcode with its errmsg and the id of the request."""
    errmsg = error.errmsg + _request_id()
    return SnsAnswer({"errcode": error.errcode, "errmsg": errmsg}, status=status)


def _request_id() -> str:
    style = simulator.switches.rid_style
    if style is RidStyle.NONE:
        return ""
    if style is RidStyle.HINTS:
        return f", hints: [ req_id: {secrets.token_hex(6)} ]"
    began = int(simulator.clock.now())
    return f", rid: {began:08x}-{secrets.token_hex(4)}-{secrets.token_hex(4)}"
