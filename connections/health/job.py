"""The job that keeps the hourly numbers up to date."""

from __future__ import annotations

from procrastinate.contrib.django import app

from connections.health.rollup import count_hours


@app.periodic(cron="*/5 * * * *")
@app.task(
    name="connections.count_hours",
    queueing_lock="connections.count_hours",
    lock="connections.count_hours",
)
def count_sign_ins_by_hour(timestamp: int) -> None:
    """Compute the latest hours again, and those that were missed while no worker ran."""
    count_hours()
