"""Retention rules: which rows are deleted when. Deletes in batches, to keep locks short."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection as database
from django.utils import timezone

from signin.state import RECOGNIZED_MINUTES

RETENTION = timedelta(days=90)
# 13 months, so that a month can be compared with that of the year before.
HEALTH_RETENTION = timedelta(days=396)
# How long the secrets of a replaced revision can be restored.
SECRET_RETENTION = timedelta(days=30)
# Longer than the retries of any job take.
JOB_RETENTION = timedelta(days=30)
# Whoever uses a code or token too late is told that it has expired.
TOKEN_RETENTION = timedelta(days=1)
BATCH = 5_000


@dataclass(frozen=True)
class RetentionRule:
    """A rule for rows that are deleted once they are old enough.

    The statement deletes a batch of rows from before a given time. It skips locked rows, for
    example those of a second run of the same command.
    """

    name: str
    statement: str
    retention: timedelta = timedelta()


# Whoever never came back is counted by connection and hour. The connection is locked first, as a
# deletion does, and nothing is waited for.
UNFINISHED = RetentionRule(
    "unfinished sign-ins",
    """
    WITH gone AS (
        DELETE FROM connections_pendingsignin WHERE state_hash IN (
            SELECT pending.state_hash FROM connections_connection AS connection
            JOIN connections_pendingsignin AS pending ON pending.connection_id = connection.id
            WHERE pending.expires_at < %s LIMIT %s
            FOR KEY SHARE OF connection SKIP LOCKED FOR UPDATE OF pending SKIP LOCKED)
        RETURNING connection_id, started_at, taken_at IS NULL AND stray_reference = '' AS unreturned
    ), counted AS (
        INSERT INTO connections_unreturnedsignins AS counts (connection_id, hour, count)
        SELECT connection_id, date_trunc('hour', started_at, 'UTC'), count(*)
        FROM gone WHERE unreturned GROUP BY 1, 2 ORDER BY 1, 2
        ON CONFLICT (connection_id, hour) DO UPDATE SET count = counts.count + EXCLUDED.count
    )
    SELECT FROM gone
    """,
    timedelta(minutes=RECOGNIZED_MINUTES),
)
# Rows that are kept so that a callback is recognized need neither verifier nor nonce.
SPENT_SECRETS = RetentionRule(
    "secrets of expired sign-ins",
    "UPDATE connections_pendingsignin SET pkce_verifier = '', nonce = '', posted = NULL"
    " WHERE state_hash IN (SELECT state_hash FROM connections_pendingsignin WHERE expires_at < %s"
    " AND (pkce_verifier <> '' OR nonce <> '' OR posted IS NOT NULL) LIMIT %s"
    " FOR UPDATE SKIP LOCKED)",
    timedelta(minutes=1),
)
# What was typed into a form that came back and was never sent again.
TYPED_SECRETS = RetentionRule(
    "secrets of abandoned forms",
    "DELETE FROM connections_typedsecret WHERE id IN (SELECT id"
    " FROM connections_typedsecret WHERE expires_at < %s LIMIT %s FOR UPDATE SKIP LOCKED)",
)

RETENTION_RULES = (
    RetentionRule(
        "sign-ins",
        "DELETE FROM connections_signin WHERE id IN (SELECT id FROM connections_signin"
        " WHERE ended_at < %s ORDER BY ended_at LIMIT %s FOR UPDATE SKIP LOCKED)",
        RETENTION,
    ),
    RetentionRule(
        "origins of changes",
        "DELETE FROM projects_eventorigin WHERE event_id IN (SELECT event_id"
        " FROM projects_eventorigin WHERE at < %s LIMIT %s FOR UPDATE SKIP LOCKED)",
        RETENTION,
    ),
    UNFINISHED,
    SPENT_SECRETS,
    TYPED_SECRETS,
    RetentionRule(
        "replaced secrets of connections",
        "UPDATE connections_revisionsecret SET ciphertext = '', key_id = 0, last4 = ''"
        " WHERE id IN (SELECT id FROM connections_revisionsecret WHERE replaced_at < %s"
        " AND key_id > 0 LIMIT %s FOR UPDATE SKIP LOCKED)",
        SECRET_RETENTION,
    ),
    RetentionRule(
        "hourly counts of people who never came back",
        "DELETE FROM connections_unreturnedsignins WHERE id IN (SELECT id"
        " FROM connections_unreturnedsignins WHERE hour < %s LIMIT %s FOR UPDATE SKIP LOCKED)",
        RETENTION,
    ),
    RetentionRule(
        "hourly numbers of connections",
        "DELETE FROM connections_connectionhour WHERE id IN (SELECT id"
        " FROM connections_connectionhour WHERE hour < %s LIMIT %s FOR UPDATE SKIP LOCKED)",
        HEALTH_RETENTION,
    ),
    RetentionRule(
        "secrets of expired trials",
        "UPDATE connections_trial SET pkce_verifier = '', nonce = '', posted = NULL"
        " WHERE id IN (SELECT id FROM connections_trial WHERE expires_at < %s"
        " AND (pkce_verifier <> '' OR nonce <> '' OR posted IS NOT NULL) LIMIT %s"
        " FOR UPDATE SKIP LOCKED)",
        timedelta(minutes=1),
    ),
    RetentionRule(
        "trials of sign-ins",
        "DELETE FROM connections_trial WHERE id IN (SELECT id"
        " FROM connections_trial WHERE created_at < %s LIMIT %s FOR UPDATE SKIP LOCKED)",
        timedelta(days=30),
    ),
    RetentionRule(
        "checks of connections",
        # The latest of a connection stays, however old it is.
        "DELETE FROM connections_checkresult WHERE id IN (SELECT id"
        " FROM connections_checkresult AS checks WHERE at < %s AND EXISTS"
        " (SELECT FROM connections_checkresult AS newer"
        " WHERE newer.connection_id = checks.connection_id AND newer.id > checks.id)"
        " LIMIT %s FOR UPDATE SKIP LOCKED)",
        RETENTION,
    ),
    RetentionRule(
        "expired invitations",
        "DELETE FROM projects_invitation WHERE id IN (SELECT id"
        " FROM projects_invitation WHERE expires_at < %s LIMIT %s FOR UPDATE SKIP LOCKED)",
        RETENTION,
    ),
    RetentionRule(
        "expired sessions of end users",
        "DELETE FROM connections_endusersession WHERE sid IN (SELECT sid"
        " FROM connections_endusersession WHERE expires_at < %s LIMIT %s FOR UPDATE SKIP LOCKED)",
    ),
    RetentionRule(
        "old authorization requests",
        "DELETE FROM applications_authorizationrequest WHERE id_hash IN (SELECT id_hash"
        " FROM applications_authorizationrequest WHERE expires_at < %s LIMIT %s"
        " FOR UPDATE SKIP LOCKED)",
        timedelta(hours=23),
    ),
    RetentionRule(
        "expired tokens",
        "DELETE FROM applications_token WHERE hash IN (SELECT hash"
        " FROM applications_token WHERE expires_at < %s LIMIT %s FOR UPDATE SKIP LOCKED)",
        TOKEN_RETENTION,
    ),
    RetentionRule(
        "expired codes and grants",
        "DELETE FROM applications_grant WHERE id IN (SELECT id FROM applications_grant AS grants"
        " WHERE expires_at < %s AND NOT EXISTS"
        " (SELECT FROM applications_token WHERE grant_id = grants.id)"
        # The newest one of a session says whom to tell when it ends.
        " AND (NOT EXISTS (SELECT FROM connections_endusersession WHERE sid = grants.sid)"
        " OR EXISTS (SELECT FROM applications_grant AS newer WHERE newer.sid = grants.sid"
        " AND newer.application_id = grants.application_id AND newer.id > grants.id))"
        " LIMIT %s FOR UPDATE SKIP LOCKED)",
        TOKEN_RETENTION,
    ),
    RetentionRule(
        "old sign-out requests",
        "DELETE FROM applications_logoutrequest WHERE id_hash IN (SELECT id_hash"
        " FROM applications_logoutrequest WHERE created_at < %s LIMIT %s FOR UPDATE SKIP LOCKED)",
        timedelta(hours=24),
    ),
    RetentionRule(
        "logout messages",
        "DELETE FROM applications_logoutdelivery WHERE id IN (SELECT id"
        " FROM applications_logoutdelivery WHERE created_at < %s LIMIT %s FOR UPDATE SKIP LOCKED)",
        timedelta(days=30),
    ),
    RetentionRule(
        "mistakes of applications",
        "DELETE FROM applications_developererror WHERE id IN (SELECT id"
        " FROM applications_developererror WHERE last_at < %s LIMIT %s FOR UPDATE SKIP LOCKED)",
        timedelta(days=30),
    ),
    RetentionRule(
        "expired sessions of operators",
        "DELETE FROM django_session WHERE session_key IN (SELECT session_key"
        " FROM django_session WHERE expire_date < %s LIMIT %s FOR UPDATE SKIP LOCKED)",
    ),
    RetentionRule(
        "failed jobs",
        "DELETE FROM procrastinate_jobs WHERE id IN (SELECT job.id FROM procrastinate_jobs job"
        " WHERE job.status IN ('failed', 'cancelled', 'aborted') AND NOT EXISTS (SELECT FROM"
        " procrastinate_events event WHERE event.job_id = job.id AND event.at >= %s)"
        " LIMIT %s FOR UPDATE SKIP LOCKED)",
        JOB_RETENTION,
    ),
    RetentionRule(
        "undelivered emails without a job",
        "DELETE FROM mail_queuedmail WHERE id IN (SELECT id FROM mail_queuedmail"
        " WHERE created_at < %s LIMIT %s FOR UPDATE SKIP LOCKED)",
        JOB_RETENTION,
    ),
    RetentionRule(
        "expired attempt counts",
        "DELETE FROM limits_ratelimitbucket WHERE key IN (SELECT key"
        " FROM limits_ratelimitbucket WHERE full_at < %s LIMIT %s FOR UPDATE SKIP LOCKED)",
    ),
    RetentionRule(
        "expired rate limits",
        "DELETE FROM django_cache WHERE cache_key IN (SELECT cache_key"
        " FROM django_cache WHERE expires < %s LIMIT %s FOR UPDATE SKIP LOCKED)",
    ),
)


def prune_rows(rule: RetentionRule, *, batch: int = BATCH) -> int:
    """Delete the rows that are old enough; return their number."""
    before = timezone.now() - rule.retention
    removed = 0
    while found := prune_batch(rule, before, batch):
        removed += found
    return removed


def prune_batch(rule: RetentionRule, before: datetime, batch: int) -> int:
    """Delete a batch in its own transaction; return the number of rows."""
    with database.cursor() as cursor:
        cursor.execute(rule.statement, [before, batch])
        return int(cursor.rowcount)
