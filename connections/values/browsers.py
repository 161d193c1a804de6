"""The kind of browser, from the User-Agent. It selects a sign-in method, never a permission."""

from __future__ import annotations

from enum import StrEnum

from django.http import HttpRequest

# Words in the User-Agent of phones and small tablets. An iPad identifies as a desktop computer.
PHONES = ("iphone", "ipod", "mobi")


class Browser(StrEnum):
    """The kinds of browser that sign-in pages distinguish."""

    DESKTOP = "desktop"
    PHONE = "phone"
    WECHAT = "wechat"
    WECOM = "wecom"

    @property
    def is_embedded(self) -> bool:
        """Whether the browser is part of another app."""
        return self in {Browser.WECHAT, Browser.WECOM}


def detect_browser(request: HttpRequest) -> Browser:
    """Return the kind of browser from the User-Agent header."""
    # Not `request.headers`, which copies all headers: this runs for every cached page.
    user_agent = request.META.get("HTTP_USER_AGENT", "").lower()
    # WeCom's User-Agent contains MicroMessenger as well.
    if "wxwork" in user_agent:
        return Browser.WECOM
    if "micromessenger" in user_agent:
        return Browser.WECHAT
    if any(word in user_agent for word in PHONES):
        return Browser.PHONE
    return Browser.DESKTOP
