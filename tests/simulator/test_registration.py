"""创建网站应用: the appendix's fields, and what may stand in them."""

from __future__ import annotations

import pytest

from tests.simulator.console import FILLED, Console, errors, notice, png
from tests.simulator.test_qrconnect import BAD_REDIRECT, messages
from tests.simulator.wechat import uuid_in


def test_the_form_has_the_appendix_s_fields_in_their_order(console: Console) -> None:
    page = console.page("apps/new")

    labels = [
        "网站应用名称",
        "英文名称",
        "网站应用简介",
        "英文简介",
        "应用官网",
        "应用图片 28×28",
        "应用图片 108×108",
        "网站信息登记表扫描件",
        "授权回调域",
    ]
    places = [page.index(f">{label} <span") for label in labels]
    assert places == sorted(places)


def test_everything_that_was_filled_in_is_kept_and_shown(console: Console) -> None:
    files = {
        "icon_small": ("s.png", png(28), "image/png"),
        "icon_large": ("l.png", png(108), "image/png"),
        "registration_form": ("登记表.pdf", b"%PDF", "application/pdf"),
    }

    answer = console.send("apps/new", files=files, then="submit", **FILLED)

    assert notice(answer) == "Submitted for review."
    appid = answer.url.partition("/apps/")[2].partition("?")[0]
    app = console.app(appid)
    assert {name: app[name] for name in FILLED} == FILLED
    assert app["registration_form"] == "登记表.pdf"
    icon = console.wechat.get(f"/console/apps/{appid}/icon")
    assert (icon.content, icon.headers["Content-Type"]) == (png(108), "image/png")
    for value in (*FILLED.values(), "登记表.pdf"):
        assert value in answer.text
    assert "微信可能据此拒绝" not in answer.text


def test_the_phone_shows_the_app_s_icon(console: Console) -> None:
    files = {"icon_large": ("l.png", png(108), "image/png")}
    console.send("settings", review="at_once", deny_mode="none")
    answer = console.send("apps/new", files=files, then="submit", **FILLED)
    appid = answer.url.partition("/apps/")[2].partition("?")[0]
    page = console.wechat.qrconnect(appid=appid, redirect_uri="https://login.example.com/")

    phone = console.wechat.scan(uuid_in(page.text))

    assert f'<img class="app-mark" src="/console/apps/{appid}/icon"' in phone


def test_a_picture_that_is_not_sent_again_stays(console: Console) -> None:
    files = {"icon_large": ("l.png", png(108), "image/png")}
    answer = console.send("apps/new", files=files, then="draft", **FILLED)
    appid = answer.url.partition("/apps/")[2].partition("?")[0]

    console.send(f"apps/{appid}/edit", then="draft", **FILLED)

    assert console.wechat.get(f"/console/apps/{appid}/icon").content == png(108)


@pytest.mark.parametrize("field", ["name", "description", "website", "callback_domain"])
def test_what_wechat_needs_is_needed(console: Console, field: str) -> None:
    answer = console.send("apps/new", then="submit", **(FILLED | {field: " "}))

    assert answer.status_code == 400
    assert len(errors(answer)) == 1
    assert f'id="id_{field}" name="{field}"' in answer.text
    assert console.wechat.get("/__sim__/apps").json() == {"apps": []}
    assert console.wechat.get("/__sim__/accounts").json() == {"accounts": []}


@pytest.mark.parametrize(
    "website", ["books.example.com", "javascript:alert(1)", "https://", "http://[::"]
)
def test_the_official_website_is_an_address(console: Console, website: str) -> None:
    answer = console.send("apps/new", then="submit", **(FILLED | {"website": website}))

    assert errors(answer) == ["Enter an address that begins with http:// or https://."]


@pytest.mark.parametrize(
    ("picture", "complaint"),
    [
        (b"GIF89a", "Choose a PNG picture."),
        (b"\x89PNG\r\n\x1a\n", "Choose a PNG picture."),
        (png(64), "The picture must have 108×108 pixels; this one has 64×64."),
        (png(108, 28), "The picture must have 108×108 pixels; this one has 108×28."),
        (png(108) + bytes(300 * 1024), "A picture may have 300 KB at most."),
    ],
    ids=["gif", "headless", "small", "oblong", "heavy"],
)
def test_a_picture_is_a_png_of_its_size(console: Console, picture: bytes, complaint: str) -> None:
    files = {"icon_large": ("l.png", picture, "image/png")}

    answer = console.send("apps/new", files=files, then="submit", **FILLED)

    assert (answer.status_code, errors(answer)) == (400, [complaint])


def test_markup_in_a_field_stays_text(console: Console) -> None:
    appid = console.create(name="<b>x</b>")

    assert "<b>x</b>" not in console.page() + console.page(f"apps/{appid}")


DOMAINS = [
    ("https://login.example.com", "Only the domain, without http:// or https://."),
    ("//login.example.com", "Only the domain, without http:// or https://."),
    ("login.example.com/cb", "Only the domain, without a path or query."),
    ("login.example.com?x", "Only the domain, without a path or query."),
    (
        "login.example.com:8443",
        "The domain has no port. WeChat calls back on ports 80 and 443 only.",
    ),
    (
        "*.example.com",
        "No wildcards. Exactly this domain is called back, and none of its subdomains.",
    ),
    ("a.example.com,b.example.com", "One domain only."),
    ("a.example.com b.example.com", "One domain only."),
    ("192.0.2.1", "An IP address is not possible."),
    ("192.0.2.1:80", "An IP address is not possible."),
    ("[2001:db8::1]", "An IP address is not possible."),
    ("2001:db8::1", "An IP address is not possible."),
    ("login.example.127", "An IP address is not possible."),
    *(
        (
            name,
            "WeChat does not take localhost. To try things on this machine, "
            "tick the lenient option below.",
        )
        for name in ("localhost", "acme.localhost")
    ),
    *(
        (name, "This is not a domain. Enter one such as login.example.com.")
        for name in (
            "intranet",
            "-a.example.com",
            "a..b.example",
            "login.example.com.",
            "a_b.com",
        )
    ),
    ("", "Enter the callback domain."),
]


@pytest.mark.parametrize(("domain", "complaint"), DOMAINS, ids=[domain for domain, _ in DOMAINS])
def test_the_callback_domain_is_one_bare_public_host(
    console: Console, domain: str, complaint: str
) -> None:
    appid = console.approved()

    answer = console.send(f"apps/{appid}/domain", callback_domain=domain)

    assert (answer.status_code, errors(answer)) == (400, [complaint])
    assert console.app(appid)["callback_domain"] == "login.example.com"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Login.Example.ORG ", "login.example.org"),
        ("登录.example.org", "xn--w2t382c.example.org"),
        ("a-1.b2.example.org", "a-1.b2.example.org"),
    ],
)
def test_the_callback_domain_changes_at_once(console: Console, typed: str, kept: str) -> None:
    appid = console.approved()

    console.send(f"apps/{appid}/domain", callback_domain=typed)

    assert console.app(appid)["callback_domain"] == kept
    new = console.wechat.qrconnect(appid=appid, redirect_uri=f"https://{kept}/cb")
    assert uuid_in(new.text)
    old = console.wechat.qrconnect(appid=appid, redirect_uri="https://login.example.com/cb")
    assert messages(old.text) == [BAD_REDIRECT]


def test_a_lenient_app_takes_localhost_and_says_that_wechat_would_not(console: Console) -> None:
    appid = console.approved()
    asked = {"appid": appid, "redirect_uri": "http://acme.localhost:8000/cb"}
    assert messages(console.wechat.qrconnect(**asked).text) == [BAD_REDIRECT]

    answer = console.send(f"apps/{appid}/domain", callback_domain="acme.localhost", lenient="on")

    assert uuid_in(console.wechat.qrconnect(**asked).text)
    assert "with any port are accepted too. WeChat would refuse them." in answer.text
    console.send(f"apps/{appid}/domain", callback_domain="login.example.com")
    assert messages(console.wechat.qrconnect(**asked).text) == [BAD_REDIRECT]


def test_the_refusal_page_adds_what_wechat_does_not_say(console: Console) -> None:
    appid = console.approved()

    page = console.wechat.qrconnect(appid=appid, redirect_uri="http://localhost:8000/cb?x").text

    assert messages(page) == [BAD_REDIRECT]
    assert "<dt>redirect_uri</dt><dd><code>localhost:8000</code></dd>" in page
    assert "<dt>授权回调域</dt><dd><code>login.example.com</code></dd>" in page
    assert f'href="/console/apps/{appid}"' in page
