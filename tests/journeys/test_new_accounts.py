"""The question before people get new accounts: by an edit, and by a deletion."""

from __future__ import annotations

import pytest
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from playwright.sync_api import expect

from connections.configured import namespace_of
from connections.models import Connection, Identity
from projects.models import User
from tests.journeys.stage import LANGUAGES, Stage
from tests.openid import connect, openid_settings

ISSUER = "https://login.example.com"


def used(stage: Stage, provider: str, **settings: object) -> Connection:
    """A connection by which three people have signed in."""
    connection = connect(stage.project, provider, **settings)
    for number in range(3):
        person = User.objects.create(project=stage.project, password=UNUSABLE_PASSWORD_PREFIX)
        Identity.objects.create(
            project=stage.project,
            user=person,
            connection=connection,
            namespace=namespace_of(connection),
            subject=str(number),
        )
    return connection


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_edit_asks_beside_the_field_and_saves_with_consent(stage: Stage, language: str) -> None:
    connection = used(stage, "linkedin")
    person = stage.browser(language)
    person.open_portal("/projects/acme/connections/linkedin/")
    field = person.page.locator("[name=client_id]")
    field.fill("86another1234x")
    field.blur()
    expect(person.page.locator("#id_client_id_warning")).to_contain_text("3")
    person.picture(f"new-accounts-field-{language}")

    summary = person.page.locator(".set-secret summary")
    summary.click()
    person.page.locator("[name=client_secret]").fill("WPL_AP1.aB3dE5gH7jK9mN1p.a1b2c3==")
    person.save()

    box = person.page.locator("[name=accept_warnings]")
    expect(box).to_be_visible()
    expect(field).to_have_value("86another1234x")
    person.inspect("new-accounts-edit")
    box.scroll_into_view_if_needed()
    # The secret that was typed need not be typed again.
    box.check()
    person.save()

    expect(person.messages).to_be_visible()
    expect(box).to_be_hidden()
    connection.refresh_from_db()
    assert connection.settings["client_id"] == "86another1234x"
    person.page.goto(f"{stage.portal}/projects/acme/history/")
    person.picture(f"new-accounts-history-{language}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_deletion_says_who_is_not_found_again(stage: Stage, language: str) -> None:
    typed = {f"{name}_endpoint": f"{ISSUER}/{name}" for name in ("authorization", "token")}
    used(stage, "openid_connect", **openid_settings(ISSUER, **typed, jwks_uri=f"{ISSUER}/keys"))
    used(stage, "linkedin")
    person = stage.browser(language)
    person.start_session()
    for alias, warnings in (("openid_connect", 1), ("linkedin", 0)):
        person.page.goto(f"{stage.portal}/projects/acme/connections/{alias}/delete/")
        expect(person.page.locator("main .callout-warning")).to_have_count(warnings)
        person.inspect(f"delete-{alias}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_form_of_a_derived_provider_fits(stage: Stage, language: str) -> None:
    person = stage.browser(language)
    person.start_session()
    for name in ("netiq", "battlenet"):
        form = f"{stage.portal}/projects/acme/connections/add/allauth_{name}/"
        person.visit(form, f"derived-{name}")
