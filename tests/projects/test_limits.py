"""What counts attempts keeps counting, however many strangers it has to count."""

from __future__ import annotations

import pytest
from django.core.cache import cache

STRANGERS = 400


@pytest.mark.usefixtures("fresh_limits")
def test_a_crowd_of_strangers_does_not_make_a_counter_forget() -> None:
    # Django's table throws a third of its rows away at 300, those that sort first.
    cache.set("a-person-who-tries-passwords", 4, timeout=600)

    for number in range(STRANGERS):
        cache.set(f"stranger-{number}", 1, timeout=600)

    assert cache.get("a-person-who-tries-passwords") == 4
    assert len(cache.get_many(f"stranger-{number}" for number in range(STRANGERS))) == STRANGERS
