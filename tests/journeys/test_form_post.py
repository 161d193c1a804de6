"""A provider that posts its answer, under the hands of a person."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect

from connections.models import SignIn
from connections.protocols.oidc.discovery_cache import discovery_cache
from connections.providers import catalogue
from tests.connections.servers import Peer
from tests.journeys.stage import Stage
from tests.samples.guests import connected
from tests.samples.sample import Sample, Script, playing, sample_of


def consent(script: Script, peer: Peer) -> bytes:
    """Apple's page after the person has agreed: it posts to where the person came from."""
    asked = parse_qs(urlsplit(peer.path).query)
    script.query = {name: values[0] for name, values in asked.items()}
    fields = {"state": script.query["state"], **script.sample.returns}
    inputs = "".join(
        f'<input type="hidden" name="{name}" value="{html.escape(value)}">'
        for name, value in fields.items()
    )
    action = html.escape(script.query["redirect_uri"])
    page = f'<!doctype html><form method="post" action="{action}">{inputs}<button>Go on</button>'
    return page.encode()


@pytest.fixture
def apple(stage: Stage, settings: Any) -> Iterator[Sample]:
    """Apple at an address of another site, and a connection to it."""
    discovery_cache.clear()
    cache.clear()
    sample = sample_of("apple")
    with playing(catalogue.get("apple"), sample, settings) as script:
        script.answers["/auth/authorize"] = consent
        connected("apple", stage.project, {})
        yield sample
    discovery_cache.clear()


def press(page: Page, label: str) -> None:
    page.get_by_role("button", name=label, exact=True).click()


def test_somebody_signs_in_by_a_form_that_comes_from_another_site(
    stage: Stage, apple: Sample
) -> None:
    person = stage.browser()
    person.page.goto(stage.sign_in_page)
    person.picture("apple-button")
    press(person.page, "Sign in with Apple")
    sent: list[str | None] = []
    person.page.on(
        "request",
        lambda each: sent.append(each.all_headers().get("cookie")) if each.post_data else None,
    )

    press(person.page, "Go on")

    expect(person.page.get_by_role("heading", name=apple.person.name)).to_be_visible()
    assert sent == [None]
    assert SignIn.objects.get().outcome == "ok"
