"""Pages say what has expired or soon will, and lead to where it is replaced."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils.timezone import localdate

from connections.models import Connection
from projects.models import Project
from tests.cast import make_connection, sign_in_as
from tests.portal.page_reader import Page, said_in
from tests.rows import each_row

LIST = "/projects/acme/connections/"
PAGE = f"{LIST}wechat_web/"
FIELD = "client_secret_expires_on"
REPLACE = "Replace secret Sign in with WeChat"


def in_days(days: int) -> str:
    return (localdate() + timedelta(days=days)).isoformat()


def shown(client: Client, path: str) -> Page:
    answer = client.get(path)
    assert answer.status_code == 200
    return Page(answer)


def banner(page: Page) -> str:
    return " ".join(each.text for each in page.every("div") if "data-expiring" in each.attributes)


def state(page: Page) -> str:
    return next(each.text for each in page.every("span", **{"class": "state"}))


SEEN = [
    # days left, the badge, in the banner, on the connection's page
    (31, "Active", "", ""),
    (30, "Expires in 30 days", "", "expires in 30 days"),
    (8, "Expires in 8 days", "", "expires in 8 days"),
    (7, "Expires in 7 days", "expires in 7 days", "expires in 7 days"),
    (1, "Expires in 1 day", "expires in 1 day", "expires in 1 day"),
    (0, "Expires today", "expires today", "expires today"),
    (-3, "Expired", "expired on", "expired on"),
]


@each_row("days, badge, everywhere, here", SEEN, undo=True)
def test_a_date_on_every_page(
    as_editor: Client, project: Project, days: int, badge: str, everywhere: str, here: str
) -> None:
    make_connection(project, **{FIELD: in_days(days)})

    rows = shown(as_editor, LIST)
    assert state(rows) == badge
    for page in (rows, shown(as_editor, "/projects/acme/history/")):
        assert everywhere in banner(page)
        assert bool(banner(page)) == bool(everywhere)
        assert (page.links.get(REPLACE) == f"{PAGE}#id_client_secret") == bool(everywhere)

    page = shown(as_editor, PAGE)
    callouts = [each.text for each in page.every("div", class_="callout")]
    said = [each for each in callouts if "(AppSecret) expire" in each]
    assert len(said) == bool(here)
    assert all(
        here in each and "Create a new one in the provider's console" in each for each in said
    )
    assert banner(page) == ""


def test_viewers_are_led_to_the_connection(as_viewer: Client, project: Project) -> None:
    make_connection(project, **{FIELD: in_days(2)})

    page = shown(as_viewer, LIST)
    assert page.links["Open the connection Sign in with WeChat"] == PAGE
    assert REPLACE not in page.links
    facts = shown(as_viewer, PAGE)
    assert f"expires on {in_days(2)}" in facts.one("main").text
    assert not [each for each in facts.links if each.startswith("Replace")]


def test_a_connection_that_is_turned_off_is_not_in_the_banner(
    as_editor: Client, project: Project
) -> None:
    make_connection(project, enabled=False, **{FIELD: in_days(2)})
    page = shown(as_editor, LIST)
    assert (banner(page), state(page)) == ("", "Turned off")


def test_the_banner_names_three(as_editor: Client, project: Project) -> None:
    for days in range(5):
        make_connection(
            project, alias=f"a{days}", labels={"en": f"Button {days}"}, **{FIELD: in_days(days)}
        )
    text = banner(shown(as_editor, LIST))
    assert all(f"Button {days}" in text for days in range(3))
    assert "and 2 more" in text
    assert "Button 3" not in text


def test_a_project_says_nothing_of_another_one(
    as_editor: Client, other_project: Project, project: Project
) -> None:
    make_connection(other_project, **{FIELD: in_days(2)})
    assert banner(shown(as_editor, LIST)) == ""


def test_owners_are_told_where_nobody_is_reminded(
    as_owner: Client, as_editor: Client, project: Project, settings: Any
) -> None:
    make_connection(project, **{FIELD: in_days(200)})
    told = "This portal does not send email"
    assert told not in shown(as_owner, PAGE).one("main").text

    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    assert told in shown(as_owner, PAGE).one("main").text
    assert told not in shown(as_editor, PAGE).one("main").text
    Connection.objects.update(settings={**Connection.objects.get().settings, FIELD: ""})
    assert told not in shown(as_owner, PAGE).one("main").text


def test_in_chinese(owner: Any, project: Project) -> None:
    make_connection(project, **{FIELD: in_days(2)})
    client = sign_in_as(owner)
    page = Page(client.get(LIST, headers={"accept-language": "zh-hans"}))
    assert state(page) == "2 天后到期"
    assert "更换密钥 微信登录" in page.links
    assert "将在 2 天后" in banner(page)
    assert said_in("zh-hans", "Replace secret") == "更换密钥"


def test_what_was_typed_is_in_the_history_and_nothing_secret(
    as_editor: Client, project: Project
) -> None:
    connection = make_connection(project)
    form = {"client_id": connection.client_id, "account_id": connection.settings["account_id"]}
    page = shown(as_editor, PAGE)
    sent = {
        **form,
        "enabled": "on",
        FIELD: "31/12/2099",
        "seen": page.one("input", name="seen").attributes["value"],
    }
    answer = as_editor.post(PAGE, sent, follow=True)

    assert Page(answer).messages
    connection.refresh_from_db()
    assert connection.settings[FIELD] == "2099-12-31"
    event = project.events.latest("pk")
    assert event.changes == {FIELD: [None, "2099-12-31"]}
    history = shown(as_editor, "/projects/acme/history/").one("main").text
    assert "2099-12-31" in history
