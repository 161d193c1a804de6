"""How often somebody may try: exact, by place and project, and with the moment to try again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from connections.models import PendingSignIn, SignIn
from core.limits import rate as limits
from core.limits.client_address import parse_address
from core.limits.models import RateLimitBucket
from projects.models import Project
from signin.state import SWEEP
from tests.cast import make_connection
from tests.connections.concurrent import all_at_once
from tests.connections.sign_in_assertions import assert_signed_in, text_of, title_of
from tests.rows import each_row
from tests.wechat import Visitor, WeChat

THREADS = 8
EACH = 25
# Long enough that nothing comes back while a test runs.
DAY = 24 * 3600


def allowance(amount: int, *, seconds: int = DAY) -> limits.Allowance:
    return limits.Allowance(uuid4(), amount, seconds)


def spent(mine: limits.Allowance) -> bool:
    try:
        limits.take_attempt(mine)
    except limits.RateLimited:
        return False
    return True


def later(seconds: float) -> None:
    """Let time pass for everybody."""
    for each in RateLimitBucket.objects.all():
        each.full_at -= timedelta(seconds=seconds)
        each.save()


# --- counting -------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_47_of_two_hundred_parallel_attempts_exactly_the_allowed_ones_succeed() -> None:
    mine = allowance(30)

    within = all_at_once([lambda: sum(spent(mine) for _ in range(EACH))] * THREADS)

    assert sum(within) == 30


def test_attempts_come_back_one_by_one(db: None) -> None:
    mine = allowance(10, seconds=600)
    assert [spent(mine) for _ in range(11)] == [True] * 10 + [False]

    later(60)
    assert [spent(mine) for _ in range(2)] == [True, False]
    later(6000)
    assert [spent(mine) for _ in range(11)] == [True] * 10 + [False]


def test_a_refusal_says_exactly_when_to_try_again(db: None) -> None:
    mine = allowance(10, seconds=600)
    for _ in range(10):
        limits.take_attempt(mine)

    with pytest.raises(limits.RateLimited) as refusal:
        limits.take_attempt(mine)
    assert refusal.value.seconds == 60
    later(58.5)
    with pytest.raises(limits.RateLimited) as refusal:
        limits.take_attempt(mine)
    assert refusal.value.seconds <= 2
    later(refusal.value.seconds)
    limits.take_attempt(mine)


def test_refusals_take_nothing(db: None) -> None:
    mine = allowance(2, seconds=600)

    assert [spent(mine) for _ in range(20)] == [True, True] + [False] * 18
    later(300)

    assert spent(mine)


def test_two_of_them_do_not_count_for_each_other(db: None) -> None:
    mine, yours = allowance(1), allowance(1)

    assert [spent(mine), spent(yours), spent(mine), spent(yours)] == [True, True, False, False]


def test_what_is_stored_of_an_address_cannot_be_worked_out_without_our_secret(
    project: Project, rf: RequestFactory, settings: Any
) -> None:
    request = rf.get("/", REMOTE_ADDR="203.0.113.77")
    ours = limits.start_allowance(request, project.pk)
    limits.take_attempt(ours)

    settings.SECRET_KEY = "what somebody with a copy of the database does not have"

    assert [each.key for each in RateLimitBucket.objects.all()] == [ours.key]
    assert limits.start_allowance(request, project.pk).key != ours.key


# --- whose attempts they are ----------------------------------------------------------------


@each_row(
    "address, network",
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "nowhere"),
        ("unix:", "nowhere"),
    ],
)
def test_a_place_is_an_ipv4_address_or_the_64_of_an_ipv6_one(address: str, network: str) -> None:
    assert limits.ip_network_of(parse_address(address)) == network


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "", "192.0.2.9"),
        (0, "203.0.113.1", "192.0.2.9"),
        (1, "203.0.113.1", "203.0.113.1"),
        (1, "198.51.100.1, 203.0.113.1", "203.0.113.1"),
        (2, "198.51.100.1, 203.0.113.1, 10.0.0.1", "203.0.113.1"),
        (2, "203.0.113.1", "192.0.2.9"),
        (1, "", "nowhere"),
        (1, "rubbish", "nowhere"),
    ],
)
def test_what_a_visitor_writes_into_the_forwarding_header_does_not_count(
    rf: RequestFactory, settings: Any, proxies: int, forwarded: str, address: str
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies

    request = rf.get("/", REMOTE_ADDR="192.0.2.9", headers={"x-forwarded-for": forwarded})

    assert limits.client_ip(request) == address


# --- start and callback ---------------------------------------------------------------------


def assert_too_many(answer: HttpResponse, *, within: int) -> None:
    """The friendly page that says when to try again."""
    assert (answer.status_code, title_of(answer)) == (429, "Too many attempts")
    seconds = int(answer.headers["retry-after"])
    assert 0 < seconds <= within
    assert f"{seconds} seconds" in text_of(answer)
    assert "You do not have to start over." in text_of(answer)
    assert "no-store" in answer.headers["cache-control"]


def test_a_start_over_the_limit_says_when_and_leaves_nothing(
    visitor: Visitor, project: Project, settings: Any
) -> None:
    settings.MENKOU_LIMIT_STARTS = 2
    make_connection(project)
    assert [visitor.press().status_code for _ in range(2)] == [302, 302]

    answer = visitor.press(next="/orders?a=1")

    assert_too_many(answer, within=300)
    assert 'href="/login?next=%2Forders%3Fa%3D1"' in answer.content.decode()
    assert "set-cookie" not in answer.headers
    assert (PendingSignIn.objects.count(), SignIn.objects.count()) == (2, 0)


def test_starts_that_are_refused_count_and_leave_no_record_over_the_limit(
    visitor: Visitor, project: Project, settings: Any
) -> None:
    settings.MENKOU_LIMIT_STARTS = 2
    make_connection(project, enabled=False)

    answers = [visitor.press().status_code for _ in range(5)]

    assert answers == [503, 503, 429, 429, 429]
    assert SignIn.objects.count() == 2


def test_starts_at_addresses_that_lead_nowhere_count_too(
    visitor: Visitor, project: Project, settings: Any
) -> None:
    settings.MENKOU_LIMIT_STARTS = 2

    assert [visitor.press("guess").status_code for _ in range(3)] == [404, 404, 429]


def test_another_website_cannot_use_up_what_a_visitor_may_do(
    visitor: Visitor, project: Project, settings: Any
) -> None:
    settings.MENKOU_LIMIT_STARTS = 1
    make_connection(project)
    for _ in range(3):
        refused = visitor.client.post(
            "/sso/wechat_web/start", headers={"origin": "https://evil.test"}
        )
        assert refused.status_code == 400

    assert visitor.press().status_code == 302


def test_the_limit_is_of_one_place_and_one_project(
    visitor: Visitor, project: Project, other_project: Project, wechat: WeChat, settings: Any
) -> None:
    settings.MENKOU_LIMIT_STARTS = 1
    make_connection(project)
    make_connection(other_project)
    elsewhere = Visitor(project, wechat)
    elsewhere.client.defaults["REMOTE_ADDR"] = "192.0.2.2"

    pressed = [visitor, Visitor(project, wechat), elsewhere, Visitor(other_project, wechat)]

    assert [each.press().status_code for each in pressed] == [302, 429, 302, 302]


def test_47_a_forged_forwarding_header_does_not_help(
    visitor: Visitor, project: Project, settings: Any
) -> None:
    settings.MENKOU_LIMIT_STARTS = 1
    make_connection(project)
    visitor.press()

    visitor.client.defaults["HTTP_X_FORWARDED_FOR"] = "203.0.113.1"

    assert visitor.press().status_code == 429


def test_a_callback_over_the_limit_can_be_made_again(
    visitor: Visitor, project: Project, wechat: WeChat, settings: Any
) -> None:
    make_connection(project)
    visitor.press()
    code = wechat.code()
    settings.MENKOU_LIMIT_CALLBACKS = 1
    visitor.come_back(code="c", state="s" * 32)

    refused = visitor.come_back(code=code, state=visitor.state)

    assert_too_many(refused, within=600)
    # An empty address is that of the page itself, which has the code: it stands nowhere else.
    assert 'href=""' in refused.content.decode()
    assert code not in refused.content.decode()
    assert visitor.state not in refused.content.decode()
    assert (wechat.calls("token"), SignIn.objects.count()) == (0, 0)
    assert PendingSignIn.objects.get().taken_at is None
    later(600)
    assert_signed_in(visitor.come_back(code=code, state=visitor.state), visitor)


def test_callbacks_of_nobody_are_not_counted_as_junk_over_the_limit(
    visitor: Visitor, project: Project, settings: Any, junk_callbacks: Callable[[], int]
) -> None:
    settings.MENKOU_LIMIT_CALLBACKS = 3
    make_connection(project)

    answers = [visitor.come_back(code="c", state="s" * 32).status_code for _ in range(10)]

    assert answers == [400] * 3 + [429] * 7
    assert junk_callbacks() == 3


def test_the_page_speaks_chinese(project: Project, wechat: WeChat, settings: Any) -> None:
    settings.MENKOU_LIMIT_STARTS = 1
    make_connection(project)
    visitor = Visitor(project, wechat, language="zh-CN")
    visitor.press()

    answer = visitor.press()

    assert title_of(answer) == "尝试次数过多"
    assert "600 秒" in text_of(answer)


# --- memory ---------------------------------------------------------------------------------


def test_a_start_forgets_a_few_of_those_who_may_do_everything_again(
    visitor: Visitor, project: Project
) -> None:
    make_connection(project)
    over = timezone.now() - timedelta(seconds=1)
    RateLimitBucket.objects.bulk_create(
        RateLimitBucket(key=uuid4(), full_at=over) for _ in range(SWEEP + 5)
    )

    visitor.press()

    assert RateLimitBucket.objects.filter(full_at__lte=over).count() == 5
    assert RateLimitBucket.objects.count() == 6
