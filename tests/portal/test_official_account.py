"""The official account's form: two 原始ID that look alike, and the file that proves a domain."""

from __future__ import annotations

from django.test import Client

from connections.drafts.domain_files import served_settings
from connections.models import Connection
from projects.models import Project
from tests.cast import (
    ACCOUNT_ID,
    APPID,
    OFFICIAL_APPID,
    OFFICIAL_SECRET,
    client_of,
    make_connection,
    make_official_account,
    wechat_form,
)
from tests.portal.page_reader import Page
from tests.rows import each_row

ADD = "/projects/acme/connections/add/wechat_official_account/"
OWN_ID = "gh_fedcba987654"
FILE = "MP_verify_Q7m0wRmfoPCJYpcH.txt"


def typed(**values: str) -> dict[str, str]:
    """What an administrator types."""
    return {
        "client_id": OFFICIAL_APPID,
        "client_secret": OFFICIAL_SECRET,
        "account_id": ACCOUNT_ID,
        "official_account_id": OWN_ID,
        "alias": "wechat_official_account",
        "enabled": "on",
        **values,
    }


def errors_of(browser: Client, path: str = ADD, **values: str) -> dict[str, list[str]]:
    answer = browser.post(path, typed(**values) if path == ADD else wechat_form(**values))
    assert answer.status_code == 200, answer.headers
    form = answer.context["form"]
    return {name: [str(each) for each in found] for name, found in form.errors.items()}


def test_what_was_typed_is_saved(as_editor: Client) -> None:
    assert as_editor.post(ADD, typed(client_id=f" {OFFICIAL_APPID.upper()} ")).status_code == 302

    assert Connection.objects.get().settings == {
        "client_id": OFFICIAL_APPID,
        "account_id": ACCOUNT_ID,
        "official_account_id": OWN_ID,
        "domain_file": "",
        "domain_file_content": "",
        "test_account": False,
    }


class TestTwoOriginalIds:
    def test_the_same_in_both_fields_is_explained(self, as_editor: Client) -> None:
        errors = errors_of(as_editor, official_account_id=ACCOUNT_ID)

        assert list(errors) == ["account_id"]
        assert errors["account_id"][0].startswith("Both fields have the same 原始ID")

    def test_a_test_account_has_only_one(self, as_editor: Client) -> None:
        form = typed(official_account_id=ACCOUNT_ID, test_account="on")

        assert as_editor.post(ADD, form).status_code == 302

    def test_the_open_platforms_in_the_accounts_field_is_recognised(
        self, as_editor: Client, project: Project
    ) -> None:
        make_connection(project)

        errors = errors_of(as_editor, account_id=OWN_ID, official_account_id=ACCOUNT_ID)

        assert errors["official_account_id"][0].startswith("This is the Account ID that WeChat Web")

    def test_the_accounts_own_as_account_id_of_wechat_web_is_recognised(
        self, as_editor: Client, project: Project
    ) -> None:
        make_official_account(project)

        errors = errors_of(
            as_editor, "/projects/acme/connections/add/wechat_web/", account_id=OWN_ID
        )

        assert errors["account_id"][0].startswith("This is the official account's own 原始ID.")

    def test_another_account_id_than_wechat_webs_is_a_doubt_that_says_what_follows(
        self, as_editor: Client, project: Project
    ) -> None:
        make_connection(project)
        labels = {"label_en": "Our account", "label_zh_hans": "服务号登录"}
        other = typed(account_id="gh_aaaaaaaaaaaa", **labels)

        page = Page(as_editor.post(ADD, other))

        assert page.accepts == "account_id.other_account"
        (doubt,) = page.warnings("account_id")
        assert ACCOUNT_ID in doubt
        assert "two buttons" in doubt
        accepted = {**other, "accept_warnings": "account_id.other_account"}
        assert as_editor.post(ADD, accepted).status_code == 302

    def test_the_account_id_of_wechat_web_is_there_already(
        self, as_editor: Client, project: Project
    ) -> None:
        make_connection(project)

        assert Page(as_editor.get(ADD)).value("account_id") == ACCOUNT_ID

    def test_the_same_account_id_raises_no_doubt(self, as_editor: Client, project: Project) -> None:
        make_connection(project)

        assert as_editor.post(ADD, typed()).status_code == 302


class TestMixUps:
    def test_the_web_apps_appid_is_recognised(self, as_editor: Client, project: Project) -> None:
        make_connection(project)

        errors = errors_of(as_editor, client_id=APPID)

        assert errors["client_id"][0].startswith("This is the AppID of the web app (网站应用)")

    def test_the_official_accounts_appid_is_recognised_in_wechat_web(
        self, as_editor: Client, project: Project
    ) -> None:
        make_official_account(project)

        errors = errors_of(
            as_editor, "/projects/acme/connections/add/wechat_web/", client_id=OFFICIAL_APPID
        )

        assert errors["client_id"][0].startswith("This is the AppID of the official account")

    @each_row(
        "field, value, sentence",
        [
            ("client_id", OWN_ID, "This is an 原始ID"),
            ("client_id", "cli_a1b2c3d4e5f6", "This is an id from Feishu"),
            ("client_id", "ww0123456789abcdef", "This is a WeCom CorpID"),
            ("client_secret", OFFICIAL_APPID, "This is an AppID"),
            ("official_account_id", OFFICIAL_APPID, "This is an AppID"),
            ("official_account_id", "https://mp.weixin.qq.com/", "This is a web address"),
            ("official_account_id", "acme", "An 原始ID begins with gh_"),
            ("official_account_id", "", "This field is required."),
        ],
        undo=True,
    )
    def test_each_has_its_sentence(
        self, as_editor: Client, field: str, value: str, sentence: str
    ) -> None:
        errors = errors_of(as_editor, **{field: value})

        assert list(errors) == [field]
        assert errors[field][0].startswith(sentence)


class TestDomainFile:
    def test_it_is_served_on_the_projects_host_and_nowhere_else(
        self, as_editor: Client, project: Project, other_project: Project
    ) -> None:
        as_editor.post(ADD, typed(domain_file=FILE, domain_file_content="Q7m0wRmfoPCJYpcH"))

        answer = client_of(project.host).get(f"/{FILE}")

        assert (answer.status_code, answer.content) == (200, b"Q7m0wRmfoPCJYpcH")
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert client_of(project.host).get("/MP_verify_other.txt").status_code == 404
        assert client_of(other_project.host).get(f"/{FILE}").status_code == 404

    def test_it_is_there_while_the_button_is_still_off(
        self, as_editor: Client, project: Project
    ) -> None:
        as_editor.post(ADD, {**typed(domain_file=FILE), "enabled": ""})

        assert client_of(project.host).get(f"/{FILE}").status_code == 200

    def test_that_of_a_draft_is_served_unless_one_of_that_name_is_published(
        self, as_editor: Client, project: Project
    ) -> None:
        as_editor.post(ADD, typed(domain_file=FILE))
        page, other = "/projects/acme/connections/wechat_official_account/", FILE.replace("Q", "R")
        draft = {name: value for name, value in typed(action="draft").items() if name != "alias"}
        for given in ({"domain_file_content": "x" * 16}, {"domain_file": other}):
            draft |= {"domain_file": FILE, "client_secret": "", **given}
            assert as_editor.post(page, draft).status_code == 302

            assert client_of(project.host).get(f"/{FILE}").content == b"Q7m0wRmfoPCJYpcH"
        assert served_settings(Connection.objects.get())["domain_file"] == other
        assert client_of(project.host).get(f"/{other}").content == b"x" * 16

    def test_without_content_it_holds_the_word_in_its_name(
        self, as_editor: Client, project: Project
    ) -> None:
        as_editor.post(ADD, typed(domain_file=f"https://{project.host}/{FILE}"))

        assert client_of(project.host).get(f"/{FILE}").content == b"Q7m0wRmfoPCJYpcH"

    @each_row(
        "values, field",
        [
            ({"domain_file": "robots.txt"}, "domain_file"),
            ({"domain_file": "WW_verify_Q7m0wRmfoPCJYpcH.txt"}, "domain_file"),
            ({"domain_file": "MP_verify_../x.txt"}, "domain_file"),
            ({"domain_file": FILE, "domain_file_content": "<b>x"}, "domain_file_content"),
            ({"domain_file_content": "Q7m0wRmfoPCJYpcH"}, "domain_file_content"),
        ],
        undo=True,
    )
    def test_nothing_else_can_be_put_on_the_host(
        self, as_editor: Client, values: dict[str, str], field: str
    ) -> None:
        assert list(errors_of(as_editor, **values)) == [field]
        assert not Connection.objects.exists()


def test_the_list_says_which_connections_share_a_button(
    as_viewer: Client, project: Project
) -> None:
    make_connection(project)
    official = make_official_account(project)
    page = Page(as_viewer.get("/projects/acme/connections/"))

    assert [note.text for note in page.every(class_="shared-button")] == [
        "Shares a button with wechat_official_account",
        "Shares a button with wechat_web",
    ]

    Connection.objects.filter(pk=official.pk).update(enabled=False)

    assert "Shares a button" not in as_viewer.get("/projects/acme/connections/").content.decode()
