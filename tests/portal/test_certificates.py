"""Proxies may obtain certificates for our hosts, and for no others."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from projects.models import Project

OURS = ["portal.test", "acme.login.test", "ACME.login.test"]
NOT_OURS = [
    "",
    "nobody.login.test",
    "login.test",
    "acme",
    ".login.test",
    "acme.login.test.",
    "x.acme.login.test",
    "acme.login.test.evil.example",
    "acme.login.test:443",
    "acme\n.login.test",
    "ａcme.login.test",
    "a" * 100_000 + ".login.test",
]


def asked(name: str, **headers: str) -> int:
    """The answer for this name, as the proxy itself asks for it at the node's address."""
    client = Client(headers={"host": "portal-1:8000", **headers})
    return client.get("/hostz", {"domain": name}).status_code


@pytest.fixture(autouse=True)
def acme(project: Project) -> Project:
    return project


@pytest.mark.parametrize(
    ("name", "status"), [(name, 200) for name in OURS] + [(name, 404) for name in NOT_OURS]
)
def test_only_our_hosts_get_a_certificate(name: str, status: int) -> None:
    assert asked(name) == status


def test_ports_of_the_settings_do_not_count(settings: Any) -> None:
    settings.MENKOU_PORTAL_HOST = "portal.test:8443"
    settings.MENKOU_PROJECT_DOMAIN = "login.test:8443"
    assert [asked(name) for name in OURS] == [200, 200, 200]


def test_a_deleted_project_gets_no_further_certificate(acme: Project) -> None:
    Project.objects.all().delete()
    assert asked("acme.login.test") == 404


@pytest.mark.parametrize(
    "header", ["x-forwarded-for", "x-forwarded-proto", "forwarded", "via", "X-FORWARDED-FOR"]
)
def test_nobody_outside_the_proxy_learns_which_projects_there_are(header: str) -> None:
    assert asked("acme.login.test", **{header: "anything"}) == 404


def test_it_costs_one_query_at_most(django_assert_num_queries: Any) -> None:
    for name, queries in (("acme.login.test", 1), ("nobody.login.test", 1), ("portal.test", 0)):
        with django_assert_num_queries(queries):
            asked(name)
    with django_assert_num_queries(0):
        for name in (
            ".login.test",
            "x.acme.login.test",
            "a_b.login.test",
            "a" * 50 + ".login.test",
        ):
            asked(name)
