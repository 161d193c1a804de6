"""Faults and the journal, for all simulated endpoints."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from simulator.answers import SnsAnswer, error_answer
from simulator.errors import WeChatError
from simulator.faults import Fault
from simulator.journal import mask_parameters
from simulator.state import simulator

View = Callable[..., HttpResponse]


def simulated_endpoint(endpoint: str) -> Callable[[View], Callable[..., HttpResponseBase]]:
    """Apply faults to a view's responses, and record its calls in the journal."""

    def decorate(view: View) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            with simulator.lock:
                fault = simulator.faults.take(endpoint)
            if fault is None:
                response = view(request, *args, **kwargs)
                _record(endpoint, request, response, fault)
                return response
            if fault.replaces_answer:
                response = _replacement(fault, request)
            else:
                response = _apply_fault(fault, view(request, *args, **kwargs))
            _record(endpoint, request, response, fault)
            return _deliver(fault, request, response)

        return answered

    return decorate


def parameters(request: HttpRequest) -> dict[str, str]:
    """Return the parameters of a call, from its form or query."""
    return {**request.GET.dict(), **request.POST.dict()}


def _replacement(fault: Fault, request: HttpRequest) -> HttpResponse:
    if fault.endpoint == "token" and fault.burns_code:
        with simulator.lock:
            simulator.grants.burn(parameters(request).get("code", ""))
    status = fault.http_status or 200
    if fault.errcode is not None:
        return error_answer(WeChatError(fault.errcode, fault.errmsg), status=status)
    return HttpResponse(fault.raw_body or "", status=status)


def _apply_fault(fault: Fault, response: HttpResponse) -> HttpResponse:
    """Set or remove fields of a successful response. Errors are not changed."""
    if not (fault.set or fault.omit) or not isinstance(response, SnsAnswer):
        return response
    if response.payload.get("errcode", 0) != 0:
        return response
    payload = {**response.payload, **fault.set}
    return SnsAnswer({name: value for name, value in payload.items() if name not in fault.omit})


def _deliver(fault: Fault, request: HttpRequest, response: HttpResponse) -> HttpResponseBase:
    simulator.stopping.wait(fault.delay_ms / 1000)
    if fault.close:
        _hang_up(request)
    delivered: HttpResponseBase = response
    if fault.drip_ms:
        delivered = StreamingHttpResponse(
            _drip(response.content, fault.drip_ms / 1000), status=response.status_code
        )
        delivered.headers["Content-Type"] = response.headers["Content-Type"]
        delivered.headers["Content-Length"] = str(len(response.content))
    if fault.content_type == "none":
        del delivered.headers["Content-Type"]
    elif fault.content_type is not None:
        delivered.headers["Content-Type"] = fault.content_type
    return delivered


def _drip(content: bytes, pause_s: float) -> Iterator[bytes]:
    for position in range(len(content)):
        simulator.stopping.wait(pause_s)
        yield content[position : position + 1]


def _hang_up(request: HttpRequest) -> None:
    """Reset the connection, so that the caller gets no response."""
    connection: socket.socket | None = request.META.get("gunicorn.socket")
    if connection is not None:
        # With a linger time of zero, closing resets the connection.
        linger = struct.pack("ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        connection.shutdown(socket.SHUT_RDWR)


def _record(
    endpoint: str, request: HttpRequest, response: HttpResponse, fault: Fault | None
) -> None:
    entry: dict[str, Any] = {
        "method": request.method,
        "path": request.path,
        "params": mask_parameters(parameters(request)),
        "status": response.status_code,
        "fault": fault is not None,
    }
    if isinstance(response, SnsAnswer):
        entry["errcode"] = response.payload.get("errcode", 0)
    simulator.record(endpoint, entry)
