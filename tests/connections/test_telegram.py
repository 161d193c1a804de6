"""Telegram: what it alone does."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from connections.forms.connection_form import ConnectionForm
from connections.models import Identity
from connections.providers import catalogue
from projects.models import Project
from tests.connections.test_social import At, assert_refused, at, signed_in
from tests.openid import CLIENT_SECRET
from tests.samples.telegram import CLIENT_ID

__all__ = ["at"]

BOT_TOKEN = "8123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"


def errors_of(project: Project, **typed: str) -> dict[str, list[str]]:
    """What the form says to this."""
    definition = catalogue.get("telegram")
    form = ConnectionForm(
        {"client_id": CLIENT_ID, "client_secret": "q7Zt0bWf3LxKc9Vn5RgY2mHd", **typed},
        definition=definition,
        project=project,
    )
    assert not form.is_valid()
    assert BOT_TOKEN not in str(form)
    return {name: list(errors) for name, errors in form.errors.items()}


class TestSigningIn:
    def test_id_and_secret_go_into_a_header_and_the_id_into_the_form_too(self, at: At) -> None:
        guest = at("telegram")
        signed_in(guest.sign_in())

        asked = next(each for each in guest.script.heard if each.path == "/token")
        known = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        assert f"Authorization: Basic {known}" in asked.head.splitlines()
        assert asked.form["client_id"] == CLIENT_ID
        assert len(asked.form["code_verifier"]) >= 43
        assert "client_secret" not in asked.form

    def test_neither_telephone_number_nor_messages_are_asked_for(self, at: At) -> None:
        guest = at("telegram")
        guest.press()

        assert guest.script.query["scope"] == "openid profile"
        assert "nonce" not in guest.script.query

    def test_another_bot_knows_the_same_person(self, at: At) -> None:
        first = at("telegram", "one")
        person = signed_in(first.sign_in())
        second = at("telegram", "two", client_id="8000000001")
        second.script.told["sub"] = "9999999999999999999"

        assert signed_in(second.sign_in()) == person
        assert Identity.objects.count() == 1

    def test_a_token_for_another_bot_is_refused(self, at: At) -> None:
        guest = at("telegram")
        guest.script.told["aud"] = "8000000001"

        assert_refused(guest.sign_in(), "audience")

    @pytest.mark.parametrize("number", ["0987654321", 1.5, True, -1, 2**63])
    def test_a_number_has_the_shape_of_one(self, at: At, number: Any) -> None:
        guest = at("telegram")
        guest.script.told["id"] = number

        assert_refused(guest.sign_in(), "no_subject")


@pytest.mark.django_db
class TestForm:
    def test_a_bot_token_is_not_the_client_secret(self, project: Project) -> None:
        said = errors_of(project, client_secret=BOT_TOKEN)["client_secret"]

        assert said == [
            "This is the bot token, which is another secret. Copy the Client Secret that "
            "BotFather shows under Bot Settings > Web Login."
        ]

    def test_a_bot_token_in_the_wrong_field_is_not_shown_again(self, project: Project) -> None:
        said = errors_of(project, client_id=BOT_TOKEN)["client_id"]

        assert said == [
            "This looks like a bot token, so it was not saved. The Client ID is the number before "
            "its colon. The token is not needed here."
        ]

    @pytest.mark.parametrize("name", ["@acme_login_bot", "acme_login_bot"])
    def test_a_username_is_not_the_client_id(self, project: Project, name: str) -> None:
        assert errors_of(project, client_id=name)["client_id"] == [
            "This is the bot's username. The Client ID is a number."
        ]

    def test_an_address_is_not_the_client_id(self, project: Project) -> None:
        said = errors_of(project, client_id="https://t.me/acme_login_bot")["client_id"]

        assert said == ["This is a web or email address, not a value from the provider's console."]


def test_the_class_of_the_old_widget_is_not_offered_besides() -> None:
    assert "telegram" in [each.id for each in catalogue.all_providers()]
    assert "allauth_telegram" not in [each.id for each in catalogue.derived_providers()]
