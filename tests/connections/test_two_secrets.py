"""A provider with two secrets: each is sealed and opened by its name; neither may be missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from connections.fields.field import Field, Kind
from connections.models import Connection, SignIn, StoredSecret
from connections.protocols.protocol import Callback
from connections.providers import catalogue, github
from projects.models import Project
from tests.cast import open_secret
from tests.portal.page_reader import Page
from tests.samples.guests import guest_at
from tests.samples.sample import Guest, sample_of

SIGNING_KEY = "a-signing-key-that-nobody-prints"
LIST = "/projects/acme/connections/"
EDIT = f"{LIST}github/"


class SigningProtocol(github.GitHubProtocol):
    """Sends the second secret with the request for the profile."""

    def fetch_profile(self, tokens: Mapping[str, Any], callback: Callback) -> dict[str, Any]:
        secrets = self.client.secrets
        self.get_with_token(
            self.definition.endpoints["userinfo"].url,
            tokens["access_token"],
            **{"X-Secrets": f"{secrets['client_secret']} {secrets['signing_key']}"},
        )
        return super().fetch_profile(tokens, callback)


@pytest.fixture(autouse=True)
def two_secrets(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """GitHub as it would be if it had two."""
    key = Field(name="signing_key", label="Signing key", kind=Kind.SECRET)
    two = replace(github.PROVIDER, fields=(*github.FIELDS, key), protocol=SigningProtocol)
    monkeypatch.setattr(github, "PROVIDER", two)
    catalogue.get.cache_clear()
    yield
    catalogue.get.cache_clear()


@pytest.fixture
def guest(project: Project, settings: Any) -> Iterator[Guest]:
    with guest_at("github", project, settings, signing_key=SIGNING_KEY) as guest:
        yield guest


def filled_in(**changes: str) -> dict[str, str]:
    own = sample_of("github").filled_in
    shared = {"alias": "github", "enabled": "on", "signing_key": SIGNING_KEY}
    return {**own, **shared, **changes}


def test_each_is_sealed_and_opened_by_its_name(as_owner: Client, project: Project) -> None:
    answer = as_owner.post(f"{LIST}add/github/", filled_in())

    assert answer.status_code == 302, Page(answer).all_errors()
    connection = Connection.objects.get()
    assert open_secret(connection, "signing_key") == SIGNING_KEY
    assert open_secret(connection, "client_secret") == filled_in()["client_secret"]
    assert "signing_key" not in connection.settings


def test_one_is_replaced_and_the_other_stays(as_owner: Client, project: Project) -> None:
    as_owner.post(f"{LIST}add/github/", filled_in())

    answer = as_owner.post(EDIT, filled_in(client_secret="", signing_key="another-signing-key"))

    assert answer.status_code == 302, Page(answer).all_errors()
    connection = Connection.objects.get()
    assert open_secret(connection, "signing_key") == "another-signing-key"
    assert open_secret(connection, "client_secret") == filled_in()["client_secret"]


def test_the_sign_in_has_both(guest: Guest) -> None:
    guest.sign_in()

    assert SignIn.objects.get().outcome == "ok"
    sent = f"X-Secrets: {filled_in()['client_secret']} {SIGNING_KEY}"
    assert any(sent.lower() in each.head.lower() for each in guest.script.heard)


@pytest.mark.parametrize("name", ["client_secret", "signing_key"])
def test_nobody_is_sent_away_without_one_of_them(guest: Guest, as_owner: Client, name: str) -> None:
    missing = "The connection has no client secret."
    StoredSecret.objects.filter(field=name).delete()

    guest.press()

    assert SignIn.objects.get().cause == "secret_missing"
    assert not guest.script.heard
    assert "Secret missing" in Page(as_owner.get(LIST)).text
    assert "Secret missing" in Page(as_owner.get(EDIT)).text
    assert missing in Page(as_owner.post(f"{EDIT}check/")).text


@pytest.mark.parametrize("name", ["client_secret", "signing_key"])
def test_nobody_comes_back_without_one_of_them(guest: Guest, name: str) -> None:
    guest.press()
    StoredSecret.objects.filter(field=name).delete()

    guest.come_back(guest.script.sample.returns)

    assert SignIn.objects.get().cause == "secret_missing"
    assert not guest.script.heard


def test_a_secret_of_another_release_is_left_alone(guest: Guest) -> None:
    """Its ciphertext opens under another name only."""
    StoredSecret.objects.create(
        connection=guest.connection, field="old_key", ciphertext=b"x", key_id=1, fingerprint="x"
    )

    guest.sign_in()

    assert SignIn.objects.get().outcome == "ok"
