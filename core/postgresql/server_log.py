"""Settings that keep session keys and other values out of PostgreSQL's own log.

The DETAIL of a duplicate quotes the row, which may hold a session key. Statements are sent without
their values, but those of psql, of scripts and of schema changes are not.
"""

from __future__ import annotations

from django.db import connection as database

# Listed in docs/production.md for postgresql.conf. All but the last need a superuser.
PRIVATE_LOG_SETTINGS = {
    # Without DETAIL, HINT, QUERY and CONTEXT.
    "log_error_verbosity": "terse",
    # Without STATEMENT.
    "log_min_error_statement": "panic",
    # Not as statements are received or finished, either.
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "-1",
    "log_transaction_sample_rate": "0",
    "log_parameter_max_length_on_error": "0",
}


def find_revealing_settings() -> dict[str, str]:
    """Return the settings of our connections that let values get into the log."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)",
            [list(PRIVATE_LOG_SETTINGS)],
        )
        return {
            name: value for name, value in sorted(cursor) if value != PRIVATE_LOG_SETTINGS[name]
        }
