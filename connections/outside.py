"""The one door to other servers: no private addresses, no redirects, little data, little time."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
import urllib3
from django.conf import settings
from requests.adapters import HTTPAdapter
from requests_hardened import Config, HTTPSession
from requests_hardened.ip_filter import InvalidIPAddress, filter_host
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

CONNECT_SECONDS = 2.0
READ_SECONDS = 3.0
DEADLINE_SECONDS = 7.0
LONGEST_ANSWER = 256 * 1024
PIECE = 16 * 1024
# Threads that ask for addresses; one that is stuck is given up, not waited for.
ASKERS = 32


class NoAnswer(Exception):
    """A server gave no usable answer; `cause` says why, and no address or value is quoted."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class Deadline:
    """An end that all calls of one callback share; at that moment open connections are cut.

    Time limits of sockets start anew with every byte, so a server that drips would never end.
    """

    def __init__(self, seconds: float) -> None:
        self.ends = time.monotonic() + seconds
        self.passed = False
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._timer.start()

    @property
    def remaining(self) -> float:
        """Seconds left, never below zero."""
        return max(0.0, self.ends - time.monotonic())

    def guard(self, connection: socket.socket) -> None:
        """Cut this connection, too, when time is up."""
        # A duplicate: TLS takes the original socket over.
        with self._lock:
            self._sockets.append(connection.dup())
        if self.passed:
            self._cut()

    def close(self) -> None:
        """Stop the clock."""
        self._timer.cancel()
        with self._lock:
            for connection in self._sockets:
                connection.close()
            self._sockets.clear()

    def _cut(self) -> None:
        self.passed = True
        with self._lock:
            for connection in self._sockets:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


Found = TypeVar("Found")

# Apart, so that names typed by tenants cannot keep the deployment's own from being found.
_trusted_askers = ThreadPoolExecutor(ASKERS, thread_name_prefix="trusted-names")
_public_askers = ThreadPoolExecutor(ASKERS, thread_name_prefix="public-names")
_deadline: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


@contextlib.contextmanager
def deadline(seconds: float = DEADLINE_SECONDS) -> Iterator[Deadline]:
    """Put one end to all calls that are made inside the block."""
    end = Deadline(seconds)
    token = _deadline.set(end)
    try:
        yield end
    finally:
        _deadline.reset(token)
        end.close()


def in_time(
    askers: ThreadPoolExecutor, call: Callable[..., Found], *args: Any, **options: Any
) -> Found:
    """Return what a call that cannot be cut gives, or raise NoAnswer when it takes too long.

    Asking for a host's address takes as long as its name servers please.
    """
    end = _deadline.get()
    left = min(CONNECT_SECONDS, end.remaining) if end else CONNECT_SECONDS
    asked = askers.submit(call, *args, **options)
    try:
        return asked.result(timeout=left)
    except TimeoutError:
        asked.cancel()  # if it has not begun, nobody waits for it any more
        raise NoAnswer("timeout") from None


def resolved(host: str, port: int) -> list[str]:
    """Return the host's addresses, in the system's order; raises NoAnswer."""
    try:
        found = in_time(
            _trusted_askers, socket.getaddrinfo, host.strip("[]"), port, type=socket.SOCK_STREAM
        )
    except OSError:
        raise NoAnswer("unreachable") from None
    return list(dict.fromkeys(str(address[0]) for *_kind, address in found))


class _Guarded:
    host: str
    port: int
    timeout: float | None
    _dns_host: str

    def _new_conn(self) -> socket.socket:
        connection = self._connect_to_first(resolved(self.host, self.port))
        end = _deadline.get()
        if end is not None:
            end.guard(connection)
        return connection

    def _connect_to_first(self, addresses: list[str]) -> socket.socket:
        """Return a connection to the first address that takes one; raises what the last did.

        The addresses share the time to connect, which would otherwise begin anew with each.
        """
        ends = time.monotonic() + (self.timeout or CONNECT_SECONDS)
        for tried, address in enumerate(addresses[:-1]):
            self._dns_host = address
            self.timeout = max(0.001, (ends - time.monotonic()) / (len(addresses) - tried))
            with contextlib.suppress(urllib3.exceptions.HTTPError):
                return super()._new_conn()  # type: ignore[misc, no-any-return]
        self._dns_host = addresses[-1]
        self.timeout = max(0.001, ends - time.monotonic())
        return super()._new_conn()  # type: ignore[misc, no-any-return]


class _HTTPConnection(_Guarded, HTTPConnection):
    pass


class _HTTPSConnection(_Guarded, HTTPSConnection):
    pass


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


class _GuardedPools:
    poolmanager: Any

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)  # type: ignore[misc]
        self.poolmanager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}


class _TrustedAdapter(_GuardedPools, HTTPAdapter):
    """For the origins that the deployment itself has set."""


class _PublicAdapter(_GuardedPools, IPFilterAdapter):  # type: ignore[misc]
    """For everything else: private, loopback and reserved addresses are refused."""

    def build_connection_pool_key_attributes(self, *args: Any, **options: Any) -> Any:
        # It asks for the host's address.
        return in_time(
            _public_askers, super().build_connection_pool_key_attributes, *args, **options
        )


class Session(HTTPSession):  # type: ignore[misc]
    """A session that keeps our limits whoever uses it, also inside allauth's classes."""

    def __init__(self) -> None:
        super().__init__(
            Config(
                ip_filter_enable=False,  # our own adapters below do it
                ip_filter_allow_loopback_ips=False,
                never_redirect=True,
                default_timeout=(CONNECT_SECONDS, READ_SECONDS),
                user_agent_override="Menkou",
            )
        )
        self.trust_env = False
        self.mount("http://", _PublicAdapter(is_https_proto=False))
        self.mount("https://", _PublicAdapter(is_https_proto=True))
        for origin in trusted_origins():
            self.mount(f"{origin}/", _TrustedAdapter())

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: to offer the next request, requests would read a redirect's body past our limit."""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Return the answer, read whole; raises NoAnswer."""
        end = _deadline.get()
        left = end.remaining if end else READ_SECONDS
        if left <= 0:
            raise NoAnswer("timeout")
        request.url = moved(request.url or "")
        options["timeout"] = (min(CONNECT_SECONDS, left), min(READ_SECONDS, left))
        options["stream"] = True
        try:
            response: requests.Response = super().send(request, **options)
            with response:
                response._content = _read(response)
        except NoAnswer:
            raise
        except InvalidIPAddress:
            raise NoAnswer("private_address") from None
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            # Their words quote addresses, and addresses carry tokens.
            raise NoAnswer(_cause_of(error, end)) from None
        return response


def trusted_origins() -> set[str]:
    """Where the deployment itself sends us, be it into a private network."""
    return {
        settings.WECHAT_OPEN_BASE_URL,
        settings.WECHAT_API_BASE_URL,
        *settings.MENKOU_MOVED_ENDPOINTS.values(),
        *settings.MENKOU_PRIVATE_ORIGINS,
    }


def moved(url: str) -> str:
    """Return the address where this deployment has somebody else play the one that is meant."""
    scheme, host = urlsplit(url)[:2]
    origin = f"{scheme}://{host}"
    return settings.MENKOU_MOVED_ENDPOINTS.get(origin, origin) + url.removeprefix(origin)


def refuse_private(host: str, port: int) -> None:
    """Raise NoAnswer where a host that somebody typed leads into a private network."""
    try:
        in_time(_public_askers, filter_host, host.strip("[]"), port, allow_loopback=False)
    except InvalidIPAddress:
        raise NoAnswer("private_address") from None
    except (requests.RequestException, OSError, ValueError):
        raise NoAnswer("unreachable") from None


def session() -> Session:
    """Return a new session; use it as a context manager."""
    return Session()


def _read(response: requests.Response) -> bytes:
    pieces = bytearray()
    while piece := response.raw.read1(PIECE, decode_content=True):
        pieces += piece
        if len(pieces) > LONGEST_ANSWER:
            raise NoAnswer("too_large")
    end = _deadline.get()
    if end is not None and end.passed:
        raise NoAnswer("timeout")
    return bytes(pieces)


def _cause_of(error: Exception, end: Deadline | None) -> str:
    if end is not None and end.passed:
        return "timeout"
    slow = (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)
    return "timeout" if isinstance(error, slow) else "unreachable"
