"""The one door to other servers: no private addresses, no redirects, little data, little time."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import requests
import urllib3
from django.conf import settings
from requests.adapters import HTTPAdapter
from requests_hardened import Config, HTTPSession
from requests_hardened.ip_filter import InvalidIPAddress, filter_host
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from connections import deadlines
from connections.deadlines import DEADLINE_SECONDS, deadline

__all__ = ["DEADLINE_SECONDS", "NoAnswer", "Session", "deadline", "session"]

CONNECT_SECONDS = 2.0
READ_SECONDS = 3.0
LONGEST_ANSWER = 256 * 1024
PIECE = 16 * 1024
# Threads that ask for addresses; one that is stuck is given up, not waited for.
ASKERS = 32
# Connections that are kept for the next call: to so many hosts, so many to each, so long. Servers
# keep theirs for two seconds or more, so hardly one is closed while we send.
HOSTS_KEPT = 32
KEPT_BY_HOST = 4
KEPT_SECONDS = 1.0
# All of the public IPv6 internet. Outside lie forms that mean an IPv4 address (::127.0.0.1) and
# old private ones: https://www.iana.org/assignments/ipv6-address-space
PUBLIC_IPV6 = ip_network("2000::/3")
# Looks public, and is the host agent of every machine at Azure.
HOST_AGENT = ip_address("168.63.129.16")


class NoAnswer(Exception):
    """A server gave no usable answer; `cause` says why, and no address or value is quoted."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


Found = TypeVar("Found")

# Apart, so that names typed by tenants cannot keep the deployment's own from being found.
_trusted_askers = ThreadPoolExecutor(ASKERS, thread_name_prefix="trusted-names")
_public_askers = ThreadPoolExecutor(ASKERS, thread_name_prefix="public-names")


def in_time(
    askers: ThreadPoolExecutor, call: Callable[..., Found], *args: Any, **options: Any
) -> Found:
    """Return what a call that cannot be cut gives, or raise NoAnswer when it takes too long.

    Asking for a host's address takes as long as its name servers please.
    """
    end = deadlines.present()
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
        end = deadlines.present()
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


@dataclass
class _Attempt:
    """One try of a call: whether it may use a kept connection, and whether it did."""

    may_reuse: bool = False
    reused: bool = False


_attempt: ContextVar[_Attempt] = ContextVar("attempt")


class _Keeping:
    """A pool of connections to one host, which hands out none that was idle for long."""

    def _get_conn(self, timeout: float | None = None) -> Any:
        connection = super()._get_conn(timeout)  # type: ignore[misc]
        if connection.sock is None:
            return connection
        attempt = _attempt.get()
        attempt.reused = attempt.may_reuse and time.monotonic() - connection.kept_at < KEPT_SECONDS
        if not attempt.reused:
            connection.close()  # it is opened anew when something is sent
            return connection
        end = deadlines.present()
        if end is not None:
            end.guard(connection.sock)
        return connection

    def _put_conn(self, connection: Any) -> None:
        if connection is not None:
            connection.kept_at = time.monotonic()
        super()._put_conn(connection)  # type: ignore[misc]


class _HTTPPool(_Keeping, HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(_Keeping, HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


class _GuardedPools:
    poolmanager: Any

    def init_poolmanager(self, *_numbers: int, **options: Any) -> None:
        super().init_poolmanager(HOSTS_KEPT, KEPT_BY_HOST, **options)  # type: ignore[misc]
        self.poolmanager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}


class _TrustedAdapter(_GuardedPools, HTTPAdapter):
    """For the origins that the deployment itself has set."""


class _PublicAdapter(_GuardedPools, IPFilterAdapter):  # type: ignore[misc]
    """For everything else: private, loopback and reserved addresses are refused."""

    def build_connection_pool_key_attributes(self, *args: Any, **options: Any) -> Any:
        # It asks for the host's address, and puts it in the place of the host.
        found = in_time(
            _public_askers, super().build_connection_pool_key_attributes, *args, **options
        )
        refuse_special(found[0]["host"])
        return found


# One of each in a process, so that connections are kept from one callback to the next.
_trusted = _TrustedAdapter()
_public = {f"{scheme}://": _PublicAdapter(scheme == "https") for scheme in ("http", "https")}


class Session(HTTPSession):  # type: ignore[misc]
    """A session that keeps our limits whoever uses it, also inside allauth's classes."""

    def __init__(self) -> None:
        super().__init__(
            Config(
                ip_filter_enable=False,  # our own adapters do it
                ip_filter_allow_loopback_ips=False,
                never_redirect=True,
                default_timeout=(CONNECT_SECONDS, READ_SECONDS),
                user_agent_override="Menkou",
            )
        )
        self.trust_env = False
        for prefix, adapter in _public.items():
            self.mount(prefix, adapter)
        for origin in trusted_origins():
            self.mount(f"{origin}/", _trusted)

    def close(self) -> None:
        """Nothing: the connections are for the next session, too."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: to offer the next request, requests would read a redirect's body past our limit."""

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """Return what is to be sent; raises NoAnswer for an address that leads nowhere."""
        try:
            prepared: requests.PreparedRequest = super().prepare_request(request)
        except (requests.RequestException, ValueError):
            raise NoAnswer("unreachable") from None
        return prepared

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Return the answer, read whole; raises NoAnswer.

        Only what may be asked twice goes over a kept connection, which its server may just have
        closed; then it is asked again over a new one. A code is sent once.
        """
        attempt = _Attempt(may_reuse=may_be_repeated(request))
        try:
            return self._send(request, attempt, options)
        except NoAnswer as error:
            if not attempt.reused or error.cause != "unreachable":
                raise
        return self._send(request, _Attempt(), options)

    def _send(
        self, request: requests.PreparedRequest, attempt: _Attempt, options: dict[str, Any]
    ) -> requests.Response:
        end = deadlines.present()
        left = end.remaining if end else READ_SECONDS
        if left <= 0:
            raise NoAnswer("timeout")
        request.url = moved(request.url or "")
        options["timeout"] = (min(CONNECT_SECONDS, left), min(READ_SECONDS, left))
        options["stream"] = True
        token = _attempt.set(attempt)
        try:
            response: requests.Response = super().send(request, **options)
            with response:
                response._content = _read(response)
        except NoAnswer:
            raise
        except InvalidIPAddress:
            raise NoAnswer("private_address") from None
        except (
            requests.RequestException,
            urllib3.exceptions.HTTPError,
            OSError,
            UnicodeError,  # of names with a label that is empty or too long
        ) as error:
            # Their words quote addresses, and addresses carry tokens.
            raise NoAnswer(_cause_of(error, end)) from None
        finally:
            _attempt.reset(token)
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


def may_be_repeated(request: requests.PreparedRequest) -> bool:
    """Whether asking twice does no harm: some providers take a code in an address."""
    return request.method == "GET" and "code" not in parse_qs(urlsplit(request.url or "").query)


def refuse_private(host: str, port: int) -> None:
    """Raise NoAnswer where a host that somebody typed leads into a private network."""
    try:
        address = in_time(_public_askers, filter_host, host.strip("[]"), port, allow_loopback=False)
        refuse_special(address)
    except InvalidIPAddress:
        raise NoAnswer("private_address") from None
    except (requests.RequestException, OSError, ValueError):
        raise NoAnswer("unreachable") from None


def refuse_special(address: str) -> None:
    """Raise InvalidIPAddress for an address that only looks as if it were public."""
    found = ip_address(address.strip("[]"))
    if found == HOST_AGENT or (found.version == 6 and found not in PUBLIC_IPV6):
        raise InvalidIPAddress(found)


def session() -> Session:
    """Return a new session, without cookies; use it as a context manager."""
    return Session()


def _read(response: requests.Response) -> bytes:
    pieces = bytearray()
    while piece := response.raw.read1(PIECE, decode_content=True):
        pieces += piece
        if len(pieces) > LONGEST_ANSWER:
            raise NoAnswer("too_large")
    end = deadlines.present()
    if end is not None and end.passed:
        raise NoAnswer("timeout")
    return bytes(pieces)


def _cause_of(error: Exception, end: deadlines.Deadline | None) -> str:
    if end is not None and end.passed:
        return "timeout"
    slow = (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)
    return "timeout" if isinstance(error, slow) else "unreachable"
