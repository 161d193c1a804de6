"""What operators send is counted: by person, whatever they send."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from connections.models import Connection
from projects.models import Project
from tests.cast import make_connection, wechat_form
from tests.portal.page_reader import Page

ADD = "/projects/acme/connections/add/wechat_web/"


@pytest.fixture
def few(settings: Any) -> None:
    settings.MENKOU_LIMIT_CHANGES = 2


@pytest.mark.usefixtures("few")
def test_over_the_limit_nothing_is_saved_and_the_page_says_when(
    as_editor: Client, project: Project
) -> None:
    for _ in range(2):
        as_editor.post(
            f"{ADD}validate/", {"client_id": "wx"}, headers={"hx-trigger-name": "client_id"}
        )

    answer = as_editor.post(ADD, wechat_form())

    assert answer.status_code == 429
    seconds = int(answer.headers["retry-after"])
    assert 290 < seconds <= 300
    assert Page(answer).one("h1").text == "Too many attempts"
    assert f"Try again in 5 minutes ({seconds} seconds)." in Page(answer).text
    assert "Nothing was changed." in Page(answer).text
    assert Connection.objects.count() == 0


@pytest.mark.usefixtures("few")
def test_looking_is_not_counted(as_editor: Client, project: Project) -> None:
    assert [as_editor.get(ADD).status_code for _ in range(5)] == [200] * 5

    assert as_editor.post(ADD, wechat_form()).status_code == 302


@pytest.mark.usefixtures("few")
def test_one_person_uses_up_nobody_elses(
    as_editor: Client, as_owner: Client, project: Project
) -> None:
    make_connection(project)
    switch = "/projects/acme/connections/wechat_web/switch/"

    assert [as_editor.post(switch).status_code for _ in range(3)] == [302, 302, 429]
    assert as_owner.post(switch).status_code == 302


@pytest.mark.usefixtures("few")
def test_what_a_person_may_not_do_is_counted_too(as_viewer: Client, project: Project) -> None:
    assert [as_viewer.post(ADD).status_code for _ in range(3)] == [403, 403, 429]


@pytest.mark.usefixtures("few")
def test_creating_projects_is_counted(as_owner: Client) -> None:
    create = "/projects/create/"

    assert [as_owner.post(create, {}).status_code for _ in range(3)] == [200, 200, 429]
