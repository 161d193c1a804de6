"""Commits that do not wait for the disk."""

from __future__ import annotations

# For the FROM clause of a statement that is its own transaction: a row without meaning. The
# statement's changes are visible at once, and reach the disk within about 0.6 s or with the next
# commit that waits. A crash of PostgreSQL in between loses them, and nothing else (PostgreSQL,
# "Asynchronous Commit"). Inside a longer transaction it applies to all of it.
UNSYNCHRONIZED_FROM = "(SELECT set_config('synchronous_commit', 'off', true)) AS unsynchronized"
