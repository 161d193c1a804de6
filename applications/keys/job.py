"""The job that replaces signing keys."""

from __future__ import annotations

import logging

from django.utils import timezone
from procrastinate.contrib.django import app

from applications.keys.rotation import projects_with_old_keys, remove_retired_keys, rotate_keys
from projects.models import Project

log = logging.getLogger("menkou.jobs")


class KeysNotRotated(Exception):
    """The keys of some projects could not be replaced; the log names them."""


@app.periodic(cron="37 3 * * *")
@app.task(
    name="applications.rotate_keys",
    queueing_lock="applications.rotate_keys",
    lock="applications.rotate_keys",
)
def rotate_old_keys(timestamp: int) -> None:
    """Publish successors of keys that sign for long, and delete keys that are no longer needed.

    Raises KeysNotRotated at the end if that failed for some projects. The next run tries again.
    """
    now = timezone.now()
    rotated, failed = 0, 0
    for project in projects_with_old_keys(now):
        try:
            rotated += bool(rotate_keys(project))
        except Project.DoesNotExist:
            continue  # It was deleted meanwhile.
        except Exception as error:
            failed += 1
            # A database error may quote values.
            log.error(
                "The signing keys of project %s were not replaced: %s",
                project.slug,
                type(error).__name__,
            )
    removed = remove_retired_keys(now)
    log.info("Signing keys: %d projects rotated, %d keys removed", rotated, removed)
    if failed:
        raise KeysNotRotated(f"{failed} projects")
