"""Which responses are compressed, and that their sizes tell nothing."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from django.test import Client

from projects.models import Project
from tests.cast import client_of, make_connection

GZIP = {"accept-encoding": "gzip, br"}
PAGE = "/projects/acme/connections/wechat_web/"


@pytest.fixture
def connection(project: Project) -> Any:
    return make_connection(project)


def test_a_page_of_the_portal_is_a_quarter_of_its_size(as_owner: Client, connection: Any) -> None:
    plain = as_owner.get(PAGE)
    packed = as_owner.get(PAGE, headers=GZIP)

    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["content-length"] == str(len(packed.content))
    assert all("Accept-Encoding" in each.headers["vary"] for each in (plain, packed))
    assert len(packed.content) < len(plain.content) / 4
    assert gzip.decompress(packed.content).endswith(b"</html>\n")


def test_equal_pages_have_sizes_that_differ_at_random(as_owner: Client, connection: Any) -> None:
    sizes = {len(as_owner.get(PAGE, headers=GZIP).content) for _visit in range(6)}

    assert len(sizes) > 1


def test_an_error_page_of_the_portal_is_compressed_too(as_owner: Client, project: Project) -> None:
    packed = as_owner.get("/nowhere", headers=GZIP)

    assert packed.status_code == 404
    assert b"Page not found" in gzip.decompress(packed.content)


@pytest.mark.parametrize("path", ["/login", "/nowhere"])
def test_pages_of_a_project_are_not_compressed(connection: Any, path: str) -> None:
    response = client_of(connection.project.host).get(path, headers=GZIP)

    assert "content-encoding" not in response.headers
