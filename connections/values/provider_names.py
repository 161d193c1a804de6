"""Names of providers in sentences."""

from __future__ import annotations

import re

# A space between two Chinese characters, as a template of a sentence leaves one beside a name.
SPACE_IN_CHINESE = re.compile(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")


def with_provider(text: str, brand: str, **values: str) -> str:
    """Insert the provider's name; a Chinese name needs no spaces in a Chinese sentence."""
    return SPACE_IN_CHINESE.sub("", text % {**values, "provider": brand})
