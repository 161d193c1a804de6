"""What kind of browser somebody has: used to pick a way, never to decide what is allowed."""

from __future__ import annotations

from enum import StrEnum

from django.http import HttpRequest

# Phones and small tablets, by what their browsers say; an iPad says that it is a computer, and has
# a phone beside it.
PHONES = ("iphone", "ipod", "mobi")


class Browser(StrEnum):
    """The kinds between which a sign-in page makes a difference."""

    DESKTOP = "desktop"
    PHONE = "phone"
    WECHAT = "wechat"
    WECOM = "wecom"

    @property
    def is_embedded(self) -> bool:
        """Whether the browser is part of another app."""
        return self in {Browser.WECHAT, Browser.WECOM}


def browser_of(request: HttpRequest) -> Browser:
    """Return the kind of browser that the request says it comes from."""
    # Not by `headers`, which reads all that a request brings; every kept page asks this.
    said = request.META.get("HTTP_USER_AGENT", "").lower()
    # WeCom says MicroMessenger, too.
    if "wxwork" in said:
        return Browser.WECOM
    if "micromessenger" in said:
        return Browser.WECHAT
    if any(word in said for word in PHONES):
        return Browser.PHONE
    return Browser.DESKTOP
