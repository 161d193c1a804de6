"""Cleans what people paste: one routine for every field, with a rule for each kind.

| | ids, addresses and other text | secrets | keys and certificates |
| --- | --- | --- | --- |
| spaces, line breaks and invisible characters around it | removed | removed | removed |
| a label before it, such as `Client ID:` | removed, with a notice | the same | - |
| quotation marks around it, a comma after it | removed, with a notice | a warning | removed |
| line breaks and invisible characters inside | removed | an error | removed when parsed |
| full-width characters inside | converted | an error | - |

A character inside a secret is never changed.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.text import clean_pasted

Text = str | Promise

INVISIBLE = frozenset({"Cf", "Cc", "Zs", "Zl", "Zp"})
# What stands around a value in consoles, chats, JSON files and word processors.
PAIRS = (
    ('"', '"'),
    ("'", "'"),
    ("`", "`"),
    ("<", ">"),
    ("\u201c", "\u201d"),  # “ ”
    ("\u2018", "\u2019"),  # ‘ ’
    ("\u201d", "\u201d"),
    ("\u201e", "\u201c"),
    ("\u00ab", "\u00bb"),  # « »
    ("\u300c", "\u300d"),  # 「 」
    ("\u300e", "\u300f"),
)
TRAILING = ",;，；、"
FULL_WIDTH = re.compile("[\u3000\uff01-\uff5e]")
LONGEST_LABEL = 60
# Possessive: what follows is never a space, so giving spaces back cannot help.
LABEL = re.compile(rf"([^:：=\n]{{1,{LONGEST_LABEL}}}?)\s*+[:：=]\s*+(?=[^\s/])")
NOT_IN_LABELS = re.compile(r"[\s_()\"'`-]+")
# Labels of consoles and names in configuration files, without spaces and punctuation.
LABELS = frozenset(
    (
        "clientid",
        "clientkey",
        "clientsecret",
        "appid",
        "appkey",
        "appsecret",
        "applicationid",
        "applicationclientid",
        "directorytenantid",
        "tenantid",
        "consumerkey",
        "consumersecret",
        "issuer",
        "issuerurl",
        "entityid",
        "metadataurl",
        "corpid",
        "agentid",
        "teamid",
        "keyid",
    )
)

REMOVED_LABEL = _("Saved without the label before the value.")
REMOVED_PAIR = _("Saved without the quotation marks or the comma around the value.")
MAYBE_PAIR = _(
    "The value has quotation marks around it, or a comma at its end. If they are not part of the "
    "secret, enter it without them."
)
INVISIBLE_INSIDE = _(
    "The value has a line break or an invisible character inside. Copy it again, in one piece."
)
FULL_WIDTH_INSIDE = _(
    "The value has full-width characters, as Chinese and Japanese input methods produce them. Copy "
    "it again, or switch the input method and type it."
)


@dataclass(frozen=True)
class Cleaned:
    """A value, and what to say about it."""

    value: str
    notices: tuple[Text, ...] = ()
    warning: Text = ""
    error: Text = ""


def clean_text(text: str, label: str) -> Cleaned:
    """Return the id, address or other value of one line in a text."""
    value = clean_pasted(text)
    notices: list[Text] = []
    unlabelled = without_label(value, label)
    if unlabelled != value:
        notices.append(REMOVED_LABEL)
    bare = without_wrapping(unlabelled)
    if bare != unlabelled:
        notices.append(REMOVED_PAIR)
    return Cleaned(bare, tuple(notices))


def clean_secret(text: str, label: str) -> Cleaned:
    """Return the secret of one line in a text. Its inside is as it was entered."""
    entered = without_surroundings(text)
    value = without_label(entered, label)
    notices = () if value == entered else (REMOVED_LABEL,)
    error: Text = ""
    if any(unicodedata.category(each) in INVISIBLE - {"Zs"} for each in value):
        error = INVISIBLE_INSIDE
    elif FULL_WIDTH.search(value):
        error = FULL_WIDTH_INSIDE
    warning = MAYBE_PAIR if without_wrapping(value) != value else ""
    return Cleaned(value, notices, warning, error)


def clean_lines(text: str) -> Cleaned:
    """Return a text of several lines, which is parsed later."""
    return Cleaned(without_surroundings(text))


def without_surroundings(text: str) -> str:
    """Return the text without spaces, line breaks and invisible characters around it."""
    start, end = 0, len(text)
    while start < end and unicodedata.category(text[start]) in INVISIBLE:
        start += 1
    while end > start and unicodedata.category(text[end - 1]) in INVISIBLE:
        end -= 1
    return text[start:end]


def without_label(value: str, label: str) -> str:
    """Return the value without the field's own label, or a common one, before it."""
    found = LABEL.match(value)
    if not found:
        return value
    word = plain_label(found[1])
    return value[found.end() :] if word in LABELS or word == plain_label(label) else value


def plain_label(label: str) -> str:
    """Return a label in lower case, without spaces and punctuation."""
    return NOT_IN_LABELS.sub("", label).lower()


def without_wrapping(value: str) -> str:
    """Return the value without quotation marks and brackets around it, and commas after it."""
    while True:
        shorter = without_surroundings(value.rstrip(TRAILING))
        for before, after in PAIRS:
            if len(shorter) > 1 and shorter[0] == before and shorter[-1] == after:
                shorter = without_surroundings(shorter[1:-1])
                break
        if shorter == value:
            return value
        value = shorter
