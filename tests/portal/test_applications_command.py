"""``manage.py applications``: one JSON object, or one sentence and nothing saved."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from applications.models import Application, ApplicationSecret, SigningKey
from core.keyring.keyset import create_keyset
from core.keyring.models import KeyCanary
from core.random_text import hash_text
from projects.models import Event, Project
from tests.rows import each_row

SHOP = ("create", "--project=acme", "--name=Shop", "--redirect-uri=https://shop.example/callback")


def run(*command: str) -> str:
    said = StringIO()
    call_command("applications", *command, stdout=said)
    return said.getvalue()


def test_one_json_object_has_all_that_a_website_needs(project: Project) -> None:
    told = json.loads(run(*SHOP, "--type=website"))

    application = Application.objects.get()
    assert told["client_id"] == application.client_id
    assert hash_text(told["client_secret"]) == ApplicationSecret.objects.get().hash
    assert told["issuer"] == f"http://{project.host}"
    assert set(told) == {"client_id", "client_secret", "issuer"}
    (event,) = Event.objects.all()
    assert (event.action, event.actor_name) == ("application:added", "manage.py")
    assert told["client_secret"] not in str(event.changes)


@pytest.mark.parametrize("kind", ["browser", "native"])
def test_an_application_that_keeps_no_secret_gets_null(project: Project, kind: str) -> None:
    assert json.loads(run(*SHOP, f"--type={kind}"))["client_secret"] is None


def test_every_option_is_saved(project: Project) -> None:
    run(
        *SHOP,
        "--redirect-uri=https://*.preview.shop.example/callback",
        "--redirect-uri=https://shop.example/callback",
        "--post-logout-redirect-uri=https://shop.example/bye",
        "--post-logout-redirect-uri=https://shop.example/",
        "--backchannel-logout-uri=https://shop.example/logout",
        "--initiate-login-uri=https://shop.example/login",
        "--home-page=https://shop.example/",
        "--pkce=optional",
        "--development",
        "--idp-claim",
    )
    application = Application.objects.get()
    assert (application.name, application.kind) == ("Shop", "website")
    assert application.redirect_uris == [
        "https://shop.example/callback",
        "https://*.preview.shop.example/callback",
    ]
    assert application.post_logout_redirect_uris == [
        "https://shop.example/bye",
        "https://shop.example/",
    ]
    assert application.backchannel_logout_uri == "https://shop.example/logout"
    assert application.initiate_login_uri == "https://shop.example/login"
    assert application.home_page == "https://shop.example/"
    assert application.pkce_optional
    assert application.is_development
    assert application.idp_claim


NOT_HTTPS = "Use https. Only localhost and loopback addresses may use http."
NOT_ABSOLUTE = "Enter a complete URL, such as https://www.example.com/callback."


@each_row(
    "options, sentence",
    [
        (["--project=beta"], "There is no project with the ID beta."),
        (["--name= "], "--name: Use 1 to 80 characters."),
        ([f"--name={'x' * 81}"], "--name: Use 1 to 80 characters."),
        (["--name=a\nb"], "--name: Use 1 to 80 characters."),
        (
            ["--redirect-uri=http://shop.example/"],
            f"--redirect-uri http://shop.example/: {NOT_HTTPS}",
        ),
        (
            [f"--redirect-uri=https://shop.example/{number}" for number in range(50)],
            "--redirect-uri: Use at most 50.",
        ),
        (
            ["--redirect-uri=https://*.shop.example/"],
            "--redirect-uri https://*.shop.example/: A wildcard is possible for development "
            "applications only. Enter each redirect URI in full.",
        ),
        (
            ["--post-logout-redirect-uri=/bye"],
            f"--post-logout-redirect-uri /bye: {NOT_ABSOLUTE}",
        ),
        (
            ["--development", "--post-logout-redirect-uri=https://*.shop.example/"],
            "--post-logout-redirect-uri https://*.shop.example/: A wildcard is possible for "
            "development applications only. Enter each redirect URI in full.",
        ),
        (
            ["--backchannel-logout-uri=http://shop.example/"],
            f"--backchannel-logout-uri http://shop.example/: {NOT_HTTPS}",
        ),
        (["--initiate-login-uri=login"], f"--initiate-login-uri login: {NOT_ABSOLUTE}"),
        (
            ["--type=native", "--home-page=com.example.app:/home"],
            "--home-page com.example.app:/home: Only mobile and desktop apps can have a scheme of "
            "their own. Use https.",
        ),
        (
            ["--type=browser", "--pkce=optional"],
            "--pkce optional: Only a website with a server may omit PKCE.",
        ),
    ],
    undo=True,
)
def test_a_wrong_value_is_named_and_nothing_is_saved(
    project: Project, options: list[str], sentence: str
) -> None:
    with pytest.raises(CommandError) as refused:
        run(*SHOP, *options)
    assert str(refused.value) == sentence
    assert_nothing_saved(project)


def assert_nothing_saved(project: Project) -> None:
    project.refresh_from_db()
    assert (project.issuer, project.version) == ("", 0)
    for model in (Application, ApplicationSecret, SigningKey, Event):
        assert not model.objects.exists()


@each_row(
    "command",
    [
        ["create", "--project=acme", "--name=Shop"],
        [*SHOP, "--type=robot"],
        [*SHOP, "--pkce=never"],
        ["create", "--name=Shop", "--redirect-uri=https://shop.example/"],
        [],
    ],
    undo=True,
)
def test_a_wrong_command_line_is_refused(project: Project, command: list[str]) -> None:
    with pytest.raises(CommandError, match="required|invalid choice"):
        run(*command)


def test_a_secret_that_nobody_receives_is_not_saved(project: Project) -> None:
    class Closed(StringIO):
        def flush(self) -> None:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        call_command("applications", *SHOP, stdout=Closed())
    assert_nothing_saved(project)


def test_with_the_keys_of_another_installation_nothing_is_saved(
    project: Project, tmp_path: Path, settings: Any
) -> None:
    run(*SHOP)
    settings.MENKOU_KEYSET_FILE = str(tmp_path / "other.json")
    create_keyset(tmp_path / "other.json")

    for command in (SHOP, ("rotate-keys",)):
        with pytest.raises(CommandError, match="does not belong to this database's secrets"):
            run(*command)
    assert (Application.objects.count(), SigningKey.objects.count()) == (1, 2)
    assert KeyCanary.objects.count() == 1


def test_a_full_project_gets_no_further_application(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("applications.services.MOST_APPLICATIONS", 1)
    run(*SHOP)
    with pytest.raises(CommandError, match="acme has 1 applications, the most that"):
        run(*SHOP)


class TestRotateKeys:
    def test_new_keys_are_published_and_sign_a_day_later(self, project: Project) -> None:
        run(*SHOP)
        old = set(SigningKey.objects.values_list("kid", flat=True))

        said = run("rotate-keys", "--project=acme").splitlines()

        new = SigningKey.objects.exclude(kid__in=old)
        assert sorted(said) == sorted(
            f"acme: {key.alg} key {key.kid} signs from {key.active_at:%Y-%m-%d %H:%M} UTC."
            for key in new
        )
        assert sorted(key.alg for key in new) == ["ES256", "RS256"]
        ahead = min(key.active_at for key in new) - timezone.now()
        assert timedelta(hours=23, minutes=59) < ahead <= timedelta(hours=24)
        assert run("rotate-keys").startswith("acme: The next keys are already published. They sign")
        assert SigningKey.objects.count() == 4

    def test_keys_that_others_have_seen_are_replaced_at_once(self, project: Project) -> None:
        run(*SHOP)
        old = set(SigningKey.objects.values_list("kid", flat=True))

        said = run("rotate-keys", "--project=acme", "--now")

        new = list(SigningKey.objects.all())
        assert sorted(key.alg for key in new) == ["ES256", "RS256"]
        assert old.isdisjoint(key.kid for key in new)
        assert all(key.active_at <= timezone.now() for key in new)
        assert all(key.kid in said for key in new)
        assert Event.objects.latest("id").action == "project:signing-keys-rotated"

    @pytest.mark.parametrize("option", [(), ("--now",)])
    def test_lost_keys_are_made_again_and_sign_at_once(
        self, project: Project, option: tuple[str, ...]
    ) -> None:
        run(*SHOP)
        SigningKey.objects.all().delete()
        run("rotate-keys", *option)
        assert [key.active_at <= timezone.now() for key in SigningKey.objects.all()] == [True] * 2

    def test_all_projects_with_keys_get_new_ones(
        self, project: Project, other_project: Project
    ) -> None:
        Project.objects.create(slug="empty", name="Empty")
        for slug in ("acme", "beta"):
            run(*SHOP, f"--project={slug}")

        said = run("rotate-keys").splitlines()

        assert [line.split(":")[0] for line in said] == ["acme", "acme", "beta", "beta"]

    @pytest.mark.parametrize("option", [(), ("--now",)])
    def test_a_project_without_applications_gets_none(
        self, project: Project, option: tuple[str, ...]
    ) -> None:
        assert run("rotate-keys", *option) == ""
        assert run("rotate-keys", "--project=acme", *option) == (
            "acme: No signing keys yet. The first application creates them.\n"
        )
        assert not SigningKey.objects.exists()

    def test_an_unknown_project_is_named(self, db: None) -> None:
        with pytest.raises(CommandError, match="^There is no project with the ID nobody.$"):
            run("rotate-keys", "--project=nobody")
