"""The consoles of China's platforms: their ids look alike, and one is often pasted for another."""

from __future__ import annotations

import re
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections.forms import ConnectionForm, mixed_up
from connections.providers.definition import Site, Text

# The shapes that the platforms' own samples have.
FOREIGN: dict[str, tuple[re.Pattern[str], Text]] = {
    "wechat": (
        re.compile(r"wx[0-9a-f]{16}", re.IGNORECASE),
        _("This is an AppID from WeChat (wx…), which is another product."),
    ),
    "original": (
        re.compile(r"gh_.*", re.IGNORECASE),
        _("This is an 原始ID from WeChat (gh_…), which is another product."),
    ),
    "feishu": (
        re.compile(r"cli_.*", re.IGNORECASE),
        _("This is an App ID from Feishu or Lark (cli_…), which is another product."),
    ),
    "wecom": (
        re.compile(r"w[wx][0-9a-z]{16}", re.IGNORECASE),
        _("This is a CorpID from WeCom (ww…), which is another product."),
    ),
    "dingtalk": (
        re.compile(r"ding[0-9a-z]{8,40}", re.IGNORECASE),
        _("This is an id from DingTalk (ding…), which is another product."),
    ),
    "address": (
        re.compile(r".*(?:://|@).*"),
        _("This is a web or e-mail address, and not a value from the console."),
    ),
}


class ConsoleForm(ConnectionForm):
    """Asks for the two values that every platform gives to an app, and names mix-ups."""

    # Which of the foreign shapes are this platform's own.
    own: ClassVar[tuple[str, ...]] = ()
    id_shape: ClassVar[re.Pattern[str]]
    id_doubt: ClassVar[Text]
    id_as_secret: ClassVar[Text]
    # Values of the same console that belong into no field, or into another one.
    mix_ups: ClassVar[tuple[tuple[re.Pattern[str], Text], ...]] = ()
    secret_pattern: ClassVar[re.Pattern[str]]
    secret_doubt: ClassVar[Text]

    def clean_client_id(self) -> str:
        value: str = self.cleaned_data["client_id"]
        mixed_up(value, (*self.mix_ups, *self.foreign))
        if not self.id_shape.fullmatch(value):
            self.warn("client_id", "shape", self.id_doubt)
        return value

    def clean_client_secret(self) -> str:
        value: str = self.cleaned_data["client_secret"]
        if not value:
            return ""
        if value == self.cleaned_data.get("client_id"):
            raise ValidationError(str(self.id_as_secret), code="mixed_up")
        mixed_up(value, ((self.id_shape, self.id_as_secret), *self.foreign))
        if not self.secret_pattern.fullmatch(value):
            self.warn("client_secret", "shape", self.secret_doubt)
        return value

    @property
    def foreign(self) -> tuple[tuple[re.Pattern[str], Text], ...]:
        """What belongs to another platform, with the sentence that says so."""
        return tuple(each for name, each in FOREIGN.items() if name not in self.own)


def is_no_domain(site: Site) -> bool:
    """Whether the site is on localhost or on a bare address, which no platform can review."""
    host = site.hostname
    return (
        host == "localhost"
        or host.endswith(".localhost")
        or ":" in host
        or host.rpartition(".")[2].isdigit()
    )
