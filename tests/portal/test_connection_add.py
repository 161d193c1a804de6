"""Adding a connection: the nine steps' form, and everything that can be typed into it wrongly."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from threading import Thread
from typing import Any, ClassVar
from urllib.parse import urlencode

import pytest
from django.db import connection as database
from django.db import transaction
from django.test import Client
from django.utils import translation

from connections.events import CONNECTION_ADDED
from connections.models import Connection, StoredSecret
from connections.providers import catalogue
from connections.secrets import fingerprint
from portal.devtools.processes import wait_until
from projects.models import Event, Project, User
from tests.cast import (
    ACCOUNT_ID,
    APPID,
    APPSECRET,
    client_of,
    make_connection,
    open_secret,
    sign_in_as,
    wechat_form,
)
from tests.portal.page_reader import Page, said_in
from tests.rows import each_row

ADD = "/projects/acme/connections/add/wechat_web/"
LANGUAGES = each_row("language", ["en", "zh-hans"], undo=True)
FIELDS = ("client_id", "client_secret", "account_id", "label_en", "label_zh_hans", "alias")
# Those that a page draws with what was typed.
VISIBLE = ("client_id", "account_id", "label_en", "label_zh_hans", "alias")

SAID = {"said": "redirect_uri 参数错误"}
STRAY = "This looks like the {secret}, so it was not saved. Enter it in the field of that name."
SECRET = "Client Secret (AppSecret)"
NOT_AN_EMAIL = "This is an email address, not a value from WeChat."
NOT_A_URL = "This is a web address, not a value from WeChat."
NOT_FEISHU = "This is an id from Feishu (cli_…). The app must be one of the WeChat Open Platform."
NOT_WECOM = (
    "This is a WeCom CorpID (ww…). WeCom is another product; "
    "the app must be one of the WeChat Open Platform."
)
ODD = "This value has only letters, digits, hyphens and underscores. Check what was pasted."
FOREIGN = [
    ("ww0123456789abcdef", NOT_WECOM),
    ("WW0123456789ABCDEF", NOT_WECOM),
    ("cli_a1b2c3d4e5f6", NOT_FEISHU),
    ("mei@example.com", NOT_AN_EMAIL),
    ("https://open.weixin.qq.com/cgi-bin/frame", NOT_A_URL),
    ("www.example.com/login", NOT_A_URL),
    ("one two", ODD),
    ("a:b", ODD),
    ("😀", ODD),
]
MIX_UPS = [
    *[(field, *pair) for field in FIELDS[:3] for pair in FOREIGN],
    (
        "client_id",
        ACCOUNT_ID,
        "This is an 原始ID (it begins with gh_). The AppID begins with wx; "
        "you find it on the app's details page.",
    ),
    ("client_id", APPSECRET, STRAY),
    ("client_id", APPSECRET.upper(), STRAY),
    (
        "client_secret",
        APPID,
        "This is an AppID (it begins with wx). The AppSecret has 32 digits or letters from a to f.",
    ),
    (
        "client_secret",
        ACCOUNT_ID,
        "This is an 原始ID (it begins with gh_). The AppSecret has 32 digits or letters from "
        "a to f.",
    ),
    (
        "account_id",
        APPID,
        "This is an AppID (it begins with wx). The 原始ID begins with gh_; "
        "you find it in the Open Platform's account center (账号中心).",
    ),
    ("account_id", APPSECRET, STRAY),
    (
        "account_id",
        "acme",
        "An 原始ID begins with gh_, for example gh_0123456789ab. "
        "You find it in the Open Platform's account center.",
    ),
    (
        "account_id",
        "gh_",
        "An 原始ID begins with gh_, for example gh_0123456789ab. "
        "You find it in the Open Platform's account center.",
    ),
]

SHAPE = "This does not look like the usual value. Check that you copied the right one, whole."
UNUSUAL = {"client_id": "wx0123", "client_secret": "not-so-secret", "account_id": "gh_0123"}
TWICE = (
    "Another connection of this project has this AppID. "
    "Users will see two buttons that do the same."
)
READ_THEM = "Read the warnings. If you are sure, tick “Save anyway” and save."

# As copied from a page, a message or a file: {s} is the secret, {a} and {b} are its halves.
DECORATED = [
    "AppSecret: {s}",
    "AppSecret：{s}",
    "The code {s}",
    "secret={s}",
    "“{s}”",
    "'{s}',",
    "{a} {b}",
    "{a}\n{b}",
    "{s}{s}",
    "{s} {s}",
]


def add(client: Client, **typed: Any) -> Any:
    return client.post(ADD, wechat_form(**typed))


def nothing_saved() -> bool:
    return not (
        Connection.objects.exists() or StoredSecret.objects.exists() or Event.objects.exists()
    )


class TestSaving:
    def test_the_values_of_the_nine_steps_are_saved(
        self, as_editor: Client, editor: User, project: Project
    ) -> None:
        answer = add(as_editor)

        assert (answer.status_code, answer.headers["location"]) == (
            302,
            "/projects/acme/connections/wechat_web/",
        )
        connection = Connection.objects.get()
        assert (connection.project, connection.provider, connection.alias) == (
            project,
            "wechat_web",
            "wechat_web",
        )
        assert connection.settings == {
            "client_id": APPID,
            "account_id": ACCOUNT_ID,
            "test_account": False,
        }
        assert (connection.labels, connection.enabled, connection.updated_by) == ({}, True, editor)
        assert open_secret(connection, "client_secret") == APPSECRET
        (event,) = project.events.all()
        assert (event.action, event.actor, event.actor_name) == (
            CONNECTION_ADDED.key,
            editor,
            "Ed",
        )
        assert (event.target_id, event.target_name) == (str(connection.pk), "wechat_web")
        assert event.changes == {
            "provider": [None, "wechat_web"],
            "alias": [None, "wechat_web"],
            "enabled": [None, True],
            "client_id": [None, APPID],
            "account_id": [None, ACCOUNT_ID],
            "test_account": [None, False],
            "secret.client_secret": [None, fingerprint(APPSECRET)],
        }

    def test_the_page_says_that_it_is_live_and_leads_to_the_sign_in_page(
        self, as_editor: Client
    ) -> None:
        page = Page(as_editor.get(add(as_editor).headers["location"]))
        assert page.messages == ["Saved. “Sign in with WeChat” is live on the sign-in page."]
        assert "http://acme.login.test/login" in page.links.values()

    def test_a_connection_can_be_saved_without_showing_its_button(self, as_editor: Client) -> None:
        page = Page(as_editor.get(add(as_editor, enabled=None).headers["location"]))
        assert page.messages == [
            (
                "Saved. The connection is turned off. Turn it on to show its button on the sign-in "
                "page."
            )
        ]
        assert not Connection.objects.get().enabled

    def test_labels_that_differ_from_the_providers_own_are_kept(self, as_editor: Client) -> None:
        add(as_editor, label_en="Scan 😀", label_zh_hans="微信登录")
        assert Connection.objects.get().labels == {"en": "Scan 😀"}

    def test_labels_are_kept_without_what_cannot_be_seen(self, as_editor: Client) -> None:
        add(as_editor, label_en="Sc\u202ean\u200b  me", label_zh_hans="\u200b\u2060")
        assert Connection.objects.get().labels == {"en": "Sc an me"}

    def test_a_test_account_is_kept_as_one(self, as_editor: Client) -> None:
        add(as_editor, test_account="on")
        assert Connection.objects.get().settings["test_account"] is True

    def test_a_second_one_gets_another_alias_and_the_next_place(
        self, as_editor: Client, project: Project
    ) -> None:
        make_connection(project)
        assert Page(as_editor.get(ADD)).value("alias") == "wechat_web2"
        add(as_editor, alias="wechat_web2", client_id="wx1111111111111111", **OTHER_LABELS)
        placed = project.connections.values_list("alias", "position")
        assert list(placed) == [("wechat_web", 0), ("wechat_web2", 1)]

    def test_a_connection_of_another_project_neither_takes_the_alias_nor_counts_as_twice(
        self, as_editor: Client, other_project: Project
    ) -> None:
        make_connection(other_project)
        assert Page(as_editor.get(ADD)).value("alias") == "wechat_web"
        assert add(as_editor).status_code == 302

    def test_a_failure_while_sealing_saves_nothing_and_tells_no_secret(
        self, as_editor: Client, settings: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        canary = uuid.uuid4().hex
        settings.MENKOU_KEYSET_FILE = "/nowhere/keyset.json"
        as_editor.raise_request_exception = False
        with caplog.at_level("DEBUG"):
            answer = add(as_editor, client_secret=canary)
        assert answer.status_code == 500
        assert nothing_saved()
        assert "KeysetError" in caplog.text
        assert canary not in caplog.text
        assert canary not in answer.text


@each_row("field", ["client_id", "client_secret", "account_id", "alias"], undo=True)
@LANGUAGES
def test_every_value_is_required(as_editor: Client, field: str, language: str) -> None:
    as_editor.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    page = Page(add(as_editor, **{field: " \u3000\u200b"}))
    required = {"en": "This field is required.", "zh-hans": "请填写此项。"}[language]
    assert page.all_errors() == {field: [required]}
    assert nothing_saved()


class TestNormalisation:
    @each_row(
        "typed",
        [
            " wx0123456789abcdef ",
            "\twx0123456789abcdef\r\n",
            "ｗｘ０１２３４５６７８９ａｂｃｄｅｆ",
            "\u200bwx0123456789abcdef\ufeff",
            "wx01234567\u200d89abcdef",
            "\u3000wx0123456789abcdef\u00a0",
        ],
        undo=True,
    )
    def test_what_is_pasted_with_the_value_is_dropped(self, as_editor: Client, typed: str) -> None:
        assert add(as_editor, client_id=typed).status_code == 302
        assert Connection.objects.get().settings["client_id"] == APPID

    def test_secret_and_account_are_cleaned_in_the_same_way(self, as_editor: Client) -> None:
        add(as_editor, client_secret=f" {APPSECRET}\u200b", account_id="　ｇｈ＿0123456789ab ")
        connection = Connection.objects.get()
        assert connection.settings["account_id"] == ACCOUNT_ID
        assert open_secret(connection, "client_secret") == APPSECRET

    @each_row(
        "field, typed",
        [
            ("client_id", " wx0123456789ABCDEF "),
            ("client_secret", APPSECRET.upper()),
            ("account_id", "GH_0123456789AB"),
        ],
        undo=True,
    )
    @LANGUAGES
    def test_capital_letters_are_turned_into_small_ones_and_that_is_said(
        self, as_editor: Client, field: str, typed: str, language: str
    ) -> None:
        as_editor.defaults["HTTP_ACCEPT_LANGUAGE"] = language
        notice = said_in(language, "Converted to lower case.")

        stopped = Page(add(as_editor, **{field: typed, "alias": "-"}))
        assert stopped.notices(field)[-1] == notice

        page = Page(as_editor.get(add(as_editor, **{field: typed}).headers["location"]))
        with translation.override(language):
            label = str(catalogue.get("wechat_web").field(field).label)
        assert f"{label}: {notice}" in page.messages
        connection = Connection.objects.get()
        assert connection.settings["client_id"] == APPID
        assert connection.settings["account_id"] == ACCOUNT_ID
        assert open_secret(connection, "client_secret") == APPSECRET

    def test_what_a_field_shows_again_is_what_would_be_saved(self, as_editor: Client) -> None:
        page = Page(add(as_editor, client_id=" ｗｘ0123456789ABCDEF ", alias="-"))
        assert page.value("client_id") == APPID


def together(
    rows: list[tuple[str, str, str]],
) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Return what is typed into several fields at once, and the sentence beside each."""
    by_field = [[row for row in rows if row[0] == field] for field in FIELDS[:3]]
    for several in zip_longest(*by_field):
        found = [row for row in several if row]
        yield (
            {field: typed for field, typed, _sentence in found},
            {field: sentence for field, _typed, sentence in found},
        )


class TestMixUps:
    KEPT: ClassVar = {
        "client_id": "wx2222222222222222",
        "account_id": "gh_222222222222",
        "label_en": "Mine",
        "alias": "mine",
    }

    @LANGUAGES
    def test_each_has_its_sentence_beside_its_field(self, as_editor: Client, language: str) -> None:
        as_editor.defaults["HTTP_ACCEPT_LANGUAGE"] = language
        for typed, sentences in together(MIX_UPS):
            page = Page(add(as_editor, **{**self.KEPT, **typed}))
            assert page.all_errors() == {
                field: [said_in(language, sentence).replace("{secret}", said_in(language, SECRET))]
                for field, sentence in sentences.items()
            }
            shown = {name: page.value(name) for name in self.KEPT if name not in typed}
            assert shown == {name: self.KEPT[name] for name in shown}
            assert page.value("client_secret") is None
            assert nothing_saved()

    @each_row("disguise", ["{}", " {} ", "\u200b{}", "{:u}"], undo=True)
    def test_a_secret_in_a_wrong_field_is_not_shown_again(
        self, as_editor: Client, disguise: str
    ) -> None:
        canaries = {field: uuid.uuid4().hex for field in VISIBLE}
        typed = {
            field: canary.upper() if disguise == "{:u}" else disguise.format(canary)
            for field, canary in canaries.items()
        }
        page = Page(add(as_editor, **typed))
        for field, canary in canaries.items():
            assert page.errors(field) == [STRAY.format(secret=SECRET)]
            assert page.value(field) in {None, ""}
            assert canary not in page.source.lower()
        assert nothing_saved()

    @each_row("given", DECORATED, undo=True)
    def test_a_secret_that_came_with_more_or_in_pieces_is_not_kept_either(
        self, as_editor: Client, given: str
    ) -> None:
        canaries = {field: uuid.uuid4().hex for field in VISIBLE}
        typed = {
            field: given.format(s=canary, a=canary[:16], b=canary[16:])
            for field, canary in canaries.items()
        }
        page = Page(add(as_editor, **typed))
        for field, canary in canaries.items():
            assert page.errors(field) == [STRAY.format(secret=SECRET)]
            assert page.value(field) in {None, ""}
            assert canary[:16] not in page.source
            assert canary[16:] not in page.source
        assert nothing_saved()

    def test_the_page_lists_the_fields_to_look_at(self, as_editor: Client) -> None:
        page = Page(add(as_editor, client_id="", account_id="acme"))
        summary = page.one(class_="callout-danger")
        assert {link.text: link.attributes["href"] for link in summary.every("a")} == {
            "Client ID (AppID)": "#id_client_id",
            "Account ID (原始ID)": "#id_account_id",
        }

    def test_the_secret_is_never_drawn_again(self, as_editor: Client) -> None:
        canary = uuid.uuid4().hex
        for stopped in ({"client_id": ""}, {"alias": "-"}, {"client_id": "wx0123"}):
            assert canary not in Page(add(as_editor, client_secret=canary, **stopped)).source


# Two buttons of one provider need labels of their own.
OTHER_LABELS = {"label_en": "The shop's WeChat", "label_zh_hans": "商店微信"}


class TestWarnings:
    @each_row("field", UNUSUAL, undo=True)
    @LANGUAGES
    def test_an_unusual_shape_is_a_doubt_that_can_be_overruled(
        self, as_editor: Client, field: str, language: str
    ) -> None:
        as_editor.defaults["HTTP_ACCEPT_LANGUAGE"] = language
        stopped = add(as_editor, **{field: UNUSUAL[field]})

        page = Page(stopped)
        assert stopped.status_code == 200
        assert page.warnings(field) == [said_in(language, SHAPE)]
        assert page.all_errors() == {}
        assert page.alerts == [said_in(language, READ_THEM)]
        assert page.accepts == f"{field}.shape"
        assert nothing_saved()

        accepted = add(as_editor, **{field: UNUSUAL[field], "accept_warnings": page.accepts})
        assert accepted.status_code == 302
        connection = Connection.objects.get()
        saved = {**connection.settings, "client_secret": open_secret(connection, "client_secret")}
        assert saved[field] == UNUSUAL[field]

    def test_usual_values_raise_no_doubt(self, as_editor: Client) -> None:
        page = Page(add(as_editor, alias="-"))
        assert page.accepts is None
        assert [page.warnings(name) for name in UNUSUAL] == [[], [], []]

    @pytest.mark.parametrize("account", ["gh_0123456789", "gh_0123456789abcdef"])
    def test_an_original_id_of_ten_to_sixteen_characters_is_usual(
        self, as_editor: Client, account: str
    ) -> None:
        assert add(as_editor, account_id=account).status_code == 302

    @each_row(
        "accepted",
        ["", "on", "client_id", "client_id.shape", "account_id.shape", "client_id.shape .twice"],
        undo=True,
    )
    def test_accepting_one_warning_accepts_no_other(self, as_editor: Client, accepted: str) -> None:
        typed = {"client_id": "wx0123", "account_id": "gh_0123"}
        page = Page(add(as_editor, **typed, accept_warnings=accepted))
        assert page.accepts == "account_id.shape client_id.shape"
        assert nothing_saved()

    def test_accepting_all_saves(self, as_editor: Client) -> None:
        accepted = "account_id.shape client_id.shape client_secret.shape"
        assert add(as_editor, **UNUSUAL, accept_warnings=accepted).status_code == 302

    def test_accepting_overrules_no_error(self, as_editor: Client) -> None:
        page = Page(add(as_editor, client_id=ACCOUNT_ID, accept_warnings="client_id.shape"))
        assert list(page.all_errors()) == ["client_id"]
        # While errors remain, nothing is offered that could not help.
        assert page.accepts is None
        assert "Save anyway” and save" not in page.text
        assert nothing_saved()

    def test_the_same_appid_twice_says_what_will_happen(
        self, as_editor: Client, project: Project
    ) -> None:
        make_connection(project)
        typed = {"alias": "second", **OTHER_LABELS}
        page = Page(add(as_editor, **typed))
        assert page.warnings("client_id") == [TWICE]
        assert page.accepts == "client_id.twice"
        assert project.connections.count() == 1
        assert add(as_editor, **typed, accept_warnings="client_id.twice").status_code == 302
        assert project.connections.count() == 2

    def test_an_unusual_appid_twice_raises_both_doubts(
        self, as_editor: Client, project: Project
    ) -> None:
        make_connection(project, client_id="wx0123")
        page = Page(add(as_editor, alias="second", client_id="wx0123", **OTHER_LABELS))
        assert page.warnings("client_id") == [TWICE, SHAPE]
        assert page.accepts == "client_id.shape client_id.twice"


LOCALHOST = "WeChat does not send users back to localhost: they see “{said}” there."
ADDRESS = "WeChat does not send users back to an IP address: they see “{said}” there."
PORT = (
    "WeChat does not send users back to a host with a port: they see “{said}” there. "
    "Serve the sign-in page at port 80 or 443."
)
REFUSED_DOMAINS = [
    ("localhost:8000", LOCALHOST),
    ("localhost", LOCALHOST),
    ("192.0.2.1", ADDRESS),
    ("192.0.2.1:8000", ADDRESS),
    ("login.test:8443", PORT),
]


@pytest.mark.parametrize(("domain", "sentence"), REFUSED_DOMAINS)
class TestHostsThatWeChatRefuses:
    @LANGUAGES
    def test_it_is_said_before_and_after_and_stops_nothing(
        self, as_editor: Client, settings: Any, domain: str, sentence: str, language: str
    ) -> None:
        as_editor.defaults["HTTP_ACCEPT_LANGUAGE"] = language
        settings.MENKOU_PROJECT_DOMAIN = domain
        said = said_in(language, sentence).format(**SAID)
        assert self.callouts(Page(as_editor.get(ADD))) == {"callout-warning": [said]}

        saved = add(as_editor)
        assert saved.status_code == 302
        page = Page(as_editor.get(saved.headers["location"]))
        assert self.callouts(page)["callout-warning"] == [said]

    def test_on_moved_endpoints_it_is_an_information(
        self, as_editor: Client, settings: Any, domain: str, sentence: str
    ) -> None:
        settings.MENKOU_PROJECT_DOMAIN = domain
        settings.WECHAT_OPEN_BASE_URL = "http://127.0.0.1:8800"
        page = Page(as_editor.get(ADD))
        assert self.callouts(page) == {}
        copies = page.one("section", aria_labelledby="section-copies")
        assert [note.text for note in copies.every("p", class_="note")] == [
            "This server uses http://127.0.0.1:8800 in place of the provider.",
            f"When you use the real provider: {sentence.format(**SAID)}",
        ]
        assert add(as_editor).status_code == 302

    @staticmethod
    def callouts(page: Page) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for box in page.one(class_="section-status").every(class_="callout"):
            if not box.has({"class": "callout-success"}):
                level = box.attributes["class"].split()[-1]
                found.setdefault(level, []).extend(text.text for text in box.every("p"))
        return found


class TestAlias:
    SHAPE = (
        "Use up to 40 lower-case letters, digits, hyphens and underscores; "
        "begin and end with a letter or a digit."
    )
    RESERVED = "This name is reserved. Choose another one."

    @each_row("alias", ["a", "0", "wechat-web_2", "w" * 40], undo=True)
    def test_it_may_be(self, as_editor: Client, alias: str) -> None:
        answer = add(as_editor, alias=alias)
        assert answer.headers["location"] == f"/projects/acme/connections/{alias}/"
        assert as_editor.get(answer.headers["location"]).status_code == 200

    @LANGUAGES
    def test_it_may_not_be(self, as_editor: Client, language: str) -> None:
        as_editor.defaults["HTTP_ACCEPT_LANGUAGE"] = language
        shape, reserved = said_in(language, self.SHAPE), said_in(language, self.RESERVED)
        found = {}
        # The page of a connection called "add" would have the address of the catalogue.
        for alias in ("-a", "a_", "WeChat", "a b", "a/b", "微信", "login", "oauth2", "add"):
            page = Page(add(as_editor, alias=alias))
            found[alias] = page.all_errors()
            assert page.value("alias") == alias
        assert found == {
            alias: {"alias": [reserved if alias in {"login", "oauth2", "add"} else shape]}
            for alias in found
        }
        assert nothing_saved()

    def test_it_may_not_be_longer(self, as_editor: Client) -> None:
        page = Page(add(as_editor, alias="w" * 41))
        assert "at most 40 characters" in page.errors("alias")[0]

    def test_one_that_is_taken_is_refused(self, as_editor: Client, project: Project) -> None:
        make_connection(project, client_id="wx1111111111111111")
        page = Page(add(as_editor))
        assert page.all_errors() == {
            "alias": ["Another connection of this project has this alias. Choose another one."]
        }
        assert project.connections.count() == 1


MULTIPART = "multipart/form-data; boundary=B"


def part_of_a_form() -> bytes:
    """A form with one field, in UTF-8."""
    head = '--B\r\nContent-Disposition: form-data; name="client_id"\r\n\r\n'
    return f"{head}门\r\n--B--\r\n".encode()


class TestHostileInput:
    @each_row("field", [*FIELDS, "enabled", "accept_warnings", "unknown"], undo=True)
    def test_a13_7_a_nul_is_a_bad_request(self, as_editor: Client, field: str) -> None:
        typed = wechat_form(**{field: "wx\x00"})
        urlencoded = "application/x-www-form-urlencoded"
        answers = [
            as_editor.post(ADD, typed),
            as_editor.post(ADD, urlencode(typed), content_type=urlencoded),
            as_editor.get(f"{ADD}?{field}=%00"),
        ]
        assert [answer.status_code for answer in answers] == [400, 400, 400]
        assert nothing_saved()

    def test_a_nul_in_an_address_is_a_bad_request(self, as_editor: Client) -> None:
        answer = as_editor.get("/projects/acme%00/")
        assert (answer.status_code, answer.content) == (400, b"Bad request.\n")

    @each_row("field", [*FIELDS, "unknown"], undo=True)
    def test_7_a_megabyte_is_too_much(self, as_editor: Client, field: str) -> None:
        assert add(as_editor, **{field: "w" * 1_000_000}).status_code == 413
        assert nothing_saved()

    # Half a surrogate pair, no UTF-8 at all, an emoji, a change of direction, a line break.
    @each_row("typed", ["%ED%A0%80", "%FF%FE", "%F0%9F%98%80", "%E2%80%AE", "%C2%85"], undo=True)
    def test_7_bytes_that_are_no_text_and_signs_that_are_rare_break_nothing(
        self, as_editor: Client, typed: str
    ) -> None:
        labels = ("label_en", "label_zh_hans")
        others = [field for field in FIELDS if field not in labels]
        page = Page(self.send(as_editor, others, typed))
        assert [field for field in others if not page.errors(field)] == []
        assert self.send(as_editor, labels, typed).status_code == 302

    @staticmethod
    def send(client: Client, fields: Sequence[str], typed: str) -> Any:
        """Send the form with these bytes in some of its fields."""
        form = urlencode(wechat_form(**dict.fromkeys(fields, "TYPED"))).replace("TYPED", typed)
        return client.post(ADD, form, content_type="application/x-www-form-urlencoded")

    @each_row(
        "charset",
        ["hex", "rot13", "utf-7", "raw_unicode_escape", "utf-16", "utf-8-sig", "no-such"],
        undo=True,
    )
    def test_an_encoding_that_no_browser_sends_is_a_bad_request(
        self, as_editor: Client, charset: str
    ) -> None:
        answers = [
            as_editor.generic("POST", ADD, part_of_a_form(), f"{kind}; charset={charset}")
            for kind in (MULTIPART, "application/x-www-form-urlencoded")
        ]
        answers += [
            client_of(host).generic(
                "POST", path, part_of_a_form(), f"{MULTIPART}; charset={charset}"
            )
            for host, path in (
                ("portal.test", "/login"),
                ("acme.login.test", "/sso/wechat_web/start"),
                ("acme.login.test", "/logout"),
            )
        ]
        assert [answer.status_code for answer in answers] == [400] * 5
        assert {answer.content for answer in answers} == {b"Bad request.\n"}

    @each_row("charset", ["utf-8", "UTF-8", '"utf-8"', "utf8"], undo=True)
    def test_the_one_that_browsers_send_may_be_named(self, as_editor: Client, charset: str) -> None:
        sent = f"{MULTIPART}; charset={charset}"
        page = Page(as_editor.generic("POST", ADD, part_of_a_form(), sent))
        assert page.value("client_id") == "门"

    def test_more_fields_than_any_form_has_are_a_bad_request(self, as_editor: Client) -> None:
        typed = {f"field{number}": "x" for number in range(400)}
        assert as_editor.post(ADD, {**wechat_form(), **typed}).status_code == 400


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    """Somebody else takes the name between our look and our leap."""

    def test_who_is_later_with_an_alias_learns_that_it_is_taken(
        self, project: Project, editor: User
    ) -> None:
        page = self.race(
            lambda: make_connection(project, client_id="wx1111111111111111"),
            lambda: add(sign_in_as(editor)),
        )
        assert page.all_errors() == {
            "alias": ["Another connection of this project has this alias. Choose another one."]
        }
        assert not Event.objects.exists()

    def test_who_is_later_with_a_project_id_learns_that_it_is_taken(self, owner: User) -> None:
        sent = {"name": "Mine", "slug": "new-one"}
        page = self.race(
            lambda: Project.objects.create(slug="new-one", name="Theirs"),
            lambda: sign_in_as(owner).post("/projects/create/", sent),
        )
        assert page.all_errors() == {
            "slug": [("This project ID is already taken. Choose another one.")]
        }
        assert not Event.objects.exists()

    @staticmethod
    def race(theirs: Callable[[], object], ours: Callable[[], Any]) -> Page:
        """Write theirs, let ours run into it, and only then let anybody see theirs."""
        answers: list[Any] = []

        def ask() -> None:
            try:
                answers.append(ours())
            finally:
                database.close()

        thread = Thread(target=ask)
        with transaction.atomic():
            theirs()
            thread.start()
            assert wait_until(we_are_in_the_way)
        thread.join(10)
        return Page(answers[0])


def we_are_in_the_way() -> bool:
    """Whether another connection waits for the end of our transaction."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY"
            "(pg_blocking_pids(pid))"
        )
        return cursor.fetchone() is not None
