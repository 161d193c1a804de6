"""References that an end user can read to somebody: ten characters that cannot be confused."""

from __future__ import annotations

import secrets
import unicodedata

# Crockford's base 32: no I, L, O or U.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 10
_random = secrets.SystemRandom()
# What people write in place of a digit.
CONFUSED = str.maketrans("OIL", "011")


def new_reference() -> str:
    """Return a fresh reference, 50 bits."""
    return "".join(_random.choices(ALPHABET, k=LENGTH))


def shown(reference: str) -> str:
    """Return the reference as people read it."""
    return f"{reference[:5]}-{reference[5:]}" if reference else ""


def read(typed: str) -> str:
    """Return the reference that somebody typed or pasted, or nothing where it cannot be one."""
    letters = filter(str.isalnum, unicodedata.normalize("NFKC", typed).upper())
    reference = "".join(letters).translate(CONFUSED)
    possible = len(reference) == LENGTH and set(reference) <= set(ALPHABET)
    return reference if possible else ""
