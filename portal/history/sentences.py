"""Sentences of History, cut into pieces so that a page can set names apart."""

from __future__ import annotations

import re
from dataclasses import dataclass

from projects.audit.kinds import ACTOR, TARGET

CUT = re.compile(f"({re.escape(ACTOR)}|{re.escape(TARGET)})")


@dataclass(frozen=True)
class Piece:
    """A piece of a sentence: plain text, or the name that takes a place."""

    text: str
    # "actor" or "target"; empty for plain text.
    role: str = ""
    # Of the target's page, where it has one.
    url: str = ""


def cut_sentence(sentence: str, *, actor: str, target: str, target_url: str = "") -> list[Piece]:
    """Return the pieces of a sentence. A name that looks like a place stays as it is."""
    names = {ACTOR: Piece(actor, "actor"), TARGET: Piece(target, "target", target_url)}
    return [names.get(part) or Piece(part) for part in CUT.split(sentence) if part]
