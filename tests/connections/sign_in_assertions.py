"""How a sign-in ended: what every test of one asserts in the same words."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.db import connection as database
from django.http import HttpResponse

from connections.models import EndUserSession, Identity, IdentityKey, SignIn
from projects.models import User
from signin.references import format_reference
from tests.wechat import Visitor

STATUS = {
    "cancelled": 200,
    "retry": 400,
    "reject": 400,
    "policy": 403,
    "config": 503,
    "temporary": 503,
}

TITLES = {
    "cancelled": "Sign-in cancelled",
    "retry": "This sign-in has expired",
    "reject": "This sign-in could not be completed",
    "policy": "Sign-in is not possible here",
    "config": "Sign-in with WeChat is currently unavailable",
    "temporary": "WeChat is temporarily unavailable",
}

CHINESE = {
    "cancelled": ("已取消",),
    "retry": ("登录已失效", "扫描新的二维码"),
    "reject": ("登录", "安全"),
    "policy": ("无法",),
    "config": ("微信登录暂时不可用",),
    "temporary": ("微信暂时不可用", "请稍后再试"),
}

# Where allauth would keep accounts of its own.
ALLAUTH_TABLES = [
    each._meta.db_table for each in (SocialAccount, SocialApp, SocialToken, EmailAddress)
]


def text_of(answer: HttpResponse) -> str:
    """The words of a page."""
    page = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", answer.content.decode(), flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def title_of(answer: HttpResponse) -> str:
    found = re.search(r"<h1>(.*?)</h1>", answer.content.decode(), flags=re.S)
    assert found is not None
    return found[1].strip()


def assert_nobody_is_known() -> None:
    """No end user, no identity, no session; and nothing ever in allauth's own tables."""
    end_users = f"{User._meta.db_table} WHERE project_id IS NOT NULL"
    ours = [each._meta.db_table for each in (Identity, IdentityKey, EndUserSession)]
    found = not_empty([end_users, *ours, *ALLAUTH_TABLES])
    assert not found, found


def assert_allauth_keeps_nothing() -> None:
    found = not_empty(ALLAUTH_TABLES)
    assert not found, found


def not_empty(tables: Sequence[str]) -> list[str]:
    """Which of the tables have rows, each perhaps with a condition; in one statement."""
    selects = [f"(SELECT '{each}' FROM {each} LIMIT 1)" for each in tables]
    with database.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(selects))
        return [name for (name,) in cursor.fetchall()]


def assert_failed(answer: HttpResponse, outcome: str, **recorded: Any) -> SignIn:
    """The friendly page of the outcome, one record that says why, and nobody signed in."""
    assert answer.status_code == STATUS[outcome]
    assert title_of(answer) == TITLES[outcome]
    assert "no-store" in answer.headers["cache-control"]
    sign_in = SignIn.objects.get()
    assert sign_in.outcome == outcome
    assert {name: getattr(sign_in, name) for name in recorded} == recorded
    assert sign_in.user is None
    assert format_reference(sign_in.reference) in text_of(answer)
    assert_nobody_is_known()
    return sign_in


def assert_refused_unrecorded(answer: HttpResponse) -> None:
    """The security refusal's generic page: no record, and so no reference."""
    assert answer.status_code == 400
    assert title_of(answer) == TITLES["reject"]
    assert reference_on(answer) == ""
    assert SignIn.objects.count() == 0
    assert_nobody_is_known()


def assert_refused_elsewhere(answer: HttpResponse) -> SignIn:
    """The refusal of a callback from another browser: the generic page, and one record."""
    return assert_failed(answer, "reject", cause="other_browser")


def reference_on(answer: HttpResponse) -> str:
    """The reference that a page shows, or ""."""
    found = re.search(r"\b[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}\b", text_of(answer))
    return found[0] if found else ""


def assert_signed_in(answer: HttpResponse, visitor: Visitor, *, as_name: str = "") -> User:
    """Somebody is signed in, and their page says so."""
    assert (answer.status_code, answer.headers["location"]) == (302, "/account")
    page = visitor.client.get("/account")
    assert page.status_code == 200
    person = SignIn.objects.filter(outcome="ok").latest("pk").user
    assert person is not None
    assert person.project == visitor.project
    if as_name:
        assert (person.name, title_of(page)) == (as_name, as_name)
    return person
