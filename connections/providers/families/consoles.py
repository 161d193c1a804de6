"""Checks shared by the platforms in China: ids of other products, and sites that none accepts."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from connections.fields.common import Sentences
from connections.values.sites import Site

# The formats of the ids in the platforms' own samples, in upper or lower case.
FOREIGN = {
    "wechat": (
        r"(?i)wx[0-9a-f]{16}",
        _("This is an AppID from WeChat (wx…), which is another product."),
    ),
    "original": (
        r"(?i)gh_.*",
        _("This is an 原始ID from WeChat (gh_…), which is another product."),
    ),
    "feishu": (
        r"(?i)cli_.*",
        _("This is an App ID from Feishu or Lark (cli_…), which is another product."),
    ),
    "wecom": (
        r"(?i)w[wx][0-9a-z]{16}",
        _("This is a CorpID from WeCom (ww…), which is another product."),
    ),
    "dingtalk": (
        r"(?i)ding[0-9a-z]{8,40}",
        _("This is an id from DingTalk (ding…), which is another product."),
    ),
}


def foreign(*own: str) -> Sentences:
    """Return the formats of other platforms' ids, each with the message that names the product."""
    return dict(each for name, each in FOREIGN.items() if name not in own)


def is_no_domain(site: Site) -> bool:
    """Whether the site is on localhost or an IP address, which no platform accepts."""
    return site.is_local or site.has_ip_address
