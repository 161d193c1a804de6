"""The portal's pages of applications."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.sessions.models import Session
from django.db import connections as databases
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from applications import events, services
from applications.models import Application, ApplicationSecret
from applications.protocol.developer_errors import MISTAKES
from applications.redirect_uris import MOST_URIS
from applications.services import ApplicationFields, add_application
from core.random_text import hash_text
from portal.applications.forms import TOO_MANY_URIS
from projects.audit.kinds import find_kind
from projects.models import Event, Project, User
from tests.cast import make_connection, sign_in_as
from tests.portal.page_reader import Page
from tests.rows import each_row

LIST = "/projects/acme/applications/"
ADD = f"{LIST}add/"
CALLBACK = "https://shop.example/callback"
SHOP = {"name": "Shop", "kind": "website", "redirect_uris": CALLBACK}
DAY = timedelta(days=1)


def add(project: Project, **fields: Any) -> Application:
    """An application of the project, with a secret that nobody knows."""
    given = {"name": "Shop", "redirect_uris": [CALLBACK], **fields}
    return add_application(project, ApplicationFields(**given), actor=None)[0]


def page_url(application: Application) -> str:
    return f"{LIST}{application.client_id}/"


def sent_by(page: Page) -> dict[str, Any]:
    """What the browser sends for the form with the name, if nothing is typed."""
    (form,) = [each for each in page.every("form") if list(each.every(name="redirect_uris"))]
    sent: dict[str, Any] = {}
    for control in form.every():
        name, kind = control.attributes.get("name", ""), control.attributes.get("type", "")
        if control.tag == "textarea":
            sent[name] = control.text.replace(" ", "\n")
        elif control.tag == "select":
            chosen = [each for each in control.every("option") if "selected" in each.attributes]
            sent[name] = chosen[0].attributes["value"]
        elif control.tag == "input" and kind in {"checkbox", "radio"}:
            if "checked" in control.attributes:
                sent.setdefault(name, []).append(control.attributes.get("value", "on"))
        elif control.tag == "input":
            sent[name] = control.attributes.get("value", "")
    return sent


def shown_secret(page: Page) -> str:
    """The client secret that a page shows, or ""."""
    if "client-secret" not in page.by_id:
        return ""
    return next(page.with_id("client-secret").every("button")).attributes["data-copy"]


class TestAdding:
    def test_the_labels_are_those_of_the_contract(self, as_editor: Client) -> None:
        page = Page(as_editor.get(ADD))
        labels = [label.text for label in page.every("label")]
        assert [page.one("h1").text, labels[0]] == ["Add Application", "Name"]
        assert page.links["Applications"] == LIST
        assert [each for each in labels if "redirect uris" in each.lower()] == ["Redirect URIs"]
        assert [each for each in labels if "name" in each.lower()] == ["Name"]
        with translation.override("zh-hans"):
            assert str(translation.gettext("Applications")) == "应用"

        page = Page(as_editor.post(ADD, SHOP))
        application = Application.objects.get()
        shown = {
            each.one(class_="label").text: next(each.every("button")).attributes["data-copy"]
            for each in page.every(class_="copyable")
        }
        assert shown.pop("Client Secret").startswith("mkcs_")
        issuer = "http://acme.login.test"
        assert shown == {
            "Client ID": application.client_id,
            "Issuer": issuer,
            "Discovery address": f"{issuer}/.well-known/openid-configuration",
            "Authorization endpoint": f"{issuer}/oauth2/authorize",
            "Token endpoint": f"{issuer}/oauth2/token",
            "Userinfo endpoint": f"{issuer}/oauth2/userinfo",
            "Signing keys (JWKS)": f"{issuer}/oauth2/jwks",
            "Revocation endpoint": f"{issuer}/oauth2/revoke",
            "Introspection endpoint": f"{issuer}/oauth2/introspect",
            "Sign-out endpoint": f"{issuer}/oauth2/logout",
            "Pushed authorization requests (PAR)": f"{issuer}/oauth2/par",
        }

    def test_what_a_browser_sends_is_saved(self, as_editor: Client, project: Project) -> None:
        make_connection(project)
        make_connection(project, alias="other", client_id="wx1111111111111111")
        sent = {
            **sent_by(Page(as_editor.get(ADD))),
            **SHOP,
            "redirect_uris": f"{CALLBACK}\r\n\r\n https://*.preview.shop.example/cb \r\n{CALLBACK}",
            "post_logout_redirect_uris": "https://shop.example/bye",
            "backchannel_logout_uri": "https://shop.example/logout",
            "initiate_login_uri": "https://shop.example/login",
            "home_page": "http://localhost:8000/",
            "connections": ["other"],
            "pkce_optional": "on",
            "is_development": "on",
            "idp_claim": "on",
            "accept_foreign_parameters": "on",
            "signing_alg": "ES256",
            "refresh_tokens": "always",
            "access_token_seconds": "60",
            "id_token_seconds": "86400",
            "refresh_idle_days": "7",
            "refresh_max_days": "7",
        }

        assert as_editor.post(ADD, sent).status_code == 200
        application = Application.objects.get()
        assert {name: getattr(application, name) for name in services.FIELD_NAMES} == {
            "name": "Shop",
            "kind": "website",
            "redirect_uris": [CALLBACK, "https://*.preview.shop.example/cb"],
            "post_logout_redirect_uris": ["https://shop.example/bye"],
            "backchannel_logout_uri": "https://shop.example/logout",
            "initiate_login_uri": "https://shop.example/login",
            "home_page": "http://localhost:8000/",
            "connections": ["other"],
            "pkce_optional": True,
            "is_development": True,
            "is_third_party": False,
            "idp_claim": True,
            "accept_foreign_parameters": True,
            "signing_alg": "ES256",
            "refresh_tokens": "always",
            "access_token_seconds": 60,
            "id_token_seconds": 86400,
            "refresh_idle_days": 7,
            "refresh_max_days": 7,
        }

    def test_untouched_settings_are_those_of_a_new_application(self, as_editor: Client) -> None:
        as_editor.post(ADD, {**sent_by(Page(as_editor.get(ADD))), **SHOP})
        application = Application.objects.get()
        expected = ApplicationFields(name="Shop", redirect_uris=[CALLBACK])
        assert {name: getattr(application, name) for name in services.FIELD_NAMES} == vars(expected)

    @pytest.mark.parametrize("kind", ["browser", "native"])
    def test_an_app_that_keeps_no_secret_gets_none(self, as_editor: Client, kind: str) -> None:
        page = Page(as_editor.post(ADD, {**SHOP, "kind": kind, "pkce_optional": "on"}))
        assert shown_secret(page) == ""
        assert "Introspection endpoint" not in page.text
        assert "Add Client Secret" not in page.text
        assert not Application.objects.get().pkce_optional

    def test_the_limit_is_said_on_the_form(
        self, as_editor: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(services, "MOST_APPLICATIONS", 0)
        page = Page(as_editor.post(ADD, SHOP))
        assert "A project can have at most 200 applications." in page.alerts[0]
        assert page.value("name") == "Shop"


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"name": ""}, "name", "This field is required."),
    ({"name": "\u200b"}, "name", "Enter a name with at least one visible character."),
    ({"name": "商" * 10_000}, "name", "at most 80 characters (it has 10000)."),
    ({"name": "a" * 81}, "name", "Ensure this value has at most 80 characters (it has 81)."),
    ({"kind": "server"}, "kind", "Select a valid choice."),
    ({"redirect_uris": ""}, "redirect_uris", "This field is required."),
    ({"redirect_uris": " \n "}, "redirect_uris", "This field is required."),
    ({"redirect_uris": "/callback"}, "redirect_uris", "Enter a complete URL, such as"),
    ({"redirect_uris": "http://shop.example/"}, "redirect_uris", "Use https."),
    ({"redirect_uris": f"{CALLBACK}#top"}, "redirect_uris", "Remove the #"),
    ({"redirect_uris": "https://*.a.example/"}, "redirect_uris", "A wildcard is possible for"),
    ({"redirect_uris": "com.example.app:/cb"}, "redirect_uris", "Only mobile and desktop apps"),
    (
        {"redirect_uris": f"{CALLBACK}\n\nhttp://shop.example/"},
        "redirect_uris",
        "Line 3 (http://shop.example/): Use https.",
    ),
    (
        {"redirect_uris": "\n".join(f"{CALLBACK}/{n}" for n in range(51))},
        "redirect_uris",
        "Enter at most 50 URIs.",
    ),
    (
        {"redirect_uris": f"{CALLBACK}?{'a' * 2000}"},
        "redirect_uris",
        "Use at most 2,000 characters",
    ),
    ({"redirect_uris": f"{CALLBACK}\u202ea"}, "redirect_uris", "Use only ASCII characters"),
    ({"post_logout_redirect_uris": "ftp://a.example"}, "post_logout_redirect_uris", "Use https, "),
    (
        {"post_logout_redirect_uris": "https://*.a.example/", "is_development": "on"},
        "post_logout_redirect_uris",
        "A wildcard is possible",
    ),
    ({"home_page": "http://shop.example/"}, "home_page", "Use https."),
    ({"home_page": "https://shop.example/#a"}, "home_page", "Remove the #"),
    ({"home_page": "https://a.example/" + "a" * 2000}, "home_page", "Use at most 2,000"),
    ({"kind": "native", "home_page": "com.example.app:/"}, "home_page", "Only mobile and desktop"),
    ({"initiate_login_uri": "javascript:alert(1)"}, "initiate_login_uri", "Use https"),
    (
        {"backchannel_logout_uri": "https://a:b@c.example"},
        "backchannel_logout_uri",
        "Remove the user",
    ),
    ({"connections": ["nowhere"]}, "connections", "A connection that you have chosen"),
    ({"refresh_tokens": "sometimes"}, "refresh_tokens", "Select a valid choice."),
    ({"signing_alg": "none"}, "signing_alg", "Select a valid choice."),
    ({"access_token_seconds": "59"}, "access_token_seconds", "from 60 to 86400"),
    ({"access_token_seconds": ""}, "access_token_seconds", "from 60 to 86400"),
    ({"id_token_seconds": "86401"}, "id_token_seconds", "from 60 to 86400"),
    ({"id_token_seconds": "9" * 5000}, "id_token_seconds", "from 60 to 86400"),
    ({"refresh_idle_days": "0"}, "refresh_idle_days", "from 1 to 365"),
    ({"refresh_max_days": "366"}, "refresh_max_days", "from 1 to 365"),
    ({"refresh_max_days": "29"}, "refresh_max_days", "idle lifetime (30 days)"),
]


@each_row("typed, field, error", WRONG, undo=True)
def test_what_is_wrong_is_said_beside_its_field_and_stays(
    as_editor: Client, typed: dict[str, Any], field: str, error: str
) -> None:
    answer = as_editor.post(ADD, {**SHOP, **typed})
    page = Page(answer)
    (found,) = page.with_id(f"id_{field}_error").every("p")
    assert error in found.text
    assert not Application.objects.exists()
    form = answer.context["form"]
    assert list(form.errors) == [field]
    for name, value in typed.items():
        assert form[name].value() == (True if value == "on" else value)
    more = page.one("details", class_="more-settings")
    is_more = field not in {"name", "kind", "redirect_uris"}
    assert ("open" in more.attributes) == is_more


@each_row(
    "kind, development, uri",
    [
        ("native", "", "com.example.app:/callback"),
        ("native", "", "http://127.0.0.1/callback"),
        ("browser", "", "http://localhost:3000/callback"),
        ("website", "on", "https://*.preview.shop.example/callback"),
    ],
    undo=True,
)
def test_what_a_type_may_register(as_editor: Client, kind: str, development: str, uri: str) -> None:
    sent = {**SHOP, "kind": kind, "redirect_uris": uri}
    as_editor.post(ADD, {**sent, "is_development": "on"} if development else sent)
    assert Application.objects.get().redirect_uris == [uri]


@each_row(
    "typed, error",
    [
        ({"name": ""}, "请填写此项。"),
        ({"redirect_uris": "a" * 200_000}, "最多填写 50 个 URI。"),
        ({"redirect_uris": "http://shop.example/"}, "请使用 https。"),
        ({"access_token_seconds": "1"}, "请输入 60 至 86400（一天）之间的秒数。"),
        ({"refresh_max_days": "1"}, "不能短于闲置有效期（30 天）。"),
    ],
    undo=True,
)
def test_errors_are_in_the_language_of_the_reader(
    as_editor: Client, typed: dict[str, str], error: str
) -> None:
    answer = as_editor.post(ADD, {**SHOP, **typed}, headers={"accept-language": "zh-hans"})
    (name,) = typed
    assert error in Page(answer).with_id(f"id_{name}_error").text


def test_the_message_names_the_limit() -> None:
    assert str(MOST_URIS) in str(TOO_MANY_URIS)


def test_many_wrong_uris_are_not_all_described(as_editor: Client) -> None:
    lines = "\n".join(f"http://{'a' * 60}{number}.example/" for number in range(50))
    page = Page(as_editor.post(ADD, {**SHOP, "redirect_uris": lines}))
    errors = page.errors("redirect_uris")
    assert len(errors) == 11
    assert errors[9].startswith("Line 10 (http://aaaaa")
    assert errors[10] == "40 more lines are invalid."


CHECKS: list[tuple[str, dict[str, str], str]] = [
    ("redirect_uris", {"redirect_uris": "http://shop.example/"}, "Use https."),
    ("redirect_uris", {"redirect_uris": ""}, ""),
    ("redirect_uris", {"redirect_uris": "com.example.app:/cb", "kind": "native"}, ""),
    ("redirect_uris", {"redirect_uris": "com.example.app:/cb", "kind": "browser"}, "Only mobile"),
    ("name", {"name": ""}, ""),
    ("refresh_max_days", {"refresh_idle_days": "30", "refresh_max_days": "7"}, "idle lifetime"),
]


@each_row("existing", [False, True], undo=True)
@each_row("name, typed, error", CHECKS, undo=True)
def test_a_field_is_checked_while_one_types(
    as_editor: Client,
    project: Project,
    existing: bool,
    name: str,
    typed: dict[str, str],
    error: str,
) -> None:
    url = f"{ADD}check/"
    if existing:
        url = f"{page_url(add(project, kind=typed.get('kind', 'website')))}check/"
    page = Page(as_editor.post(url, typed, headers={"HX-Trigger-Name": name}))
    assert page.with_id(f"id_{name}").attributes["hx-post"] == url
    errors = page.errors(name)
    assert (error in errors[0]) if error else errors == []
    assert as_editor.post(url, typed, headers={"HX-Trigger-Name": "x"}).status_code == 404


class TestSecrets:
    def test_a_secret_is_shown_once_and_nowhere_else(
        self, as_editor: Client, as_viewer: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        sent = {**sent_by(Page(as_editor.get(ADD))), **SHOP}
        answer = as_editor.post(ADD, sent)
        secret = shown_secret(Page(answer))
        application = Application.objects.get()
        assert ApplicationSecret.objects.get().hash == hash_text(secret)
        assert "no-store" in answer.headers["cache-control"]
        assert Page(answer).one(data_address=page_url(application))

        # Another language is chosen on the application's page, not on that of the form.
        assert Page(answer).one("form", class_="languages").one(name="next").attributes[
            "value"
        ] == page_url(application)

        again = as_editor.post(ADD, sent)
        assert (again.status_code, again.headers["location"]) == (302, page_url(application))
        second = shown_secret(Page(as_editor.post(f"{page_url(application)}secrets/add/")))
        assert second.startswith("mkcs_")
        assert second != secret
        pages = [
            client.get(url).content.decode()
            for client in (as_editor, as_viewer)
            for url in (LIST, page_url(application), "/projects/acme/history/", "/projects/acme/")
        ]
        stored = [
            *(session.get_decoded() for session in Session.objects.all()),
            *Event.objects.values(),
            *Application.objects.values(),
            *ApplicationSecret.objects.values(),
        ]
        for each in (secret, second):
            assert each[5:] not in "".join(pages)
            assert each[5:] not in str(stored)
            assert each[5:] not in caplog.text
        assert Application.objects.count() == 1

    @pytest.mark.django_db(transaction=True)
    def test_a_form_that_is_sent_twice_at_once_adds_one_application(self, owner: User) -> None:
        client = sign_in_as(owner)
        sent = {**sent_by(Page(client.get(ADD))), **SHOP}

        def send(_number: int) -> HttpResponse:
            try:
                return sign_in_as(owner).post(ADD, sent)  # type: ignore[return-value]
            finally:
                databases.close_all()

        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(send, range(4)))
        assert sorted(each.status_code for each in answers) == [200, 302, 302, 302]
        assert Application.objects.count() == 1

    def test_the_form_of_another_project_names_no_client_id_here(
        self, as_editor: Client, editor: User, other_project: Project
    ) -> None:
        other_project.memberships.create(user=editor, role="editor")
        ticket = sent_by(Page(as_editor.get("/projects/beta/applications/add/")))["ticket"]
        for sent in (ticket, "a" * 24, "x" * 5000, ""):
            assert shown_secret(Page(as_editor.post(ADD, {**SHOP, "ticket": sent})))
        taken = set(Application.objects.values_list("client_id", flat=True))
        assert len(taken) == 4
        assert not any(each in ticket for each in taken)

    def test_two_are_live_and_one_is_always_left(self, as_editor: Client, project: Project) -> None:
        url = page_url(add(project))
        first = ApplicationSecret.objects.get()
        page = Page(as_editor.get(url))
        assert f"Ends in …{first.last4}" in page.text.replace("… ", "…")
        assert not [each for each in page.links if each.startswith("Remove")]
        only = Page(as_editor.get(f"{url}secrets/{first.pk}/remove/"))
        assert "This is the only valid client secret." in only.text
        as_editor.post(f"{url}secrets/{first.pk}/remove/", {"days": "0"})
        assert ApplicationSecret.objects.count() == 1

        newest = {"newest": str(first.pk)}
        assert shown_secret(Page(as_editor.post(f"{url}secrets/add/", newest)))
        # The same form again, and a page that shows both.
        for sent in (newest, {}):
            assert as_editor.post(f"{url}secrets/add/", sent).status_code == 302
        page = Page(as_editor.get(url))
        assert ApplicationSecret.objects.count() == 2
        assert "Add Client Secret" not in page.text
        assert f"Remove …{first.last4}" in page.links

        as_editor.post(f"{url}secrets/{first.pk}/remove/", {"days": "0"})
        page = Page(as_editor.get(url))
        assert page.messages == ["Client secret removed. Requests with it are refused."]
        assert [each.pk > first.pk for each in ApplicationSecret.objects.all()] == [True]

    def test_one_can_expire_later(self, as_editor: Client, project: Project) -> None:
        application = add(project)
        url = page_url(application)
        first = ApplicationSecret.objects.get()
        as_editor.post(f"{url}secrets/add/")
        as_editor.post(f"{url}secrets/{first.pk}/remove/", {"days": "7"})
        first.refresh_from_db()
        assert first.expires_at is not None
        assert 6 * DAY < first.expires_at - timezone.now() <= 7 * DAY
        assert "Expires on" in Page(as_editor.get(url)).with_id("secrets-card").text
        # The other one is the only one that stays.
        other = application.secrets.exclude(pk=first.pk).get()
        as_editor.post(f"{url}secrets/{other.pk}/remove/", {"days": "7"})
        page = Page(as_editor.get(url))
        assert page.messages == ["This is the only valid client secret. Add another one first."]
        ApplicationSecret.objects.filter(pk=first.pk).update(expires_at=timezone.now() - DAY)
        page = Page(as_editor.get(url))
        assert "Expired" in page.with_id("secrets-card").text
        assert "Add Client Secret" in page.text

    def test_a_secret_of_another_application_is_not_found(
        self, as_editor: Client, project: Project
    ) -> None:
        mine, other = add(project), add(project)
        for application in (mine, other):
            services.add_secret(application, actor=User.objects.get(email="ed@example.com"))
        secret = other.secrets.first()
        assert secret is not None
        url = f"{page_url(mine)}secrets/{secret.pk}/remove/"
        assert as_editor.get(url).status_code == 404
        assert as_editor.post(url, {"days": "0"}).status_code == 404
        assert ApplicationSecret.objects.count() == 4


class TestChanging:
    def test_only_what_was_changed_is_saved(
        self, as_editor: Client, editor: User, project: Project
    ) -> None:
        application = add(project, signing_alg="ES256")
        sent = sent_by(Page(as_editor.get(page_url(application))))
        answer = as_editor.post(page_url(application), {**sent, "name": "Store"})
        assert (answer.status_code, answer.headers["location"]) == (302, page_url(application))
        event = Event.objects.filter(action=events.APPLICATION_CHANGED.key).get()
        assert (event.changes, event.actor) == ({"name": ["Shop", "Store"]}, editor)
        page = Page(as_editor.get(page_url(application)))
        assert page.messages == ["Saved."]
        assert page.one("h1").text == "Store"
        # Nothing was changed, so nothing is recorded.
        as_editor.post(page_url(application), sent_by(page))
        assert Event.objects.filter(action=events.APPLICATION_CHANGED.key).count() == 1

    def test_errors_come_before_everything_else(self, as_editor: Client, project: Project) -> None:
        application = add(project)
        sent = sent_by(Page(as_editor.get(page_url(application))))
        page = Page(as_editor.post(page_url(application), {**sent, "name": ""}))
        assert page.errors("name") == ["This field is required."]
        assert next(page.one("main").every("h2")).attributes["id"] == "settings"
        assert page.one("h1").text == "Shop"

    def test_the_type_stays(self, as_editor: Client, project: Project) -> None:
        application = add(project)
        sent = sent_by(Page(as_editor.get(page_url(application))))
        as_editor.post(page_url(application), {**sent, "kind": "native"})
        application.refresh_from_db()
        assert application.kind == "website"

    def test_a_deleted_connection_stays_ticked(self, as_editor: Client, project: Project) -> None:
        """Otherwise, saving would open the application to all connections."""
        make_connection(project)
        application = add(project, connections=["gone"])
        page = Page(as_editor.get(page_url(application)))
        assert "gone (deleted)" in page.with_id("id_connections").text
        as_editor.post(page_url(application), {**sent_by(page), "name": "Store"})
        application.refresh_from_db()
        assert (application.name, application.connections) == ("Store", ["gone"])

    @each_row(
        "theirs, mine, status, saved",
        [
            ({}, {"name": "Mine"}, 302, {"name": "Mine"}),
            ({"name": "Theirs"}, {"name": "Theirs"}, 302, {"name": "Theirs"}),
            ({"name": "Theirs"}, {"name": "Mine"}, 409, {"name": "Theirs"}),
            ({"name": "Theirs"}, {"home_page": "https://a.example/"}, 409, {"home_page": ""}),
            ({"idp_claim": True}, {"name": "Mine"}, 409, {"name": "Shop", "idp_claim": True}),
            (
                {"redirect_uris": ["https://b.example/"]},
                {"redirect_uris": "https://c.example/"},
                409,
                {"redirect_uris": ["https://b.example/"]},
            ),
            ({"connections": ["wechat_web"]}, {"name": "Mine"}, 409, {"name": "Shop"}),
            ({"refresh_idle_days": 7}, {"refresh_idle_days": "8"}, 409, {"refresh_idle_days": 7}),
        ],
        undo=True,
    )
    def test_two_people_at_once(
        self,
        as_editor: Client,
        owner: User,
        project: Project,
        theirs: dict[str, Any],
        mine: dict[str, Any],
        status: int,
        saved: dict[str, Any],
    ) -> None:
        make_connection(project)
        application = add(project)
        sent = sent_by(Page(as_editor.get(page_url(application))))
        services.change_application(application, theirs, actor=owner)

        answer = as_editor.post(page_url(application), {**sent, **mine})

        assert answer.status_code == status
        application.refresh_from_db()
        assert {name: getattr(application, name) for name in saved} == saved
        if status == 302:
            return
        page = Page(answer)
        conflicts = [each.attributes["id"] for each in page.every(class_="edit-conflict")]
        assert conflicts == [f"id_{name}_conflict" for name in theirs]
        assert "Olga changed this application while you were editing." in page.text
        # What was typed is still there, the rest is what the other one saved; saving again saves.
        again = sent_by(page)
        for name, value in mine.items():
            assert again[name] == value
        assert as_editor.post(page_url(application), again).status_code == 302
        application.refresh_from_db()
        for name, value in {**theirs, **mine}.items():
            assert str(getattr(application, name)).strip("[']") == str(value).strip("[']")

    @pytest.mark.django_db(transaction=True)
    def test_four_who_save_at_once_do_not_overwrite_each_other(
        self, owner: User, project: Project
    ) -> None:
        application = add(project)
        sent = sent_by(Page(sign_in_as(owner).get(page_url(application))))

        def send(number: int) -> HttpResponse:
            try:
                return sign_in_as(owner).post(  # type: ignore[return-value]
                    page_url(application), {**sent, "name": f"Shop {number}"}
                )
            finally:
                databases.close_all()

        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(send, range(4)))
        statuses = [each.status_code for each in answers]
        assert sorted(statuses) == [302, 409, 409, 409]
        application.refresh_from_db()
        assert application.name == f"Shop {statuses.index(302)}"
        for number, answer in enumerate(answers):
            if answer.status_code == 409:
                assert sent_by(Page(answer))["name"] == f"Shop {number}"

    @each_row("seen", ["", "x", "-1", "1" * 400, "٣"], undo=True)
    def test_a_form_that_does_not_say_what_it_shows_is_taken_as_it_is(
        self, as_editor: Client, owner: User, project: Project, seen: str
    ) -> None:
        application = add(project)
        services.change_application(application, {"name": "Theirs"}, actor=owner)
        sent = {**SHOP, "name": "Mine", "seen": seen}
        assert as_editor.post(page_url(application), sent).status_code == 302
        application.refresh_from_db()
        assert application.name == "Mine"


def test_viewers_read_everything_and_get_no_form(as_viewer: Client, project: Project) -> None:
    application = add(project, redirect_uris=[CALLBACK, "https://shop.example/other"])
    page = Page(as_viewer.get(page_url(application)))
    main = page.one("main")
    assert not list(main.every("form"))
    assert not list(main.every("input", name="newest"))
    assert application.client_id in main.text
    assert "https://shop.example/other" in main.text
    assert "When it asks for offline_access" in main.text
    assert "You have read-only access." in main.text
    assert "Add Application" not in Page(as_viewer.get(LIST)).text


class TestList:
    def test_nothing_yet(self, as_editor: Client, as_viewer: Client) -> None:
        assert "No applications yet" in Page(as_editor.get(LIST)).text
        assert ADD in Page(as_editor.get(LIST)).links.values()
        assert ADD not in Page(as_viewer.get(LIST)).links.values()

    def test_a_row(self, as_editor: Client, project: Project, other_project: Project) -> None:
        add(other_project, name="Theirs")
        application = add(project, is_development=True)
        for cause, ago, count in [("secret_wrong", 0, 3), ("scope", 6, 4), ("method", 8, 50)]:
            at = timezone.now() - ago * DAY
            application.errors.create(cause=cause, count=count, last_at=at)
        application.secrets.update(last_used_at=timezone.now() - 3 * DAY)
        (row,) = [each for each in Page(as_editor.get(LIST)).every("tr") if each.has({})][1:]
        # It begins with the letter that stands in place of a logo.
        client_id = application.client_id
        words = f"S Shop Website with a server · Development {client_id} 3\xa0days ago 7"
        assert row.text.replace("\xa0", " ").startswith(words.replace("\xa0", " "))

    def test_200_applications_cost_no_more_statements_than_one(
        self, as_editor: Client, project: Project
    ) -> None:
        def statements() -> int:
            with CaptureQueriesContext(databases["default"]) as captured:
                assert as_editor.get(LIST).status_code == 200
            return len(captured)

        first = add(project)
        few = statements()
        for number in range(1, 200):
            first.pk, first.client_id = None, f"{number:024}"
            first._state.adding = True
            first.save()
        assert project.applications.count() == 200
        assert statements() == few


class TestDeveloperErrors:
    @pytest.mark.parametrize("language", ["en", "zh-hans"])
    def test_each_cause_is_shown_with_its_fix(
        self, as_viewer: Client, project: Project, language: str
    ) -> None:
        application = add(project)
        at = timezone.now()
        for cause in MISTAKES:
            application.errors.create(cause=cause, count=2, last_at=at)
        application.errors.create(cause="of-a-newer-release", last_at=at)
        page = Page(as_viewer.get(page_url(application), headers={"accept-language": language}))
        shown = page.with_id("errors").text
        with translation.override(language):
            for mistake in MISTAKES.values():
                assert str(mistake.cause) in shown
                assert str(mistake.fix) in shown
        assert "of-a-newer-release" in shown

    def test_facts_are_escaped(self, as_viewer: Client, project: Project) -> None:
        application = add(project)
        at = timezone.now()
        facts = {"received": "<script>alert(1)</script>", "unknown": "x"}
        application.errors.create(cause="scope", facts=facts, last_at=at)
        page = Page(as_viewer.get(page_url(application)))
        assert "<script>alert" not in page.source
        assert "<script>alert(1)</script>" in page.with_id("errors").text


HOSTILE = [
    '<b>"Shop"</b>',
    "'; DROP TABLE --",
    "{{ 7*7 }}{% x %}",
    "a\\n\\u0000",
    "商店 🛒",
    "‎Shop",
]


@each_row("name", HOSTILE, undo=True)
def test_hostile_names_are_text_everywhere(as_editor: Client, project: Project, name: str) -> None:
    Project.objects.filter(pk=project.pk).update(name=name)
    page = Page(as_editor.post(ADD, {**SHOP, "name": name}))
    application = Application.objects.get()
    assert page.one("h1").text == application.name
    urls = [
        LIST,
        page_url(application),
        f"{page_url(application)}delete/",
        "/projects/acme/history/",
    ]
    for url in urls:
        assert "<b>" not in Page(as_editor.get(url)).source
    # The name of the project is in the code.
    compile_snippets(page, project.pk)


def compile_snippets(page: Page, project: Any) -> None:
    """The files of Python can be compiled, and name the project as it is."""
    for figure in page.every("figure", class_="code"):
        code = next(figure.every("button")).attributes["data-copy"]
        name = next(figure.every("span")).text
        if name.endswith(".py"):
            tree = compile(code, name, "exec")
            if name == "settings.py":
                assert Project.objects.get(pk=project).name in map(str, constants(tree))


def constants(code: Any) -> list[Any]:
    """The constants of compiled code, those inside tuples included."""
    found: list[Any] = []
    for each in code.co_consts:
        found += each if isinstance(each, tuple) else [each]
    return found


class TestDeleting:
    def test_it_says_what_is_lost(
        self, as_editor: Client, project: Project, other_project: Project
    ) -> None:
        application = add(project)
        url = f"{page_url(application)}delete/"
        assert "It has no valid tokens of any user" in Page(as_editor.get(url)).text
        for number in range(3):
            person = User.objects.create(
                project=project, name=f"P{number}", password=UNUSABLE_PASSWORD_PREFIX
            )
            for again in range(2):
                application.grants.create(
                    project=project,
                    user=person,
                    sid="0" * 32,
                    auth_time=timezone.now(),
                    scope="openid",
                    code_hash=f"{number}{again}",
                    code_expires_at=timezone.now(),
                    expires_at=timezone.now() + (DAY if number < 2 else -DAY),
                )
        assert "2 users have signed in to it, and lose access." in Page(as_editor.get(url)).text

        answer = as_editor.post(url)
        assert (answer.status_code, answer.headers["location"]) == (302, LIST)
        assert not Application.objects.exists()
        assert Page(as_editor.get(LIST)).messages == ["Application deleted."]
        assert as_editor.get(page_url(application)).status_code == 404


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_history_shows_every_kind_of_change(
    as_editor: Client, editor: User, project: Project, language: str
) -> None:
    application = add(project, connections=["wechat_web"])
    services.change_application(application, {"is_development": True}, actor=editor)
    first = application.secrets.get()
    services.add_secret(application, actor=editor)
    services.expire_secret(first, at=timezone.now() + DAY, actor=editor)
    services.remove_secret(first, actor=editor)
    services.delete_application(application, actor=editor)
    headers = {"accept-language": language}
    page = Page(as_editor.get("/projects/acme/history/", headers=headers))
    options = [each.attributes["value"] for each in page.with_id("id_action").every("option")]
    with translation.override(language):
        for kind in events.KINDS:
            assert find_kind(kind.key) is kind
            assert kind.key in options
            if kind is not events.KEYS_ROTATED:
                before = str(kind.sentence).partition("%(target)s")[0]
                before = before.replace("%(actor)s", "").strip()
                assert before in page.text
            if language != "en":
                assert str(kind.sentence).isascii() is False
    for kind in events.KINDS:
        filtered = as_editor.get(f"/projects/acme/history/?action={kind.key}", headers=headers)
        rows = list(Page(filtered).every("tr"))
        assert len(rows) == (0 if kind is events.KEYS_ROTATED else 2)


def test_long_lists_are_cut_in_the_history(as_editor: Client, project: Project) -> None:
    uris = [f"{CALLBACK}/{number}".ljust(2000, "a") for number in range(50)]
    application = add(project, redirect_uris=uris)
    services.delete_application(application, actor=User.objects.get(email="ed@example.com"))
    assert len(as_editor.get("/projects/acme/history/").content) < 50_000


def test_the_overview_has_connecting_a_website_as_a_task(
    as_editor: Client, as_viewer: Client, project: Project
) -> None:
    overview = "/projects/acme/"
    tasks = [each.text for each in Page(as_editor.get(overview)).every("h3")]
    assert tasks[-1] == "Connect your website"
    assert ADD in Page(as_editor.get(overview)).links.values()
    assert ADD not in Page(as_viewer.get(overview)).links.values()
    add(project)
    tasks = [each.text for each in Page(as_editor.get(overview)).every("h3")]
    assert "Connect your website" not in tasks


def test_the_navigation_leads_there(as_viewer: Client) -> None:
    page = Page(as_viewer.get(LIST))
    assert page.links["Applications"] == LIST
    current = [each.text for each in page.every("a", aria_current="page")]
    assert current == ["Applications"]


def test_the_largest_form_is_read(as_editor: Client) -> None:
    """50 URIs of 2,000 characters, and as many connections as a project may have."""
    assert settings.DATA_UPLOAD_MAX_NUMBER_FIELDS > settings.MENKOU_MAX_CONNECTIONS
    lines = "\n".join(f"{CALLBACK}/{number:02}".ljust(2000, "a") for number in range(50))
    as_editor.post(ADD, {**SHOP, "redirect_uris": lines})
    assert len(Application.objects.get().redirect_uris) == 50
