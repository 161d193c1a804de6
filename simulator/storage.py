"""The file that stores apps, people and switches."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from simulator.switches import Switches
from simulator.world import Account, App, AppState, Kind, Person, PushFormat, World

FORMAT = 1

# JSON has no enumerations and no tuples.
KINDS: dict[str, Callable[[Any], Any]] = {
    "kind": Kind,
    "state": AppState,
    "push_format": PushFormat,
    "ip_whitelist": tuple,
}


class Unreadable(Exception):
    """The file is not one of ours; the message is the reason."""


class Storage:
    """A file. With the path ``None``, nothing is stored."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._written = ""

    def read(self) -> tuple[World, Switches] | None:
        """Return the stored state, or None if there is no file yet."""
        if self.path is None or not self.path.exists():
            return None
        try:
            kept = json.loads(self.path.read_text(encoding="utf-8"))
            return _world(kept), _switches(kept)
        except (OSError, ValueError, TypeError, LookupError, AttributeError) as error:
            raise Unreadable(f"{type(error).__name__}: {error}") from error

    def write(self, world: World, switches: Switches) -> None:
        """Store everything if anything has changed."""
        if self.path is None:
            return
        text = _text(world, switches)
        if text != self._written:
            _replace(self.path, text)
            self._written = text


def _world(kept: dict[str, Any]) -> World:
    if kept["format"] != FORMAT:
        raise ValueError(f"format {kept['format']} is not {FORMAT}")
    return World(
        kept["world"],
        [_app(app) for app in kept["apps"]],
        [Person(**person) for person in kept["people"]],
        [Account(**account) for account in kept["accounts"]],
    )


def _app(kept: dict[str, Any]) -> App:
    return App(**{name: KINDS.get(name, _same)(value) for name, value in kept.items()})


def _switches(kept: dict[str, Any]) -> Switches:
    switches = Switches()
    switches.change(kept["switches"])
    return switches


def _same(value: Any) -> Any:
    return value


def _text(world: World, switches: Switches) -> str:
    usual = Switches().read()
    kept = {
        "format": FORMAT,
        "world": world.name,
        "accounts": [asdict(account) for account in world.accounts.values()],
        "apps": [asdict(app) for app in world.apps.values()],
        "people": [asdict(person) for person in world.people.values()],
        "switches": {k: v for k, v in switches.read().items() if v != usual[k]},
    }
    return json.dumps(kept, ensure_ascii=False, indent=1) + "\n"


def _replace(path: Path, text: str) -> None:
    """Write a new file and move it into place, so that the file is always complete."""
    new = path.with_name(path.name + ".new")
    with suppress(FileNotFoundError):
        new.unlink()
    # The secrets are invented, but a real one may have been entered.
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    new.replace(path)
