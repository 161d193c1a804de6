"""Whose host it is: asked of the database once, and kept until the project changes."""

from __future__ import annotations

import atexit
import threading
from collections import OrderedDict
from typing import Any
from uuid import UUID

from django.conf import settings

from projects.listening import Listener
from projects.models import Project

# A project's row takes about a kilobyte of memory.
MOST_KEPT = 2000
FIELDS = [field.attname for field in Project._meta.concrete_fields]
ID, VERSION = FIELDS.index("id"), FIELDS.index("version")


class Hosts:
    """The projects of the hosts that were asked for lately.

    Hosts that are nobody's are not kept: there is no end of them.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: OrderedDict[str, list[Any]] = OrderedDict()
        # Counts what was heard, so that a row read before a change is not kept after it.
        self._heard = 0
        self.epoch = 0
        self.listener = Listener(heard=self._forget, began=self._forget_all)

    def find(self, host: str) -> Project | None:
        """Return the project whose host this is, as it was less than a second ago, or None."""
        slug = slug_of(host)
        if slug is None:
            return None
        if not settings.KEPT_PAGES_BYTES:
            return ask(slug)
        if self.listener.is_sure() and (row := self._kept(slug)):
            # Each request gets a copy of its own, to do with as it likes.
            return Project.from_db("default", FIELDS, row)
        heard = self._heard
        project = ask(slug)
        if project is not None:
            self._keep(slug, [getattr(project, name) for name in FIELDS], heard)
        return project

    def version_of(self, slug: str) -> tuple[UUID, int] | None:
        """Return the id and the version of a project that is kept, as less than a second ago."""
        row = self._kept(slug) if self.listener.is_sure() else None
        return (row[ID], row[VERSION]) if row else None

    def _kept(self, slug: str) -> list[Any] | None:
        with self._lock:
            row = self._rows.get(slug)
            if row is not None:
                self._rows.move_to_end(slug)
            return row

    def _keep(self, slug: str, row: list[Any], heard: int) -> None:
        with self._lock:
            if heard != self._heard:
                return
            self._rows[slug] = row
            self._rows.move_to_end(slug)
            if len(self._rows) > MOST_KEPT:
                self._rows.popitem(last=False)

    def _forget(self, project_id: str) -> None:
        with self._lock:
            self._heard += 1
            gone = [slug for slug, row in self._rows.items() if str(row[0]) == project_id]
            for slug in gone:
                del self._rows[slug]

    def _forget_all(self) -> None:
        with self._lock:
            self._heard += 1
            self.epoch += 1
            self._rows.clear()


def slug_of(host: str) -> str | None:
    """Return the id that a project's host begins with, or None where it is no such host."""
    suffix = f".{settings.MENKOU_PROJECT_DOMAIN}"
    return host.removesuffix(suffix) if host.endswith(suffix) else None


def ask(slug: str) -> Project | None:
    """Return the project as the database has it now, or None."""
    return Project.objects.filter(slug=slug).first()


hosts = Hosts()
atexit.register(hosts.listener.stop)
