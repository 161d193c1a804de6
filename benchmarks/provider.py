"""WeChat's two calls, scripted: whoever has the code X is the person X. A process of its own.

    python -m benchmarks.provider [--delay 0.1]

It costs both sites the same, and little: the simulator of this repository is a whole website.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
from urllib.parse import parse_qs, urlsplit

END_OF_HEAD = b"\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


class Provider(asyncio.Protocol):
    """One connection, kept open for as many calls as the other side likes."""

    def __init__(self, delay: float) -> None:
        self.delay = delay
        self.asked = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.asked += data
        while (end := self.asked.find(END_OF_HEAD)) >= 0:
            length = LENGTH.search(self.asked, 0, end)
            whole = end + len(END_OF_HEAD) + (int(length[1]) if length else 0)
            if len(self.asked) < whole:
                return
            question, self.asked = self.asked[:whole], self.asked[whole:]
            asyncio.get_running_loop().call_later(self.delay, self.answer, question)

    def answer(self, question: bytes) -> None:
        """Say what WeChat would say, which takes its parameters either way."""
        head, _, form = question.decode().partition("\r\n\r\n")
        target = urlsplit(head.split(" ", 2)[1])
        body = json.dumps(said(target.path, parse_qs(target.query or form))).encode()
        self.transport.write(  # type: ignore[attr-defined]
            b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%b"
            % (len(body), body)
        )


def said(path: str, query: dict[str, list[str]]) -> dict[str, object]:
    """Return the answer to one of the two calls."""
    if path == "/sns/oauth2/access_token":
        person = query["code"][0]
        return {
            "access_token": f"t-{person}",
            "expires_in": 7200,
            "refresh_token": f"r-{person}",
            "openid": f"o-{person}",
            "scope": "snsapi_login",
            "unionid": f"u-{person}",
        }
    if path == "/sns/userinfo":
        person = query["access_token"][0].removeprefix("t-")
        return {
            "openid": f"o-{person}",
            "nickname": person,
            "sex": 0,
            "headimgurl": "",
            "privilege": [],
            "unionid": f"u-{person}",
        }
    return {"errcode": 40066, "errmsg": "invalid url"}


async def serve(delay: float) -> None:
    """Listen on a free port, and print it."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Provider(delay), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--delay", type=float, default=0.0)
    asyncio.run(serve(options.parse_args().delay))
