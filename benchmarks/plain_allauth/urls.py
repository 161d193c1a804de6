"""The quickstart's one line, and a page to arrive at."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def welcome(request: HttpRequest) -> HttpResponse:
    """Where somebody who has signed in arrives."""
    return HttpResponse(request.user.get_username())


urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("welcome/", welcome),
]
