"""Finds the project of a host, with a cache that is valid until the project changes."""

from __future__ import annotations

import atexit
import threading
from collections import OrderedDict
from typing import Any
from uuid import UUID

from django.conf import settings

from core.postgresql.listener import Listener, Subscription
from core.postgresql.retry import retry_on_lost_connection
from projects.models import Project

# What the trigger of projects/migrations sends: the id of a project whose row has changed.
CHANNEL = "menkou_projects"
# A project's row takes about a kilobyte of memory.
MAX_CACHED = 2000
FIELDS = [field.attname for field in Project._meta.concrete_fields]
ID, VERSION, NAME = (FIELDS.index(each) for each in ("id", "version", "name"))


class ProjectHosts:
    """A cache of projects by host.

    Unknown hosts are not cached: their number is unlimited.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: OrderedDict[str, list[Any]] = OrderedDict()
        # Counts notifications, so that a row read before a change is not cached after it.
        self._changes_heard = 0
        self.epoch = 0
        self.listener = Listener(Subscription(CHANNEL, self._drop_project, self._drop_all))

    def find_project(self, host: str) -> Project | None:
        """Return the project whose host this is, as it was less than a second ago, or None."""
        slug = slug_from_host(host)
        if slug is None:
            return None
        if not settings.KEPT_PAGES_BYTES:
            return load_project(slug)
        if self.hears_changes() and (row := self._cached_row(slug)):
            # A new object for each request, which may modify it.
            return Project.from_db("default", FIELDS, row)
        changes_heard = self._changes_heard
        project = load_project(slug)
        if project is not None:
            self._store_row(slug, [getattr(project, name) for name in FIELDS], changes_heard)
        return project

    def hears_changes(self) -> bool:
        """Whether changes are heard within a second. Starts to listen if pages may be cached."""
        return bool(settings.KEPT_PAGES_BYTES) and self.listener.is_current()

    def cached_version(self, slug: str) -> tuple[UUID, int] | None:
        """Return the id and the version of a project that is kept, as less than a second ago."""
        row = self._cached_row(slug) if self.listener.is_current() else None
        return (row[ID], row[VERSION]) if row else None

    def cached_name(self, host: str) -> str:
        """Return the name of the host's project if it is cached, however old, or ""."""
        slug = slug_from_host(host)
        row = self._cached_row(slug) if slug else None
        return str(row[NAME]) if row else ""

    def _cached_row(self, slug: str) -> list[Any] | None:
        with self._lock:
            row = self._rows.get(slug)
            if row is not None:
                self._rows.move_to_end(slug)
            return row

    def _store_row(self, slug: str, row: list[Any], changes_heard: int) -> None:
        with self._lock:
            if changes_heard != self._changes_heard:
                return
            self._rows[slug] = row
            self._rows.move_to_end(slug)
            if len(self._rows) > MAX_CACHED:
                self._rows.popitem(last=False)

    def _drop_project(self, project_id: str) -> None:
        with self._lock:
            self._changes_heard += 1
            gone = [slug for slug, row in self._rows.items() if str(row[0]) == project_id]
            for slug in gone:
                del self._rows[slug]

    def _drop_all(self) -> None:
        with self._lock:
            self._changes_heard += 1
            self.epoch += 1
            self._rows.clear()


def slug_from_host(host: str) -> str | None:
    """Return the project ID in a host name, or None if it is no project's host."""
    suffix = f".{settings.MENKOU_PROJECT_DOMAIN}"
    return host.removesuffix(suffix) if host.endswith(suffix) else None


@retry_on_lost_connection
def load_project(slug: str) -> Project | None:
    """Load the project from the database, or return None."""
    return Project.objects.filter(slug=slug).first()


hosts = ProjectHosts()
atexit.register(hosts.listener.stop)
