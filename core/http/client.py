"""All outgoing HTTP calls: public addresses only, no redirects, limited size and time."""

from __future__ import annotations

import contextlib
import io
import json
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from http.client import HTTPResponse
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import certifi
import urllib3
from django.conf import settings
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util import create_urllib3_context

from core.http import deadlines, resolver
from core.http.address_rules import is_public, parse_address
from core.http.deadlines import DEADLINE_SECONDS, deadline
from core.untrusted import load_json, split_url

__all__ = ["DEADLINE_SECONDS", "RequestFailed", "Response", "Session", "deadline", "new_session"]

CONNECT_SECONDS = 2.0
READ_SECONDS = 3.0
MAX_BODY_BYTES = 256 * 1024
# Includes headers, trailers, the lines between chunks, and responses of status 100.
MAX_RECEIVED_BYTES = MAX_BODY_BYTES + 64 * 1024
# Some providers want tokens in the address.
MAX_URL_LENGTH = 20_000
CHUNK_BYTES = 16 * 1024
# Idle connections are reused within these limits. Servers close idle connections after two seconds
# or more, so a connection is rarely closed while we send.
MAX_POOLED_HOSTS = 32
MAX_IDLE_PER_HOST = 4
MAX_IDLE_SECONDS = 1.0
HEADERS = {
    "User-Agent": "Menkou",
    "Accept": "*/*",
    "Accept-Encoding": "gzip, deflate",
}
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
HEADER_VALUE = re.compile(r"(?:\S[^\r\n\x00]*)?")
# By the codes of OpenSSL's x509_vfy.h.
TLS_CAUSES = {
    9: "tls_expired",  # not yet valid
    10: "tls_expired",
    18: "tls_issuer",  # self-signed
    19: "tls_issuer",  # self-signed in the chain
    20: "tls_issuer",
    21: "tls_issuer",  # the chain is incomplete
    62: "tls_host",
    64: "tls_host",
}
# Neither repeated nor redirected, and errors arrive as they are.
ONCE = urllib3.Retry(total=False, redirect=False)


class RequestFailed(Exception):
    """The call gave no usable response; `cause` names the reason and quotes no address or value."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


def resolve_host(host: str, *, trusted: bool = False) -> tuple[str, ...]:
    """Return the host's addresses, in the system's order; raises RequestFailed."""
    end = deadlines.current_deadline()
    seconds = end.remaining if end else resolver.WAIT_SECONDS
    try:
        return resolver.lookup_addresses(host.strip("[]"), trusted=trusted, seconds=seconds)
    except resolver.ResolutionFailed as error:
        raise RequestFailed(error.cause) from None


def resolve_public_address(host: str) -> str:
    """Return the host's address; raises RequestFailed where it is not a public one.

    The caller connects to this very address, so a name that changes gains nothing.
    """
    try:
        address = parse_address(resolve_host(host)[0])
    except ValueError:
        raise RequestFailed("unreachable") from None
    if not is_public(address):
        raise RequestFailed("private_address")
    return str(address)


class _LimitedReader(io.RawIOBase):
    """What arrives for one answer; raises RequestFailed where it is too much."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._left = MAX_RECEIVED_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read what has arrived into the buffer; return how many bytes."""
        read: int | None = self._file.readinto(buffer)
        self._left -= read or 0
        if self._left < 0:
            raise RequestFailed("too_large")
        return read

    def close(self) -> None:
        """Close the file as well."""
        self._file.close()
        super().close()


class _LimitedHTTPResponse(HTTPResponse):
    """A response of limited total size.

    http.client limits neither trailers nor answers of status 100, and a server that sends them
    without an end would keep a processor busy until the deadline.
    """

    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self.fp.close()
        self.fp = io.BufferedReader(_LimitedReader(sock.makefile("rb", buffering=0)))


@dataclass
class Exchange:
    """A request without its secrets, and the status of its response if there is one."""

    method: str
    # Without the query, where some providers expect tokens.
    url: str
    status: int | None = None
    response: Response | None = field(default=None, repr=False)
    seconds: float = 0.0
    # Of a request that failed.
    cause: str = ""


@dataclass
class _Attempt:
    """One attempt at a call: whether it may use a kept connection, and whether it did."""

    may_reuse: bool = False
    reused: bool = False


_attempt: ContextVar[_Attempt] = ContextVar("attempt")


class _GuardedConnection:
    response_class: Any = _LimitedHTTPResponse
    host: str
    port: int
    timeout: float | None
    # urllib3's own name for the host, which `host` returns without dots at its end.
    _dns_host: str

    def addresses(self) -> tuple[str, ...]:
        """Return where to connect to; raises RequestFailed."""
        raise NotImplementedError

    def _new_conn(self) -> socket.socket:
        connection = self._connect_to_first(self.addresses())
        end = deadlines.current_deadline()
        if end is not None:
            end.guard(connection)
        return connection

    def _connect_to_first(self, addresses: tuple[str, ...]) -> socket.socket:
        """Return a connection to the first address that takes one; raises what the last did.

        The addresses share the time to connect, which would otherwise begin anew with each.
        """
        ends = time.monotonic() + (self.timeout or CONNECT_SECONDS)
        for tried, address in enumerate(addresses[:-1]):
            seconds = (ends - time.monotonic()) / (len(addresses) - tried)
            with contextlib.suppress(urllib3.exceptions.HTTPError):
                return self._connect(address, seconds)
        return self._connect(addresses[-1], ends - time.monotonic())

    def _connect(self, address: str, seconds: float) -> socket.socket:
        # urllib3 connects to `_dns_host`. It is the address only while connecting: certificate and
        # Host header must match the name.
        name, self._dns_host = self._dns_host, address
        self.timeout = max(0.001, seconds)
        try:
            return super()._new_conn()  # type: ignore[misc, no-any-return]
        finally:
            self._dns_host = name


class _TrustedConnection(_GuardedConnection):
    def addresses(self) -> tuple[str, ...]:
        return resolve_host(self.host, trusted=True)


class _PublicConnection(_GuardedConnection):
    def addresses(self) -> tuple[str, ...]:
        return (resolve_public_address(self.host),)


class _TrustedHTTPConnection(_TrustedConnection, HTTPConnection):
    pass


class _TrustedHTTPSConnection(_TrustedConnection, HTTPSConnection):
    pass


class _PublicHTTPConnection(_PublicConnection, HTTPConnection):
    pass


class _PublicHTTPSConnection(_PublicConnection, HTTPSConnection):
    pass


class _ReusingPool:
    """A pool of connections to one host, which hands out none that was idle for long."""

    def _get_conn(self, timeout: float | None = None) -> Any:
        connection = super()._get_conn(timeout)  # type: ignore[misc]
        if connection.sock is None:
            return connection
        attempt = _attempt.get()
        attempt.reused = (
            attempt.may_reuse and time.monotonic() - connection.idle_since < MAX_IDLE_SECONDS
        )
        if not attempt.reused:
            connection.close()  # it is opened anew when something is sent
            return connection
        end = deadlines.current_deadline()
        if end is not None:
            end.guard(connection.sock)
        return connection

    def _put_conn(self, connection: Any) -> None:
        if connection is not None:
            connection.idle_since = time.monotonic()
        super()._put_conn(connection)  # type: ignore[misc]


class _TrustedHTTPPool(_ReusingPool, HTTPConnectionPool):
    ConnectionCls = _TrustedHTTPConnection


class _TrustedHTTPSPool(_ReusingPool, HTTPSConnectionPool):
    ConnectionCls = _TrustedHTTPSConnection


class _PublicHTTPPool(_ReusingPool, HTTPConnectionPool):
    ConnectionCls = _PublicHTTPConnection


class _PublicHTTPSPool(_ReusingPool, HTTPSConnectionPool):
    ConnectionCls = _PublicHTTPSConnection


def trust(*files: str) -> ssl.SSLContext:
    """Return a context that accepts certificates of the authorities in PEM files, for the host.

    A file that cannot be read is left out: `core.http.authorities` reports it at the start.
    """
    context: ssl.SSLContext = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
    for each in filter(None, files):
        with contextlib.suppress(OSError):  # includes ssl.SSLError
            context.load_verify_locations(each)
    return context


def pools(
    http: type[HTTPConnectionPool], https: type[HTTPSConnectionPool], context: ssl.SSLContext
) -> urllib3.PoolManager:
    """Return the connections of one kind; the environment's proxies have no part in it."""
    manager = urllib3.PoolManager(MAX_POOLED_HOSTS, maxsize=MAX_IDLE_PER_HOST, ssl_context=context)
    manager.pool_classes_by_scheme = {"http": http, "https": https}
    return manager


# The last request of this sign-in or form, and the status of its response.
last_exchange: ContextVar[Exchange | None] = ContextVar("last_exchange", default=None)


@dataclass(frozen=True)
class RecordedExchange:
    """A request with all its secrets, and its response. It is never stored."""

    request: Request = field(repr=False)
    exchange: Exchange


_recorded: ContextVar[list[RecordedExchange] | None] = ContextVar("recorded", default=None)


@contextlib.contextmanager
def recording_exchanges() -> Iterator[list[RecordedExchange]]:
    """Return a list to which each request in the block is added."""
    found: list[RecordedExchange] = []
    token = _recorded.set(found)
    try:
        yield found
    finally:
        _recorded.reset(token)


# One of each in a process, so that connections are kept from one callback to the next. Reading the
# authorities takes 40 ms: a server does it once, before workers fork, and most commands never.
@cache
def load_authorities() -> ssl.SSLContext:
    """Return the context for the public authorities and those of MENKOU_CA_BUNDLE."""
    return trust(certifi.where(), settings.MENKOU_CA_BUNDLE)


@cache
def _trusted_pools() -> urllib3.PoolManager:
    """Return the connections to the origins that the deployment itself has set."""
    return pools(_TrustedHTTPPool, _TrustedHTTPSPool, load_authorities())


@cache
def _public_pools() -> urllib3.PoolManager:
    """Return the connections to all others: no private, loopback and reserved addresses."""
    return pools(_PublicHTTPPool, _PublicHTTPSPool, load_authorities())


class UnexpectedStatus(Exception):
    """The server answered with an error's status."""


@dataclass(frozen=True)
class Response:
    """A response that was read whole, with what the classes of django-allauth use of requests'."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def ok(self) -> bool:
        """Whether the status is no error's."""
        return self.status_code < 400

    @property
    def text(self) -> str:
        """The content, as UTF-8 whatever the label says: JSON is, and some codecs are slow."""
        return self.content.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """Return the JSON; raises BadInput, a ValueError."""
        return load_json(self.content)

    def raise_for_status(self) -> None:
        """Raise UnexpectedStatus where the status is an error's."""
        if not self.ok:
            raise UnexpectedStatus(self.status_code)


@dataclass
class Request:
    """What is to be sent. `auth` may add headers to it, as the classes of requests.auth do."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None = None


Fields = Mapping[str, Any] | Iterable[tuple[str, Any]] | str | bytes


@dataclass
class Session:
    """Sends requests within our limits, whoever makes them, with the interface of requests.

    It has no state: cookies are not kept, and connections are those of the process.
    """

    # Called with each response; some classes of allauth hide what the provider said.
    on_response: Callable[[Response], object] | None = None

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_error: object) -> None:
        """Nothing: the connections are for the next session, too."""

    def get(self, url: str, **options: Any) -> Response:
        """Send a GET request; the options are those of `request`."""
        return self.request("GET", url, **options)

    def post(self, url: str, **options: Any) -> Response:
        """Send a POST request; the options are those of `request`."""
        return self.request("POST", url, **options)

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Fields | None = None,
        data: Fields | None = None,
        json: Any = None,
        headers: Mapping[str, str | None] | None = None,
        auth: Callable[[Request], object] | None = None,
        timeout: object = None,
        allow_redirects: object = None,
    ) -> Response:
        """Return the response, read whole; raises RequestFailed.

        The limits of time are ours, and a redirect is a response like any other: `timeout` and
        `allow_redirects` change nothing.
        """
        request = prepared(method, url, params, data, json, headers)
        if auth is not None:
            auth(request)
        response = send(request)
        if self.on_response is not None:
            self.on_response(response)
        return response


def new_session() -> Session:
    """Return a new session."""
    return Session()


def prepared(
    method: str,
    url: str,
    params: Fields | None,
    data: Fields | None,
    content: Any,
    headers: Mapping[str, str | None] | None,
) -> Request:
    """Return what is to be sent; raises RequestFailed for a URL or header that is none."""
    try:
        # Before anything is parsed: some URLs are a provider's answer.
        parts = split_url(url, longest=MAX_URL_LENGTH)
    except ValueError:
        raise RequestFailed("unreachable") from None
    if params:
        query = "&".join(filter(None, (parts.query, encoded(params))))
        url = parts._replace(query=query).geturl()
    request = Request(method.upper(), url, dict(HEADERS))
    if data:
        request.body = encoded(data).encode()
        if not isinstance(data, str | bytes):
            request.headers["Content-Type"] = "application/x-www-form-urlencoded"
    elif content is not None:
        request.body = json.dumps(content, allow_nan=False).encode()
        request.headers["Content-Type"] = "application/json"
    ours = {name.lower(): name for name in request.headers}
    for name, value in (headers or {}).items():
        if value is None or name.lower() == "user-agent":
            continue
        if not HEADER_NAME.fullmatch(name) or not HEADER_VALUE.fullmatch(value):
            raise RequestFailed("unreachable")
        request.headers.pop(ours.get(name.lower(), ""), None)
        request.headers[name] = value
    return request


def encoded(fields: Fields) -> str:
    """Return the fields as in a form, without those that are None."""
    if isinstance(fields, bytes):
        return fields.decode()
    if isinstance(fields, str):
        return fields
    pairs = fields.items() if isinstance(fields, Mapping) else fields
    return urlencode([(name, value) for name, value in pairs if value is not None], doseq=True)


def send(request: Request) -> Response:
    """Return the response, read whole; raises RequestFailed.

    Only what may be asked twice goes over a kept connection, which its server may just have
    closed; then it is asked again over a new one. A code is sent once.
    """
    attempt = _Attempt(may_reuse=is_retryable(request))
    try:
        return _send(request, attempt)
    except RequestFailed as error:
        if not attempt.reused or error.cause != "unreachable":
            raise
    recorded = _recorded.get()
    if recorded:
        # It says nothing about the server.
        recorded.pop()
    return _send(request, _Attempt())


def _send(request: Request, attempt: _Attempt) -> Response:
    end = deadlines.current_deadline()
    left = end.remaining if end else READ_SECONDS
    if left <= 0:
        raise RequestFailed("timeout")
    url = replace_moved_origin(request.url)
    token = _attempt.set(attempt)
    exchange = Exchange(request.method, url.partition("?")[0])
    last_exchange.set(exchange)
    recorded = _recorded.get()
    if recorded is not None:
        recorded.append(RecordedExchange(request, exchange))
    began = time.monotonic()
    try:
        response = pools_for(url).urlopen(
            request.method,
            url,
            body=request.body,
            headers=request.headers,
            redirect=False,
            retries=ONCE,
            timeout=urllib3.Timeout(
                connect=min(CONNECT_SECONDS, left), read=min(READ_SECONDS, left)
            ),
            preload_content=False,
        )
        exchange.status = response.status
        try:
            content = _read_body(response)
        finally:
            # Where it was not read to its end, its connection is closed and not kept.
            response.close()
            response.release_conn()
    except RequestFailed as error:
        exchange.cause = error.cause
        raise
    except (
        urllib3.exceptions.HTTPError,
        OSError,
        UnicodeError,  # of names that cannot be one
    ) as error:
        # Their words quote addresses, and addresses carry tokens.
        exchange.cause = _tls_cause(error) or _failure_cause(error, end)
        raise RequestFailed(exchange.cause) from None
    finally:
        exchange.seconds = time.monotonic() - began
        _attempt.reset(token)
    exchange.response = Response(response.status, response.headers, content)
    return exchange.response


def connect(url: str) -> datetime | None:
    """Open a connection as for a request to the URL, and close it; raises RequestFailed.

    Returns when the server's certificate expires, or None for http.
    """
    end = deadlines.current_deadline()
    left = end.remaining if end else CONNECT_SECONDS
    if left <= 0:
        raise RequestFailed("timeout")
    url = replace_moved_origin(url)
    last_exchange.set(Exchange("CONNECT", url.partition("?")[0]))
    connection: Any = None
    try:
        connection = pools_for(url).connection_from_url(url)._new_conn()
        connection.timeout = min(CONNECT_SECONDS, left)
        connection.connect()
        if not isinstance(connection.sock, ssl.SSLSocket):
            return None
        ends: Any = (connection.sock.getpeercert() or {}).get("notAfter")
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) if ends else None
    except RequestFailed:
        raise
    except (urllib3.exceptions.HTTPError, OSError, UnicodeError) as error:
        raise RequestFailed(_tls_cause(error) or _failure_cause(error, end)) from None
    finally:
        if connection is not None:
            # The deadline has a copy of the socket, so that closing this one would end nothing.
            with contextlib.suppress(OSError, AttributeError):
                connection.sock.shutdown(socket.SHUT_RDWR)
            connection.close()


# An origin of our own that is being called, which may be in a private network.
_own_origin: ContextVar[str] = ContextVar("own_origin", default="")


@contextlib.contextmanager
def calling_own_origin(origin: str) -> Iterator[None]:
    """Allow calls in the block to an origin of this installation, wherever it is."""
    token = _own_origin.set(origin)
    try:
        yield
    finally:
        _own_origin.reset(token)


def trusted_origins() -> set[str]:
    """Return the origins set by the deployment, which may be in a private network."""
    return {
        *filter(None, [_own_origin.get()]),
        settings.WECHAT_OPEN_BASE_URL,
        settings.WECHAT_API_BASE_URL,
        *settings.MENKOU_MOVED_ENDPOINTS.values(),
        *settings.MENKOU_PRIVATE_ORIGINS,
    }


def pools_for(url: str) -> urllib3.PoolManager:
    """Return the connections that a URL may go over."""
    parts = urlsplit(url)
    # A URL with a user in it has another origin.
    origin = f"{parts.scheme}://{parts.netloc}".lower()
    is_trusted = origin in map(str.lower, trusted_origins())
    return _trusted_pools() if is_trusted else _public_pools()


def replace_moved_origin(url: str) -> str:
    """Return the URL at the stand-in server, where MENKOU_MOVED_ENDPOINTS names one."""
    scheme, host = urlsplit(url)[:2]
    origin = f"{scheme}://{host}"
    return settings.MENKOU_MOVED_ENDPOINTS.get(origin, origin) + url.removeprefix(origin)


def is_retryable(request: Request) -> bool:
    """Whether asking twice does no harm: some providers take a code in an address."""
    return request.method == "GET" and "code" not in parse_qs(urlsplit(request.url).query)


def refuse_private_host(host: str) -> None:
    """Raise RequestFailed where a host that somebody typed leads into a private network."""
    resolve_public_address(host)


def _read_body(response: urllib3.BaseHTTPResponse) -> bytes:
    pieces = bytearray()
    while piece := response.read1(CHUNK_BYTES, decode_content=True):
        pieces += piece
        if len(pieces) > MAX_BODY_BYTES:
            raise RequestFailed("too_large")
    end = deadlines.current_deadline()
    if end is not None and end.passed:
        raise RequestFailed("timeout")
    return bytes(pieces)


def _tls_cause(error: BaseException) -> str:
    """Return the cause if the error is about encryption, or "".

    `core.http.authorities` has the remedies.
    """
    inner = error.args[-1] if isinstance(error, urllib3.exceptions.SSLError) else error
    if isinstance(inner, ssl.SSLCertVerificationError):
        return TLS_CAUSES.get(inner.verify_code, "tls_certificate")
    # A connection that ends early is no TLS error; it was cut.
    is_cut = isinstance(inner, ssl.SSLEOFError | ssl.SSLZeroReturnError)
    return "tls" if isinstance(inner, ssl.SSLError) and not is_cut else ""


def _failure_cause(error: Exception, end: deadlines.Deadline | None) -> str:
    if end is not None and end.passed:
        return "timeout"
    if isinstance(error, urllib3.exceptions.NewConnectionError):
        # A connection that was refused; urllib3 counts it among those that took too long.
        return "unreachable"
    slow = (urllib3.exceptions.TimeoutError, TimeoutError)
    return "timeout" if isinstance(error, slow) else "unreachable"
