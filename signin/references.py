"""References that an end user can read out to support: ten characters that are hard to confuse."""

from __future__ import annotations

import secrets

from core.text import normalize_text

# Crockford's base 32: no I, L, O or U.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 10
# With spaces and hyphens between the letters.
LONGEST_TYPED = 60
_random = secrets.SystemRandom()
# Letters that are often typed instead of a digit.
CONFUSED = str.maketrans("OIL", "011")


def new_reference() -> str:
    """Return a new reference with 50 bits."""
    return "".join(_random.choices(ALPHABET, k=LENGTH))


def format_reference(reference: str) -> str:
    """Return the reference in the format shown to people."""
    return f"{reference[:5]}-{reference[5:]}" if reference else ""


def parse_reference(typed: str) -> str:
    """Return the reference that was typed or pasted, or "" if it cannot be one."""
    if len(typed) > LONGEST_TYPED:
        return ""
    letters = filter(str.isalnum, normalize_text(typed).upper())
    reference = "".join(letters).translate(CONFUSED)
    possible = len(reference) == LENGTH and set(reference) <= set(ALPHABET)
    return reference if possible else ""
