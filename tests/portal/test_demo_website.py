"""``manage.py prepare --website``: registers the demo website once, and keeps its file right."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from applications.models import Application
from applications.services import add_application, add_secret, live_secrets
from connections.secrets import check_keys
from core.random_text import hash_text
from portal.management.demo_website import new_website
from projects.models import Event, Project

ORIGIN = "http://127.0.0.1:8900"


@pytest.fixture
def file(tmp_path: Path, settings: Any, db: None) -> Path:
    settings.MENKOU_PROJECT_DOMAIN = "localhost:8000"
    return tmp_path / "website.json"


def prepare(file: Path, origin: str = ORIGIN) -> dict[str, str]:
    """Run the command; return what the website finds in its file."""
    said = StringIO()
    call_command("prepare", "--website", origin, "--website-file", str(file), stdout=said)
    told = json.loads(said.getvalue())
    assert told["website"] == origin
    found: dict[str, str] = json.loads(file.read_text())
    assert file.stat().st_mode & 0o777 == 0o600
    assert found["client_secret"] not in said.getvalue()
    assert is_accepted(found["client_secret"])
    return found


def is_accepted(secret: str) -> bool:
    return live_secrets(Application.objects.get()).filter(hash=hash_text(secret)).exists()


def test_it_is_registered_once_and_kept(file: Path) -> None:
    first = prepare(file)

    application = Application.objects.get()
    assert (application.name, application.kind) == ("Demo Shop", "website")
    assert application.project.slug == "acme"
    assert application.redirect_uris == [f"{ORIGIN}/callback"]
    assert first == {
        "client_id": application.client_id,
        "client_secret": first["client_secret"],
        "issuer": "http://acme.localhost:8000",
    }
    before = (file.stat().st_mtime_ns, Application.objects.values().get(), Event.objects.count())
    assert prepare(file) == first
    after = (file.stat().st_mtime_ns, Application.objects.values().get(), Event.objects.count())
    assert after == before


def test_addresses_follow_the_ports_and_others_stay(file: Path, settings: Any) -> None:
    first = prepare(file)
    others = ["https://shop.example/callback", "http://localhost:8900/callback"]
    Application.objects.update(
        redirect_uris=[*others, f"{ORIGIN}/callback"], home_page="https://shop.example/"
    )
    settings.MENKOU_PROJECT_DOMAIN = "localhost:8001"

    second = prepare(file, "http://127.0.0.1:8901")

    assert second == {**first, "issuer": "http://acme.localhost:8001"}
    application = Application.objects.get()
    assert application.redirect_uris == [*others, "http://127.0.0.1:8901/callback"]
    assert application.initiate_login_uri == "http://127.0.0.1:8901/sign-in"
    assert application.home_page == "https://shop.example/"
    assert application.project.issuer == "http://acme.localhost:8001"


def test_a_lost_secret_is_replaced(file: Path) -> None:
    first = prepare(file)
    for damage in (None, "", "[1]", '{"client_id": 7}', '{"client_id": "other"}'):
        if damage is None:
            file.unlink()
        else:
            file.write_text(damage)
        assert prepare(file)["client_id"] == first["client_id"]

    assert not is_accepted(first["client_secret"])
    assert live_secrets(Application.objects.get()).count() == 2


def test_a_renamed_website_is_known_by_its_file(file: Path) -> None:
    first = prepare(file)
    Application.objects.update(name="Our Shop")
    assert prepare(file) == first
    assert Application.objects.get().name == "Our Shop"


def test_with_another_database_it_is_registered_again(file: Path) -> None:
    first = prepare(file)
    Project.objects.all().delete()
    second = prepare(file)
    assert second["client_id"] != first["client_id"]


def test_a_secret_that_somebody_added_stays(file: Path) -> None:
    prepare(file)
    theirs = add_secret(Application.objects.get(), actor=None)
    assert is_accepted(prepare(file)["client_secret"])
    assert is_accepted(theirs.value)


def test_an_application_of_another_project_is_not_taken(file: Path, other_project: Project) -> None:
    check_keys()
    add_application(other_project, new_website(ORIGIN), actor=None)
    theirs = Application.objects.get()
    file.write_text(json.dumps({"client_id": theirs.client_id, "client_secret": "x"}))
    call_command("prepare", "--website", ORIGIN, "--website-file", str(file), stdout=StringIO())
    assert json.loads(file.read_text())["client_id"] != theirs.client_id
