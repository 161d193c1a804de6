"""Random texts that only a browser may know, such as cookies, and the hashes that are stored."""

from __future__ import annotations

import secrets
import string
from hashlib import sha256

ALPHABET = string.ascii_letters + string.digits
# 190 bits. WeChat's state may be at most 128 letters and digits.
LENGTH = 32


def new_random_text() -> str:
    """Return 32 random letters and digits."""
    # One read from the system; `random.choices` would make one for each letter.
    number = secrets.randbelow(len(ALPHABET) ** LENGTH)
    letters = []
    for _place in range(LENGTH):
        number, at = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[at])
    return "".join(letters)


def is_random_text(value: str) -> bool:
    """Whether a value from outside has the form of a random text of ours."""
    return len(value) == LENGTH and set(value) <= set(ALPHABET)


def hash_text(value: str) -> str:
    """Return the hash (SHA-256) under which the database knows a value."""
    return sha256(value.encode()).hexdigest()
