"""SAML in a browser: the provider's metadata in, our request out, its form back to us."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import expect

from connections.models import Connection
from connections.protocols.oidc.discovery_cache import discovery_cache
from tests.cast import client_of
from tests.connections.servers import Peer, serving
from tests.journeys.stage import Stage
from tests.saml import Answer, IdentityProvider, pair, query_of


class Website:
    """The provider as people see it: its metadata, and a page that asks whether they agree."""

    def __init__(self) -> None:
        # Near its end, so that there is something to warn of.
        self.idp = IdentityProvider(keys=pair("idp.example.com", days=20))

    def open_at(self, origin: str) -> None:
        self.idp.entity_id, self.idp.sso_url = f"{origin}/saml", f"{origin}/sso"

    def treat(self, peer: Peer) -> None:
        if peer.path == "/metadata":
            peer.answer(self.idp.metadata)
            return
        if not peer.path.startswith("/sso?"):
            peer.answer(b"", status="404 Not Found")
            return
        query = query_of(peer.path)
        fields = {
            "SAMLResponse": self.idp.respond(query, Answer()),
            "RelayState": query["RelayState"],
        }
        inputs = "".join(
            f'<input type="hidden" name="{name}" value="{html.escape(value)}">'
            for name, value in fields.items()
        )
        target = self.idp.asked(query).assertion_consumer_service_url
        page = f'<form method="post" action="{target}">{inputs}<button>Agree</button></form>'
        peer.answer(page.encode(), headers="Content-Type: text/html\r\n")


@pytest.fixture
def provider(settings: Any) -> Iterator[Website]:
    website = Website()
    discovery_cache.clear()
    cache.clear()
    with serving(website.treat) as server:
        website.open_at(server.origin)
        settings.MENKOU_PRIVATE_ORIGINS = (server.origin,)
        yield website
    discovery_cache.clear()


def test_metadata_by_its_address_is_all_that_it_takes_to_sign_in(
    stage: Stage, provider: Website
) -> None:
    owner = stage.browser()
    page = owner.page
    owner.open_portal("/projects/acme/connections/add/saml/")
    owner.picture("saml-add-1280-en-light")
    owner.check_accessibility()
    page.get_by_label("Metadata URL").fill(provider.idp.entity_id.replace("/saml", "/metadata"))
    owner.save()
    expect(page.get_by_text("The certificate of idp.example.com expires on").first).to_be_visible()
    page.get_by_label("Save anyway").check()
    owner.save()
    expect(owner.messages).to_contain_text("is live on the sign-in page")
    owner.check_accessibility()
    owner.picture("saml-saved-1280-en-light")
    connection = Connection.objects.get()
    answer = client_of(stage.project.host).get(f"/sso/{connection.alias}/metadata")
    provider.idp.learn(answer.content)

    person = stage.browser()
    person.page.goto(stage.sign_in_page)
    person.page.get_by_role("button", name="Single sign-on").click()
    person.page.get_by_role("button", name="Agree").click()

    person.page.wait_for_url("**/account")
    expect(person.page.get_by_role("heading", name="Ada")).to_be_visible()
    in_chinese = stage.browser("zh-CN", width=390, dark=True)
    in_chinese.open_portal(connection.get_absolute_url())
    in_chinese.check_accessibility()
    in_chinese.check_no_sideways_scrolling()
    in_chinese.picture("saml-saved-390-zh-dark")


def test_a_file_will_do_even_without_scripts(stage: Stage, provider: Website) -> None:
    """A certificate near its end stops the first save; the file's text is still there."""
    owner = stage.browser(scripts=False)
    owner.open_portal("/projects/acme/connections/add/saml/")
    chosen = {"name": "idp.xml", "mimeType": "text/xml", "buffer": provider.idp.metadata}
    owner.page.get_by_label("Metadata file").set_input_files(chosen)
    owner.save()
    expect(owner.page.get_by_text("Taken from the file idp.xml.")).to_be_visible()

    owner.page.get_by_label("Save anyway").check()
    owner.save()

    expect(owner.messages).to_contain_text("is live on the sign-in page")
    assert Connection.objects.get().settings["entity_id"] == provider.idp.entity_id


@pytest.mark.parametrize(
    ("language", "width", "dark", "said"),
    [("en", 1280, False, "larger than 200 kB"), ("zh-CN", 390, True, "超过 200 kB")],
)
def test_a_photo_chosen_by_mistake_costs_nothing(
    stage: Stage, language: str, width: int, dark: bool, said: str
) -> None:
    """It is larger than a proxy lets through; its beginning gets there, and the answer is clear."""
    owner = stage.browser(language, width=width, dark=dark)
    page = owner.page
    owner.open_portal("/projects/acme/connections/add/saml/")
    page.locator("#id_metadata_xml").fill("<typed/>")
    photo = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8" * 2_000_000}
    page.locator("#id_metadata_file").set_input_files(photo)
    expect(page.locator("[data-changes]")).not_to_be_empty()
    owner.picture(f"saml-file-chosen-{width}")

    owner.save()

    expect(page.locator("#id_metadata_file_error")).to_contain_text(said)
    expect(page.locator("#id_metadata_xml")).to_have_value("<typed/>")
    owner.check_accessibility()
    owner.check_no_sideways_scrolling()
    owner.picture(f"saml-file-refused-{width}")
