"""Links to the same page in another language, also where the request could not be read."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpRequest

from core.language_middleware import known_language

PARAMETER = "lang="
SIGN_INS = "/sso/"
# What may stay as it is in a query.
UNQUOTED = "%&=+/:;,@?!$()*~"


def language_switch(request: HttpRequest) -> dict[str, str]:
    """Return the path ("" for that of this page) and the query to which `lang` is added.

    The address of a form cannot be opened by a link, and that of a sign-in has values of the
    provider, which appear on no page. From both it leads to the sign-in page.
    """
    if request.method not in {"GET", "HEAD"} or request.path.startswith(SIGN_INS):
        return {"path": "/login", "query": ""}
    kept = [each for each in parameters(request) if not each.startswith(PARAMETER)]
    query = quote("&".join(kept), safe=UNQUOTED, encoding="latin-1", errors="replace")
    return {"path": "", "query": query}


def chosen_language(request: HttpRequest) -> str:
    """Return the language that the query asks for, or ""."""
    chosen = [each for each in parameters(request) if each.startswith(PARAMETER)]
    return known_language(chosen[-1].removeprefix(PARAMETER)) if chosen else ""


def parameters(request: HttpRequest) -> list[str]:
    """Return the parameters of the query as they were sent."""
    # Not `request.GET`, which raises for too many parameters.
    query: str = request.META.get("QUERY_STRING", "")
    return [each for each in query.split("&") if each]
