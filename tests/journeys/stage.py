"""What a person does in a browser, in the words that the pages show."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page, Route, expect

from connections.models import Connection
from connections.providers import catalogue
from connections.services import add_connection
from projects.models import Project, User
from tests.cast import PASSWORD, proposal, sign_in_as
from tests.wechat import WeChat

WORDS = {
    "en": {
        "email": "Email",
        "password": "Password",
        "sign_in": "Sign in",
        "group": "Authentication",
        "section": "Social / Enterprise Login",
        "add": "Add Connection",
        "provider": "WeChat Web / 网站应用",
        "save": "Save",
        "button": "Sign in with WeChat",
        "last_used": "Last used",
        "live": "is live on the sign-in page",
        "phone": "Scan with the pretend phone",
        "out": "Sign out",
    },
    "zh-CN": {
        "email": "邮箱",
        "password": "密码",
        "sign_in": "登录",
        "group": "认证",
        "section": "社交 / 企业登录",
        "add": "添加连接",
        "provider": "微信网站应用 (WeChat Web)",
        "save": "保存",
        "button": "微信登录",
        "last_used": "上次使用",
        "live": "登录页",
        "phone": "用模拟手机扫码",
        "out": "退出登录",
    },
}

LANGUAGES = ["en", "zh-CN"]
# Width and whether dark: a page is inspected in one pair of looks, and the next page in the other
# pair. In the other language it is the other way round, so that each page has every look.
LOOKS = [
    [(1280, False), (390, True)],
    [(390, False), (1280, True)],
]
# Its result holds every element that is right, which costs more to send than to find.
RUN_AXE = """
([part, colors]) => axe
  .run(part, {resultTypes: ['violations'], rules: {'color-contrast': {enabled: colors}}})
  .then(({violations}) => ({violations}))
"""

# A page that came by a click loses what is done before its scripts listen. Playwright clicks and
# types into no control that is disabled, and waits. (It waits by itself after a `goto`.)
DISABLE_UNTIL_LOADED = """
new MutationObserver((_records, observer) => {
  if (document.documentElement) {
    document.documentElement.ariaDisabled = "true";
    observer.disconnect();
  }
}).observe(document, {childList: true});
addEventListener("load", () => (document.documentElement.ariaDisabled = null));
"""
# By how many milliseconds scripts come late, for somebody who looks for what a slow network breaks.
SCRIPT_DELAY = int(os.environ.get("PYTEST_SCRIPT_DELAY", "0"))

# Where a journey leaves pictures for people to look at, if anybody asked for them.
PICTURES = os.environ.get("PYTEST_PICTURES", "")


@dataclass
class Stage:
    """Everything is up; people come with browsers of their own."""

    chromium: Browser
    wechat: WeChat
    project: Project
    owner: User
    portal: str
    contexts: list[BrowserContext] = field(default_factory=list)
    # Whether the test runs in both languages, and looks at the same in both.
    in_both_languages: bool = False

    @property
    def app(self) -> dict[str, str]:
        """The web app that waits in the simulator."""
        import requests

        answer = requests.get(f"{self.wechat.origin}/__sim__/apps", timeout=5)
        app: dict[str, str] = answer.json()["apps"][0]
        return app

    def add_wechat(self, *, secret: str = "") -> Connection:
        """What the nine steps leave behind, for a journey that begins after them."""
        app = self.app
        return add_connection(
            project=self.project,
            definition=catalogue.get("wechat_web"),
            proposal=proposal(
                settings={
                    "client_id": app["appid"],
                    "account_id": app["open_account"],
                    "test_account": False,
                },
                secrets={"client_secret": secret or app["secret"]},
            ),
            actor=self.owner,
        )

    @property
    def sign_in_page(self) -> str:
        return f"http://{self.project.host}/login"

    def browser(
        self,
        language: str = "en",
        *,
        width: int = 1280,
        dark: bool = False,
        scripts: bool = True,
        user_agent: str | None = None,
        time_zone: str | None = None,
    ) -> Person:
        """A person with a browser of this kind."""
        context = self.chromium.new_context(
            locale="zh-CN" if language == "zh-CN" else "en-GB",
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            user_agent=user_agent,
            timezone_id=time_zone,
            reduced_motion="reduce",
        )
        context.set_default_timeout(20_000)
        context.add_init_script(DISABLE_UNTIL_LOADED)
        if SCRIPT_DELAY:
            context.route("**/*.js", delay)
        self.contexts.append(context)
        return Person(self, context.new_page(), language)


def delay(route: Route) -> None:
    """Let a script come late, unless its page has been closed meanwhile."""
    with suppress(Error):
        route.request.frame.page.wait_for_timeout(SCRIPT_DELAY)
        route.continue_()


@dataclass
class Person:
    """Somebody at a browser, and the words of their language."""

    stage: Stage
    page: Page
    language: str
    looks: list[list[tuple[int, bool]]] = field(init=False)

    def __post_init__(self) -> None:
        self.looks = [list(pair) for pair in LOOKS]
        if self.language != "en":
            self.looks.reverse()

    @property
    def words(self) -> dict[str, str]:
        return WORDS[self.language]

    def sign_in_to_portal(self) -> None:
        self.page.goto(f"{self.stage.portal}/login")
        self.page.get_by_label(self.words["email"]).fill(self.stage.owner.email)
        self.page.get_by_label(self.words["password"], exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name=self.words["sign_in"], exact=True).click()
        self.page.wait_for_url("**/projects/")

    def open_portal(self, path: str) -> None:
        """Open a page of the portal as somebody who has signed in before."""
        self.start_session()
        self.page.goto(self.stage.portal + path)

    def start_session(self) -> None:
        """Sign in to the portal without its form."""
        name = settings.SESSION_COOKIE_NAME
        session = sign_in_as(self.stage.owner).cookies[name].value
        self.page.context.add_cookies([{"name": name, "value": session, "url": self.stage.portal}])

    def open_form(self) -> None:
        """Steps 2 to 5: the project, the section, Add Connection, the provider."""
        self.page.get_by_role("link", name=self.stage.project.name).first.click()
        navigation = self.page.get_by_role("navigation").first
        expect(navigation).to_contain_text(self.words["group"])
        self.page.get_by_role("link", name=self.words["section"]).first.click()
        self.page.get_by_role("link", name=self.words["add"]).first.click()
        self.page.get_by_role("link", name=self.words["provider"]).click()

    def fill_in(self, *, secret: str = "") -> None:
        """Steps 6 to 8, with what the simulator's page shows."""
        app = self.stage.app
        self.page.get_by_label("Client ID").fill(app["appid"])
        self.page.get_by_label("Client Secret").first.fill(secret or app["secret"])
        self.page.get_by_label("Account ID").fill(app["open_account"])

    @contextmanager
    def scripts_held(self) -> Iterator[None]:
        """Meanwhile no script arrives; those of the pages that were opened arrive at the end."""
        held: list[Route] = []

        def hold(route: Route) -> None:
            held.append(route)

        self.page.route("**/*.js", hold)
        yield
        for route in held:
            route.continue_()
        self.page.unroute("**/*.js", hold)

    def wait_for(self, part: Locator) -> None:
        """Wait for the page that has this part, and until the keyboard works on it.

        What is clicked or filled in waits by itself.
        """
        expect(part).to_be_visible()
        self.page.wait_for_load_state()

    @contextmanager
    def field_checked(self) -> Iterator[None]:
        """What is done meanwhile lets the server check a field; at the end its answer is shown."""
        with self.page.expect_response("**/validate/**"):
            yield
        busy = self.page.locator(".htmx-request, .htmx-swapping, .htmx-settling")
        expect(busy).to_have_count(0)

    def save(self) -> None:
        self.page.get_by_role("button", name=self.words["save"], exact=True).click()

    def nine_steps(self, *, secret: str = "") -> None:
        self.sign_in_to_portal()
        self.open_form()
        self.fill_in(secret=secret)
        self.save()
        expect(self.messages).to_contain_text(self.words["live"])

    @property
    def messages(self) -> Locator:
        """What the portal says of what was just done."""
        return self.page.locator(".messages")

    @property
    def sign_in_button(self) -> Locator:
        """WeChat's button on the sign-in page, marked as the last used one or not."""
        name = f"^{self.words['button']}( {self.words['last_used']})?$"
        return self.page.get_by_role("button", name=re.compile(name))

    def press_button(self) -> None:
        """On the sign-in page, up to WeChat's QR code."""
        self.page.goto(self.stage.sign_in_page)
        self.sign_in_button.click()
        self.page.wait_for_url("**/connect/qrconnect?**")

    def scan(self) -> Page:
        """Scan the code with the pretend phone, in another tab."""
        with self.page.context.expect_page() as opened:
            self.page.get_by_role("link", name=self.words["phone"]).click()
        phone = opened.value
        phone.wait_for_load_state()
        return phone

    def agree(self, person: str = "李雷") -> None:
        phone = self.scan()
        phone.get_by_role("radio", name=person).check()
        phone.get_by_role("button", name="同意").click()

    def refuse(self) -> None:
        self.scan().get_by_role("button", name="取消").click()

    def picture(self, name: str, *, whole: bool = True) -> None:
        """Leave a picture of the page, if anybody asked for pictures."""
        if PICTURES:
            Path(PICTURES).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=f"{PICTURES}/{name}.png", full_page=whole)

    def visit(self, address: str, name: str) -> None:
        """Open a page and inspect it."""
        self.page.goto(address)
        self.inspect(name)

    def inspect(self, name: str) -> None:
        """The page is accessible and fits in two looks."""
        for width, dark in self.looks[0]:
            self.inspect_in(name, width=width, dark=dark)
        self.looks.reverse()

    def inspect_part(self, name: str, selector: str) -> None:
        """A part that differs between pages that are otherwise inspected is accessible and fits.

        Each part is seen in one look, and the next one in the other.
        """
        width, dark = self.looks[0][0]
        self.inspect_in(name, selector, width=width, dark=dark)
        self.looks[0].reverse()

    def inspect_in(self, name: str, selector: str = "html", *, width: int, dark: bool) -> None:
        """The page fits in this look, and it or a part of it is accessible."""
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.emulate_media(color_scheme="dark" if dark else "light")
        self.check_no_sideways_scrolling()
        self.check_accessibility(selector)
        self.picture(f"{name}-{self.language}-{width}-{'dark' if dark else 'light'}")

    def check_accessibility(self, selector: str = "html") -> None:
        """No violation that axe-core knows of, in the page or in a part of it.

        Measuring contrast takes most of the time, and no colour depends on the language
        (tests/portal/test_color_contrast.py). So what is seen in both is measured in English.
        """
        colors = self.language == "en" or not self.stage.in_both_languages
        # Without its style sheets a page has other colours.
        self.page.wait_for_load_state()
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE_SCRIPT)
        found = AxeResults(self.page.evaluate(RUN_AXE, [selector, colors]))
        assert not found.violations_count, f"{self.page.url}\n{found.generate_report()}"

    def check_no_sideways_scrolling(self) -> None:
        # Without its style sheets every page would.
        self.page.wait_for_load_state()
        wide = self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        assert not wide, f"{self.page.url} scrolls sideways at {self.page.viewport_size}"
