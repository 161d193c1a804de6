"""Where the browser is sent, by the R vectors; test_browser.py watches it go there."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.simulator.wechat import WeChat, uuid_in


def data_of(page: str) -> dict[str, str]:
    """The data-* attributes from which the page's script builds the address."""
    return {
        name: html.unescape(value) for name, value in re.findall(r'data-([\w-]+)="(.*?)"', page)
    }


@pytest.mark.parametrize(
    ("redirect_uri", "expected"),
    [
        pytest.param(
            "https://rp.test/cb", r"https://rp\.test/cb\?code=(\w{32})&state=abc123", id="R01"
        ),
        pytest.param(
            "https://rp.test/cb?a=1",
            r"https://rp\.test/cb\?a=1&code=(\w{32})&state=abc123",
            id="R02",
        ),
        pytest.param(
            "https://rp.test/#/cb",
            r"https://rp\.test/#/cb\?code=(\w{32})&state=abc123",
            id="fragment",
        ),
    ],
)
def test_after_consent_the_browser_goes_back_with_code_and_state(
    wechat: WeChat, redirect_uri: str, expected: str
) -> None:
    page = wechat.qrconnect(redirect_uri=redirect_uri).text

    outcome = wechat.control("approve", uuid=uuid_in(page), person="LI")

    found = re.fullmatch(expected, outcome["navigate"])
    assert found is not None
    assert found[1] == outcome["code"]
    data = data_of(page)
    assert data["before-code"] + outcome["code"] + data["after-code"] == outcome["navigate"]


@pytest.mark.parametrize("state", ["a b+c%2F", "&code=evil", "#x", "状态", ""])
def test_r03_the_state_comes_back_as_it_was_sent(wechat: WeChat, state: str) -> None:
    uuid = wechat.new_uuid(state=state)

    address = urlsplit(wechat.control("approve", uuid=uuid, person="LI")["navigate"])

    assert address.fragment == ""
    query = parse_qs(address.query, keep_blank_values=True, strict_parsing=True)
    assert query["state"] == [state]
    assert len(query["code"]) == 1


def test_r04_after_a_cancel_the_browser_stays(wechat: WeChat) -> None:
    page = wechat.qrconnect().text

    outcome = wechat.control("cancel", uuid=uuid_in(page))

    assert outcome == {"navigate": None}
    assert data_of(page)["after-refusal"] == ""
    assert "您已取消此次登录" in page


@pytest.mark.parametrize(
    ("redirect_uri", "expected"),
    [
        ("https://rp.test/cb", "https://rp.test/cb?state=abc123"),
        ("https://rp.test/cb?a=1", "https://rp.test/cb?a=1&state=abc123"),
    ],
)
def test_r05_in_the_older_way_a_cancel_goes_back_with_the_state_only(
    wechat: WeChat, redirect_uri: str, expected: str
) -> None:
    wechat.control("switches", deny_mode="state_only")
    page = wechat.qrconnect(redirect_uri=redirect_uri).text

    outcome = wechat.control("cancel", uuid=uuid_in(page))

    assert outcome == {"navigate": expected}
    assert data_of(page)["after-refusal"] == expected
