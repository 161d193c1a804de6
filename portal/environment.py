"""Reads and validates environment variables."""

from __future__ import annotations

import os
import re
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

TRUE_WORDS = {"1", "true", "yes", "on"}
FALSE_WORDS = {"0", "false", "no", "off", ""}
LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
HOST = re.compile(rf"{LABEL}(?:\.{LABEL})*(?::\d{{1,5}})?")
ADDRESS = re.compile(r"(?:\[([0-9a-fA-F:]+)\]|([\w.-]+)):(\d{1,5})", re.ASCII)
ORIGIN = re.compile(r"https?://(?:[^\s/?#@:\[\]]+|\[[0-9a-fA-F:.]+\])(?::\d+)?")


def text(name: str, default: str = "") -> str:
    """Return the value of NAME, the content of the file NAME_FILE, or the default."""
    file_name = os.environ.get(f"{name}_FILE", "")
    if not file_name:
        return os.environ.get(name, default)
    try:
        return Path(file_name).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ImproperlyConfigured(f"{name}_FILE cannot be read: it is not UTF-8 text.") from None


def is_set(name: str) -> bool:
    """Whether NAME or NAME_FILE is set."""
    return name in os.environ or bool(os.environ.get(f"{name}_FILE"))


def flag(name: str, *, default: bool = False) -> bool:
    """Return a boolean; unknown words are refused."""
    word = text(name, "1" if default else "0").strip().lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0.")


def number(name: str, *, default: int, least: int = 0) -> int:
    """Return a whole number that is at least `least`."""
    value = text(name, str(default)).strip()
    if not (value.isascii() and value.isdecimal()):
        raise ImproperlyConfigured(f"{name} must be a whole number.")
    if int(value) < least:
        raise ImproperlyConfigured(f"{name} must be {least} or more.")
    return int(value)


def choice(name: str, *, options: tuple[str, ...], default: str) -> str:
    """Return a value that must be one of the options."""
    value = text(name, default)
    if value not in options:
        raise ImproperlyConfigured(f"{name} must be one of: {', '.join(options)}.")
    return value


def origin(name: str, *, default: str) -> str:
    """Return an http or https origin without a trailing slash."""
    return _origin(name, text(name, default))


def _origin(name: str, value: str) -> str:
    value = value.rstrip("/")
    if not ORIGIN.fullmatch(value):
        raise ImproperlyConfigured(f"{name} must look like https://host or http://host:port.")
    return value


def origins(name: str) -> tuple[str, ...]:
    """Return a list of origins, separated by commas or spaces."""
    return tuple(_origin(name, word) for word in text(name).replace(",", " ").split())


def moved_origins(name: str) -> dict[str, str]:
    """Return the pairs https://from=http://to, separated by commas or spaces."""
    pairs = [word.partition("=") for word in text(name).replace(",", " ").split()]
    return {_origin(name, before): _origin(name, after) for before, _sign, after in pairs}


def host(name: str, *, default: str) -> str:
    """Return a host in lower case, with an optional port; wildcards are refused."""
    value = text(name, default).strip().lower().strip(".")
    if not HOST.fullmatch(value):
        raise ImproperlyConfigured(f"{name} must be one host name, such as portal.example.com.")
    return value


def address(name: str) -> tuple[str, int] | None:
    """Return an address to listen on as (host, port), or None if NAME is not set."""
    value = text(name).strip()
    if not value:
        return None
    found = ADDRESS.fullmatch(value)
    if not found or not 0 < int(found[3]) < 65536:
        raise ImproperlyConfigured(f"{name} must look like 127.0.0.1:9464.")
    return found[1] or found[2], int(found[3])
