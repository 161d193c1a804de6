"""What must hold before a server answers anybody."""

from __future__ import annotations

import os
import sys

import django


def refuse_unsafe_start() -> None:
    """End the process with a sentence where keys, settings or the database are wrong."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    django.setup()
    from django.core import checks
    from django.db import DatabaseError, connection, connections

    from connections.keyset import KeysetError
    from connections.secrets import check_keys

    errors = [each for each in checks.run_checks() if each.level >= checks.ERROR]
    if errors:
        sys.exit("\n".join(f"{error.id}: {error.msg} {error.hint or ''}" for error in errors))
    try:
        check_keys()
    except KeysetError as error:
        sys.exit(f"Menkou does not start: {error}")
    except DatabaseError as error:
        sys.exit(f"Menkou does not start: the database said: {error}")
    finally:
        connection.close()
        connections["default"].close_pool()  # type: ignore[attr-defined]
