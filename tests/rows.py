"""One test over all rows of a table, whose set-up is made once."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from functools import wraps
from typing import Any

import pytest
from django.db import transaction

Test = Callable[..., None]


@contextmanager
def undone() -> Iterator[None]:
    """Take back whatever the block writes to the database."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def each_row(names: str, rows: Iterable[Any], *, undo: bool = False) -> Callable[[Test], Test]:
    """Replace `pytest.mark.parametrize` where the rows can share the fixtures of one test.

    Every row is tried. All that fail are raised together in an ExceptionGroup, each with a note of
    its row. With `undo`, what a row writes to the database is taken back before the next row.
    """
    table, fields = list(rows), [each.strip() for each in names.split(",")]
    assert table, f"no rows for {names}"

    def decorate(test: Test) -> Test:
        @wraps(test)
        def over_all(*self: Any, **fixtures: Any) -> None:
            failures = []
            for row in table:
                given = dict(zip(fields, row if len(fields) > 1 else [row], strict=True))
                try:
                    with undone() if undo else nullcontext():
                        test(*self, **fixtures, **given)
                except pytest.skip.Exception as skipped:
                    raise AssertionError("a row cannot be skipped") from skipped
                except (Exception, pytest.fail.Exception) as failure:
                    failure.add_note(f"Row: {given!r:.1000}")
                    failures.append(failure)
            if failures:
                raise BaseExceptionGroup(f"{len(failures)} of {len(table)} rows", failures)

        signature = inspect.signature(test)
        kept = [each for each in signature.parameters.values() if each.name not in fields]
        over_all.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]
        return over_all

    return decorate
