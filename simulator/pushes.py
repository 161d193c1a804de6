"""Events that WeChat pushes to an app's server when a person changes or revokes a permission.

https://developers.weixin.qq.com/doc/service/en/guide/h5/authorization_change.html
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from enum import StrEnum
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlencode, urlsplit

from simulator.domains import is_local
from simulator.loopback import is_loopback
from simulator.texts import Both
from simulator.world import App, Person, PushFormat

Event = dict[str, str | int]

PATIENCE_S = 5
# The sender of events, the same for every Open Platform account.
PUSH_SERVICE = "o" + hashlib.sha256(b"push service").hexdigest()[:27]

NOT_LOCAL = Both(
    "推送地址须为本机的 http:// 地址，例如 http://127.0.0.1:8000/wechat。",
    "Events go to this machine only: an http:// address such as http://127.0.0.1:8000/wechat.",
)


class PushEvent(StrEnum):
    """What a person did to a permission."""

    MODIFIED = "user_info_modified"
    REVOKE = "user_authorization_revoke"
    CANCELLATION = "user_authorization_cancellation"


@dataclass(frozen=True)
class Push:
    """A prepared event."""

    event: Event
    address: str
    content_type: str
    body: bytes


def find_problem(address: str) -> Both | None:
    """Return why events cannot be sent to an address, or None. "" turns them off."""
    if not address:
        return None
    try:
        url = urlsplit(address)
        host, _ = (url.hostname or "").lower(), url.port
    except ValueError:
        return NOT_LOCAL
    local = is_loopback(host) or is_local(host)
    return None if url.scheme == "http" and "@" not in url.netloc and local else NOT_LOCAL


def prepare(app: App, person: Person, kind: PushEvent, now: float) -> Push:
    """Return the event in the app's format, signed."""
    event: Event = {
        "ToUserName": app.open_account,
        "FromUserName": PUSH_SERVICE,
        "CreateTime": int(now),
        "MsgType": "event",
        "Event": kind.value,
        "OpenID": person.openid(app),
        "UnionID": person.unionid(app),
        "AppID": app.appid,
    }
    if kind is PushEvent.REVOKE:
        event["RevokeInfo"] = "301"
    separator = "&" if urlsplit(app.push_url).query else "?"
    address = app.push_url + separator + urlencode(_signed(app.push_token, int(now)))
    if app.push_format is PushFormat.JSON:
        return Push(event, address, "application/json", json.dumps(event).encode())
    return Push(event, address, "text/xml", _xml(event).encode())


def send(push: Push) -> int | None:
    """Return the status from the app's server, or None if it did not respond."""
    url = urlsplit(push.address)
    # Without DNS: a name below localhost always means this machine.
    host = url.hostname if is_loopback(url.hostname or "") else "127.0.0.1"
    connection = HTTPConnection(host or "", url.port or 80, timeout=PATIENCE_S)
    headers = {"Host": url.netloc, "Content-Type": push.content_type}
    try:
        connection.request("POST", f"{url.path or '/'}?{url.query}", push.body, headers)
        return connection.getresponse().status
    except (OSError, HTTPException):
        return None
    finally:
        connection.close()


def signature(token: str, timestamp: str, nonce: str) -> str:
    """Return the SHA-1 of the three values in alphabetical order, WeChat's signature of pushes."""
    joined = "".join(sorted((token, timestamp, nonce)))
    return hashlib.sha1(joined.encode(), usedforsecurity=False).hexdigest()


def _signed(token: str, now: int) -> dict[str, str]:
    timestamp, nonce = str(now), str(secrets.randbelow(10**10))
    return {
        "signature": signature(token, timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
    }


def _xml(event: Event) -> str:
    lines = [f"<{name}>{_text(value)}</{name}>" for name, value in event.items()]
    return "<xml>\n" + "\n".join(lines) + "\n</xml>"


def _text(value: str | int) -> str:
    return str(value) if isinstance(value, int) else f"<![CDATA[{value}]]>"
