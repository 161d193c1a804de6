"""A website, and somebody who signs in to it at an OpenID provider."""

from __future__ import annotations

import pytest

from projects.models import Project, User
from tests.applications.relying_party import RelyingParty, Visit, register
from tests.cast import sign_in_as
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
def person(project: Project) -> User:
    """Somebody who has signed in before."""
    return User.objects.create(project=project, name="Ada", address="ada@example.com", password="!")


@pytest.fixture
def signed_in(project: Project, person: User) -> Visit:
    """A browser in which the person is signed in, and cannot sign in again."""
    visit = Visit(project)
    visit.client = sign_in_as(person)
    return visit
