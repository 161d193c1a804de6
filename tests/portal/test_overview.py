"""The overview of a project: what needs attention comes first, then how sign-ins go."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from connections.checking.steps import CheckStep, StepName
from connections.fields.dates import expiry_name
from connections.health.rollup import beginning_of_hour, count_hours
from connections.models import (
    CheckState,
    Connection,
    Draft,
    SignIn,
    StepVerdict,
    StoredSecret,
)
from projects.models import Project, User
from signin.references import format_reference, new_reference
from tests.cast import make_connection
from tests.portal.page_reader import Page, said_in
from tests.rows import each_row

OVERVIEW = "/projects/acme/"
PAGE = "/projects/acme/connections/wechat_web/"
LABEL = "“Sign in with WeChat”"


def sign_in(connection: Connection, outcome: str = "ok", **values: Any) -> SignIn:
    return SignIn.objects.create(
        **{
            "project": connection.project,
            "connection": connection,
            "alias": connection.alias,
            "provider": connection.provider,
            "reference": new_reference(),
            "outcome": outcome,
            "started_at": timezone.now(),
            "returned_at": timezone.now(),
            **values,
        }
    )


def attention(client: Client) -> list[tuple[str, str, str, str]]:
    """The level, sentence, action and address of each item."""
    return items_of(Page(client.get(OVERVIEW)))


def items_of(page: Page) -> list[tuple[str, str, str, str]]:
    """The items of a page that need attention."""
    found = []
    for group in page.every(class_="attention-list"):
        for item in group.every("li"):
            link, sentence = item.one("a"), item.one("p").text
            level = item.attributes["class"].removeprefix("attention-")
            action = link.text.removesuffix(sentence).rstrip(": ")
            found.append((level, sentence, action, link.attributes["href"]))
    return found


def change(**values: Any) -> Callable[[Connection], object]:
    return lambda connection: Connection.objects.filter(pk=connection.pk).update(**values)


def expire_in(days: int) -> Callable[[Connection], object]:
    day = (timezone.localdate() + timedelta(days=days)).isoformat()
    return lambda connection: Connection.objects.filter(pk=connection.pk).update(
        settings={**connection.settings, expiry_name("client_secret"): day}
    )


def corrupt(connection: Connection) -> None:
    stored = StoredSecret.objects.get(connection=connection)
    stored.ciphertext = bytes(stored.ciphertext)[:-1] + b"?"
    stored.save()


def use(connection: Connection) -> None:
    sign_in(connection)


def try_sign_in(connection: Connection, outcome: str) -> None:
    now = timezone.now()
    connection.trials.create(
        outcome=outcome, is_by_link=True, link_hash="l", expires_at=now, finished_at=now
    )


def fail(connection: Connection) -> None:
    now = timezone.now()
    step = CheckStep(StepName.CREDENTIALS, StepVerdict.FAILED, "40125")
    CheckState.objects.create(
        connection=connection, next_at=now, failing_since=now, failing_step=step.as_json()
    )
    change(check_failed_at=now)(connection)


REJECTED = (
    "danger",
    f"The last check of {LABEL} failed.",
    "Open connection",
    PAGE,
)
MISSING = (
    "danger",
    f"{LABEL} has no secret. Users cannot sign in with it.",
    "Enter the secret",
    f"{PAGE}#credentials",
)
UNREADABLE = (
    "danger",
    f"The secret of {LABEL} cannot be decrypted. Users cannot sign in with it.",
    "Enter the secret",
    f"{PAGE}#credentials",
)
DRAFT = ("info", f"{LABEL} has a draft that is not published.", "See draft", PAGE)
UNTRIED = ("info", f"Nobody has signed in with {LABEL} yet.", "Try sign-in", f"{PAGE}try/")
FAILING = (
    "danger",
    f"{LABEL} is failing. WeChat does not accept the AppSecret.",
    "Open connection",
    PAGE,
)


@each_row(
    "changes, expected",
    [
        ([use], []),
        ([], [UNTRIED]),
        ([lambda connection: sign_in(connection, "config")], [UNTRIED]),
        # The numbers of sign-ins whose records are gone; a trial; a person who came earlier.
        ([lambda connection: connection.hours.create(hour=timezone.now(), signed_in=1)], []),
        ([lambda connection: connection.successful_trials.create(fingerprint="f")], []),
        (
            [
                lambda connection: connection.identities.create(
                    project=connection.project,
                    user=User.objects.create(project=connection.project, password="!"),
                )
            ],
            [],
        ),
        ([lambda connection: try_sign_in(connection, "ok")], []),
        ([lambda connection: try_sign_in(connection, "config")], [UNTRIED]),
        ([use, fail], [FAILING]),
        ([use, change(check_failed_at=timezone.now())], [REJECTED]),
        ([use, lambda connection: connection.secrets.all().delete()], [MISSING]),
        ([use, corrupt], [UNREADABLE]),
        ([use, lambda connection: Draft.objects.create(connection=connection)], [DRAFT]),
        ([change(is_unpublished=True, enabled=False)], [DRAFT]),
        # Nobody misses a connection that is turned off.
        ([change(enabled=False, check_failed_at=timezone.now())], []),
        # The most urgent first.
        (
            [
                lambda connection: Draft.objects.create(connection=connection),
                change(check_failed_at=timezone.now()),
            ],
            [REJECTED, DRAFT, UNTRIED],
        ),
    ],
    undo=True,
)
def test_what_needs_attention(
    as_editor: Client,
    project: Project,
    changes: list[Callable[[Connection], object]],
    expected: list[tuple[str, ...]],
) -> None:
    connection = make_connection(project)
    for each in changes:
        each(connection)

    page = Page(as_editor.get(OVERVIEW))
    assert items_of(page) == expected
    assert ("Nothing needs your attention" in page.text) is (not expected)


@each_row(
    "days, level, words",
    [
        (31, "", ""),
        (30, "warning", "expires in 30 days"),
        (0, "warning", "expires today"),
        (-1, "danger", "expired on"),
    ],
    undo=True,
)
def test_what_expires_needs_attention(
    as_viewer: Client, project: Project, days: int, level: str, words: str
) -> None:
    connection = make_connection(project)
    use(connection)
    expire_in(days)(connection)
    found = [
        (each[0], each[1].startswith(LABEL) and words in each[1]) for each in attention(as_viewer)
    ]
    assert found == ([(level, True)] if level else [])


def test_a_viewer_is_not_told_to_change_what_they_may_not(
    as_viewer: Client, project: Project
) -> None:
    make_connection(project, secret="")
    assert [each[2] for each in attention(as_viewer)] == ["Open connection"]


def test_owners_are_told_that_no_mail_is_sent(
    as_owner: Client, as_editor: Client, project: Project, settings: Any
) -> None:
    use(make_connection(project))
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    (item,) = attention(as_owner)
    assert item[:1] + item[2:] == ("info", "See members", "/projects/acme/settings/members/")
    assert attention(as_editor) == []
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert attention(as_owner) == []


def test_many_items_are_behind_a_disclosure(as_viewer: Client, project: Project) -> None:
    for number in range(9):
        make_connection(project, alias=f"wechat{number}", labels={"en": f"WeChat {number}"})
    page = Page(as_viewer.get(OVERVIEW))
    shown, folded = page.every(class_="attention-list")
    assert len(list(shown.every("li"))) == 6
    assert len(list(folded.every("li"))) == 3
    assert page.one(class_="attention").one("summary").text == "3 more"


@each_row("language", ["en", "zh-hans"])
def test_every_sentence_is_translated(as_owner: Client, project: Project, language: str) -> None:
    as_owner.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    text = Page(as_owner.get(OVERVIEW)).text
    for sentence in ("Getting started", "Add a connection"):
        assert said_in(language, sentence) in text
    connection = make_connection(project)
    sign_in(connection, "config", cause="40125")
    count_hours()
    text = Page(as_owner.get(OVERVIEW)).text
    for sentence in (
        "Needs your attention",
        "Next steps",
        "Success rate",
        "Failures by cause",
        "Show as table",
        "WeChat does not accept the AppSecret.",
    ):
        assert said_in(language, sentence) in text
    connection.delete()


def test_a_new_project_is_led_through_its_setup(as_owner: Client) -> None:
    page = Page(as_owner.get(OVERVIEW))
    assert page.one(id="getting-started").text == "Getting started"
    assert list(page.every(class_="attention")) == []
    assert list(page.every("svg", class_="chart-drawing")) == []
    assert page.one(id="sign-in-page").one("code").text == "http://acme.login.test/login"


def figures(page: Page) -> dict[str, str]:
    return {
        each.one("dt").text: each.one("dd").text for each in page.one(class_="figures").every("div")
    }


def table(page: Page, name: str) -> list[list[str]]:
    found = page.one("table", aria_labelledby=name).one("tbody")
    return [
        [cell.text for cell in row.content if not isinstance(cell, str)]
        for row in found.every("tr")
    ]


def test_the_numbers_of_a_project(
    as_viewer: Client, project: Project, other_project: Project
) -> None:
    wechat = make_connection(project)
    branch = make_connection(project, alias="branch", labels={"en": "Branch"})
    make_connection(project, alias="off", labels={"en": "Off"}, enabled=False)
    for _time in range(4):
        sign_in(branch, durations={"token": 150})
    sign_in(wechat)
    sign_in(branch, "cancelled")
    failed = sign_in(wechat, "config", cause="40125")
    sign_in(make_connection(other_project))
    hour = beginning_of_hour(timezone.now())
    wechat.unreturned.create(hour=hour, count=2)
    # Within 30 days, but not within seven.
    wechat.hours.create(hour=hour - timedelta(days=10), started=1000, signed_in=999, new_users=7)
    count_hours()

    page = Page(as_viewer.get(OVERVIEW))

    assert figures(page) == {"Signed in": "5", "Success rate": "56%", "New users": "0"}
    assert table(page, "by-connection") == [
        ["Branch", "5", "4", "80%", "0", "about 150 ms"],
        ["Sign in with WeChat", "4", "1", "25%", "0", "–"],
    ]
    ((cause, connection, count, reference),) = table(page, "failures")
    assert cause.startswith("WeChat does not accept the AppSecret. 40125 Enter the current")
    assert (connection, count) == ("Sign in with WeChat", "1")
    assert reference == format_reference(failed.reference)
    story = page.links[reference]
    assert as_viewer.get(story).status_code == 200

    page = Page(as_viewer.get(OVERVIEW, {"period": "30d"}))
    assert figures(page) == {"Signed in": "1,004", "Success rate": ">99%", "New users": "7"}
    rows = table(page, "sign-ins-chart-title")
    assert len(rows) == 30
    assert rows[-1][1:] == ["9", "5", "3", "1"]
    assert [row[1] for row in rows if row[1] == "1,000"] == ["1,000"]


def test_a_period_that_is_not_offered_is_the_first(as_viewer: Client, project: Project) -> None:
    make_connection(project).hours.create(hour=timezone.now(), started=1)
    for period in ("", "7d", "24h", "x" * 10_000):
        page = Page(as_viewer.get(OVERVIEW, {"period": period}))
        (current,) = page.one(class_="periods").every("a", aria_current="true")
        assert current.text == "7 days"


def test_without_sign_ins_the_page_says_so(as_viewer: Client, project: Project) -> None:
    make_connection(project)
    count_hours()
    text = Page(as_viewer.get(OVERVIEW)).text
    assert "No sign-ins in this period." in text
