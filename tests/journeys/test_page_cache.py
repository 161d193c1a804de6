"""An administrator switches a button off, and a person who reloads the page sees it gone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from connections.services import set_enabled
from projects.tenants.hosts import hosts
from tests.cast import make_connection
from tests.journeys.stage import Stage
from tests.waiting import wait_until


@pytest.fixture
def keeping(stage: Stage, settings: Any) -> Iterator[Stage]:
    """The stage as it is deployed: pages are kept."""
    settings.KEPT_PAGES_BYTES = 1024 * 1024
    wait_until(hosts.listener.is_current)
    yield stage
    hosts.listener.stop()


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_person_who_reloads_sees_what_was_saved(keeping: Stage, language: str) -> None:
    connection = make_connection(keeping.project)
    set_enabled(connection, enabled=False, actor=keeping.owner)
    person = keeping.browser(language)
    button = person.page.get_by_role("button", name=person.words["button"], exact=True)
    person.page.goto(keeping.sign_in_page)
    person.check_accessibility()
    expect(button).to_have_count(0)

    set_enabled(connection, enabled=True, actor=keeping.owner)
    wait_until(lambda: kept_version(keeping) == 2, seconds=1.0)
    # Drawn once, kept from then on.
    for _ in range(2):
        person.page.reload()
        expect(button).to_be_visible()
        person.check_accessibility()

    button.click()
    person.page.wait_for_url("**/connect/qrconnect?**")


def kept_version(stage: Stage) -> int:
    project = hosts.find_project(stage.project.host)
    return project.version if project else -1
