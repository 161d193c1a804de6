"""Python imports this at its start: names below localhost are this machine, as in browsers.

Not every system resolves them (RFC 6761), and the code of the portal is run as it is shown.
"""

from __future__ import annotations

import socket
from typing import Any

look_up = socket.getaddrinfo


def look_up_local(host: Any, *arguments: Any, **options: Any) -> Any:
    is_local = (isinstance(host, str) and host.endswith(".localhost")) or (
        isinstance(host, bytes) and host.endswith(b".localhost")
    )
    return look_up("127.0.0.1" if is_local else host, *arguments, **options)


socket.getaddrinfo = look_up_local
