"""How many examples there are, and the product that they are sent to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from pytest_django import DjangoDbBlocker

from tests.fuzz.stage import Stage, built, own_database

# The worker has its own limits, and every example is many milliseconds long.
COMMON: dict[str, Any] = {
    "deadline": None,
    "database": None,
    "print_blob": False,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
}
# The same examples each time. A failure is printed as it was found: to make an example smaller that
# hangs takes long.
settings.register_profile(
    "suite", max_examples=10, derandomize=True, phases=[Phase.explicit, Phase.generate], **COMMON
)
settings.register_profile("long", max_examples=300, **COMMON)
settings.load_profile("suite")


@pytest.fixture(scope="module")
def stage(
    django_db_blocker: DjangoDbBlocker,
    keyset: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stage]:
    """The product in a process of its own, over a database of its own."""
    folder = tmp_path_factory.mktemp("fuzz")
    with (
        django_db_blocker.unblock(),
        own_database() as url,
        built(url, keyset, folder / "worker.log") as made,
    ):
        yield made
