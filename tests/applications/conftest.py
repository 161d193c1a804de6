"""A website, and somebody who signs in to it at an OpenID provider."""

from __future__ import annotations

import pytest

from projects.models import Project
from tests.applications.relying_party import RelyingParty, Visit, register
from tests.openid import OpenID, connect, openid_settings


@pytest.fixture
def party(project: Project) -> RelyingParty:
    """The suite's `client`: most of its modules send no PKCE."""
    return register(project, pkce_optional=True)


@pytest.fixture
def visit(project: Project, provider: OpenID) -> Visit:
    """A browser in which nobody is signed in."""
    connect(project, "openid_connect", **openid_settings(provider.origin))
    return Visit(project, provider)


@pytest.fixture
def signed_in(visit: Visit, party: RelyingParty) -> Visit:
    """A browser in which somebody is signed in."""
    assert party.sign_in(visit).pages == 1
    return visit
