"""Shows a page where the address of a button is opened, such as after “Back” or from a bookmark."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from portal.shell.errors import error_page

GetResponse = Callable[[HttpRequest], HttpResponse]


class NotAllowedPage:
    """Gives an empty 405 a page in the reader's language, where a browser asks for one."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if (
            response.status_code != HTTPStatus.METHOD_NOT_ALLOWED
            or request.method != "GET"
            or response.content
            or "text/html" not in request.headers.get("Accept", "")
        ):
            return response
        page = error_page(request, "405.html", HTTPStatus.METHOD_NOT_ALLOWED)
        page["Allow"] = response["Allow"]
        return page
