"""One simulator for all tests of this folder; each test finds it as new."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from tests.simulator.console import Console
from tests.simulator.wechat import WeChat, running


@pytest.fixture(scope="session")
def simulator_address() -> Iterator[str]:
    with running() as (address, _):
        yield address


@pytest.fixture
def wechat(simulator_address: str) -> Iterator[WeChat]:
    """The world of the conformance vectors, with polls that are hardly held."""
    with requests.Session() as http:
        wechat = WeChat(simulator_address, http)
        wechat.control("reset", world="vectors")
        wechat.control("switches", poll_hold_s=0.15)
        yield wechat


@pytest.fixture
def console(wechat: WeChat) -> Console:
    """The console of a world in which nothing is registered yet."""
    wechat.control("reset", world="empty")
    wechat.control("people", id="LI", nickname="李雷😀")
    return Console(wechat)
