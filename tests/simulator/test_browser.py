"""What only a browser shows: the page's own script, frames, and the phone in its tab."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.simulator.wechat import WeChat

pytestmark = pytest.mark.browser

ARRIVED = r"/cb\?code=[A-Za-z0-9]{32}&state=abc123$"


class Website(BaseHTTPRequestHandler):
    """A website: its callback says that one has arrived, any other path frames the QR code."""

    def do_GET(self) -> None:
        path, _, framed = self.path.partition("?src=")
        body = "<!doctype html><title>Website</title><link rel=icon href=data:,><h1>Arrived</h1>"
        if path == "/frame":
            allowed = "allow-scripts allow-same-origin allow-top-navigation"
            body = f'<!doctype html><link rel=icon href=data:,><iframe src="{framed}" '
            body += f'sandbox="{allowed}" allow="local-network-access"></iframe>'
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Be quiet."""


@pytest.fixture(scope="module")
def website() -> Iterator[str]:
    """A website at a name that the demo's app is called back on."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Website) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://acme.localhost:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A visitor's browser, in which no page may complain on its console."""
    complaints: list[str] = []
    with chromium.new_context(viewport={"width": 1280, "height": 800}) as context:
        context.set_default_timeout(10_000)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on(
            "console",
            lambda message: complaints.append(message.text) if message.type == "error" else None,
        )
        yield context
    assert complaints == []


@pytest.fixture
def demo(wechat: WeChat) -> WeChat:
    wechat.control("reset", world="demo")
    wechat.control("switches", poll_hold_s=5)
    return wechat


def address(demo: WeChat, website: str, *, path: str = "/cb", more: str = "") -> str:
    appid = demo.get("/__sim__/apps").json()["apps"][0]["appid"]
    return (
        f"{demo.base}/connect/qrconnect?appid={appid}&redirect_uri={quote(website + path, safe='')}"
        f"&scope=snsapi_login&state=abc123{more}"
    )


def uuid_on(page: Page) -> str:
    link = page.locator(".strip a").get_attribute("href")
    assert link is not None
    return link.partition("uuid=")[2]


@pytest.mark.parametrize(
    ("more", "phone"),
    [("", "用模拟手机扫码"), ("&lang=en", "Scan with the pretend phone")],
    ids=["zh", "en"],
)
def test_r01_allowing_on_the_phone_sends_the_page_back_to_the_website(
    context: BrowserContext, demo: WeChat, website: str, more: str, phone: str
) -> None:
    page = context.new_page()
    page.goto(address(demo, website, more=more))
    with context.expect_page() as opened:
        page.get_by_role("link", name=phone).click()
    tab = opened.value
    expect(page.locator("#wx_after_scan")).to_be_visible()
    expect(page.locator("#wx_default_tip")).to_be_hidden()

    tab.get_by_role("radio", name="韩梅梅").check()
    tab.get_by_role("button", name="同意 Allow").click()

    expect(tab.get_by_role("heading", name="已同意 Allowed")).to_be_visible()
    page.wait_for_url(re.compile(re.escape(website) + ARRIVED))


def test_r02_r03_query_and_state_survive(
    context: BrowserContext, demo: WeChat, website: str
) -> None:
    page = context.new_page()
    page.goto(address(demo, website, path="/cb?a=1").replace("abc123", quote("a b+c%2F", safe="")))

    outcome = demo.control("approve", uuid=uuid_on(page), person="jose")

    page.wait_for_url(f"{website}/cb?a=1&code={outcome['code']}&state=a%20b%2Bc%252F")


def test_r04_cancelling_leaves_the_page_where_it_is_and_it_may_be_scanned_again(
    context: BrowserContext, demo: WeChat, website: str
) -> None:
    page, tab = context.new_page(), context.new_page()
    page.goto(address(demo, website))
    tab.goto(f"{demo.base}/connect/confirm?uuid={uuid_on(page)}")
    tab.get_by_role("button", name="取消 Cancel").click()

    expect(page.get_by_role("heading", name="您已取消此次登录")).to_be_visible()
    assert page.url == address(demo, website)

    tab.get_by_role("link", name="再扫一次 Scan again").click()
    tab.get_by_role("button", name="同意 Allow").click()
    page.wait_for_url(re.compile(ARRIVED))


def test_r05_in_the_older_way_cancelling_goes_back_with_the_state_only(
    context: BrowserContext, demo: WeChat, website: str
) -> None:
    demo.control("switches", deny_mode="state_only")
    page = context.new_page()
    page.goto(address(demo, website))

    demo.control("cancel", uuid=uuid_on(page))

    page.wait_for_url(f"{website}/cb?state=abc123")


@pytest.mark.parametrize(
    ("self_redirect", "top_stays"), [("true", True), ("false", False)], ids=["R06", "R07"]
)
def test_an_embedded_qr_code_navigates_its_frame_or_the_whole_page(
    context: BrowserContext, demo: WeChat, website: str, *, self_redirect: str, top_stays: bool
) -> None:
    more = f"&login_type=jssdk&self_redirect={self_redirect}"
    page = context.new_page()
    page.goto(f"{website}/frame?src={address(demo, website, more=more)}")
    page.frame_locator("iframe").locator(".strip a").wait_for()
    frame = page.frames[1]
    link = frame.locator(".strip a").get_attribute("href") or ""

    demo.control("approve", uuid=link.partition("uuid=")[2], person="lilei")

    moved = frame if top_stays else page
    moved.wait_for_url(re.compile(re.escape(website) + ARRIVED))
    assert page.url.startswith(f"{website}/frame") is top_stays


def test_an_expired_qr_code_is_replaced(
    context: BrowserContext, demo: WeChat, website: str
) -> None:
    page = context.new_page()
    page.goto(address(demo, website))
    first = uuid_on(page)

    demo.control("clock", advance_s=301)

    expect(page.locator(".strip a")).not_to_have_attribute("href", re.compile(first))
    expect(page.locator("#wx_default_tip")).to_be_visible()


def test_the_phone_works_in_the_tab_of_the_qr_code_too(
    context: BrowserContext, demo: WeChat, website: str
) -> None:
    page = context.new_page()
    page.goto(address(demo, website))
    page.goto(f"{demo.base}/connect/confirm?uuid={uuid_on(page)}")
    page.get_by_role("button", name="同意 Allow").click()

    page.get_by_role("link", name="在此继续 Continue here").click()

    page.wait_for_url(re.compile(re.escape(website) + ARRIVED))


def test_the_phone_can_be_used_with_the_keyboard_alone(
    context: BrowserContext, demo: WeChat, website: str
) -> None:
    page, tab = context.new_page(), context.new_page()
    page.goto(address(demo, website))
    tab.goto(f"{demo.base}/connect/confirm?uuid={uuid_on(page)}")

    for key in ("Tab", "ArrowDown", "Tab", "Enter"):
        tab.keyboard.press(key)

    page.wait_for_url(re.compile(ARRIVED))
    remembered = {cookie["name"]: cookie["value"] for cookie in context.cookies(demo.base)}
    assert remembered["sim_person"] == "hanmeimei"


def test_the_home_page_copies_what_is_needed(context: BrowserContext, demo: WeChat) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(demo.base + "/")

    page.get_by_role("button", name="Copy 复制 AppSecret").first.click()

    expect(page.get_by_role("status")).to_have_text("Copied 已复制")
    secret = demo.get("/__sim__/apps").json()["apps"][0]["secret"]
    assert page.evaluate("navigator.clipboard.readText()") == secret


@pytest.mark.parametrize("path", ["/", "/connect/confirm", "/connect/qrconnect"])
def test_no_page_scrolls_sideways_on_a_small_phone(
    context: BrowserContext, demo: WeChat, path: str
) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": 320, "height": 640})

    page.goto(demo.base + path)

    assert page.evaluate("document.documentElement.scrollWidth") <= 320
