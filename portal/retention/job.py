"""The jobs that delete old data."""

from __future__ import annotations

import logging

from procrastinate.contrib.django import app

from portal.retention.tables import (
    RETENTION_RULES,
    SPENT_SECRETS,
    TYPED_SECRETS,
    UNFINISHED,
    prune_rows,
)

log = logging.getLogger("menkou.jobs")


@app.periodic(cron="17 3 * * *")
@app.task(name="prune", queueing_lock="prune", lock="prune")
def prune_all(timestamp: int) -> None:
    """Delete old data and log the counts."""
    removed = [f"{prune_rows(rule)} {rule.name}" for rule in RETENTION_RULES]
    log.info("Pruned: %s", ", ".join(removed))


@app.periodic(cron="*/10 * * * *")
@app.task(name="prune_unfinished", queueing_lock="prune_unfinished", lock="prune_unfinished")
def prune_unfinished(timestamp: int) -> None:
    """Delete and count sign-ins that nobody finished, and clear secrets that nobody needs now."""
    for rule in (SPENT_SECRETS, TYPED_SECRETS, UNFINISHED):
        prune_rows(rule)
