"""Ids of projects and aliases of connections: short, plain and free."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from connections.fields import common
from connections.fields.field import Check, Context
from connections.forms.aliases import propose_alias
from connections.values.sites import Site
from projects.models import Project
from projects.project_ids import RESERVED, check_project_id
from tests.rows import each_row

SITE = Site("https", "acme.login.test", "/sso/oauth2/callback/alias")


def check_alias(value: str, provider: str = "wechat_web") -> None:
    common.check_alias(Check((), Context(provider=provider, site=SITE)), value)


@each_row("value", ["abc", "a1b", "acme-2", "0x0", "a--b", "a" * 40])
def test_a_good_project_id_is_accepted(value: str) -> None:
    check_project_id(value)


@each_row(
    "value",
    [
        *("", "a", "ab", "a" * 41, "-abc", "abc-", "Abc", "a_b", "a.b", "a b", "abc\n"),
        *("ａｂｃ", "好好好", "abc/", "abc\x00", "a'b", "<b>", " abc"),
    ],
)
def test_a_project_id_of_another_shape_is_refused(value: str) -> None:
    with pytest.raises(ValidationError) as raised:
        check_project_id(value)

    assert raised.value.code == "shape"


@each_row("value", ["xn--fiq228c", "xn--a", "ab--cd", "00--0"])
def test_88_a_project_id_like_an_encoded_international_name_is_refused(value: str) -> None:
    with pytest.raises(ValidationError) as raised:
        check_project_id(value)

    assert raised.value.code == "reserved_label"


@pytest.mark.django_db
def test_a_project_of_before_that_has_such_an_id_stays_valid() -> None:
    project = Project.objects.create(slug="xn--fiq228c", name="Acme")

    project.full_clean(exclude=["slug"])
    assert Project.objects.get(slug="xn--fiq228c") == project


def test_the_reserved_names_are_those_of_our_own_addresses() -> None:
    assert set(RESERVED) == {
        *("www", "api", "admin", "portal", "login", "signup", "account", "static", "media"),
        *("sso", "oauth2", "saml", "health", "healthz", "readyz", "localhost", "test"),
    }


def test_a_reserved_name_that_is_a_providers_is_free_below_its_connections() -> None:
    check_alias("saml", "saml")

    with pytest.raises(ValidationError):
        check_project_id("saml")


@each_row("value", sorted(RESERVED))
def test_a_reserved_name_is_neither_project_id_nor_alias(value: str) -> None:
    for check in (check_project_id, check_alias):
        with pytest.raises(ValidationError) as raised:
            check(value)
        assert raised.value.code == "reserved"


@each_row("value", ["a", "wechat_web", "wechat-web2", "0", "a" * 40])
def test_a_good_alias_is_accepted(value: str) -> None:
    check_alias(value)


@each_row("value", ["", "-a", "a-", "_a", "a_", "A", "a b", "a/b", "a.b", "a" * 41, "a\n", "微信"])
def test_an_alias_of_another_shape_is_refused(value: str) -> None:
    with pytest.raises(ValidationError) as raised:
        check_alias(value)

    assert raised.value.code == "shape"


@each_row(
    "taken, proposed",
    [
        (set(), "wechat_web"),
        ({"wechat_web"}, "wechat_web2"),
        ({"wechat_web", "wechat_web2", "wechat_web4"}, "wechat_web3"),
        ({"wechat_web2"}, "wechat_web"),
    ],
)
def test_the_proposed_alias_is_the_first_that_is_free(taken: set[str], proposed: str) -> None:
    assert propose_alias("wechat_web", taken=taken) == proposed
    check_alias(proposed)


def test_a_project_id_is_used_once(project: Project) -> None:
    with (
        pytest.raises(IntegrityError, match="project_slug_unique"),
        transaction.atomic(),
    ):
        Project.objects.create(slug=project.slug, name="Another")
