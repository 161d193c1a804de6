"""Somebody in front of the button of a provider that plays its sample."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.cache import cache

from connections.forms.connection_form import ConnectionForm
from connections.models import Connection
from connections.protocols.oidc.discovery_cache import discovery_cache
from connections.providers import catalogue
from connections.secrets import seal_secret
from projects.models import Project
from tests.samples.sample import Guest, playing, sample_of


@contextmanager
def guest_at(provider_id: str, project: Project, settings: Any, **changes: Any) -> Iterator[Guest]:
    """A guest, at a connection that is filled in as in the sample but for the changes."""
    discovery_cache.clear()
    cache.clear()
    definition, sample = catalogue.get(provider_id), sample_of(provider_id)
    with playing(definition, sample, settings) as script:
        yield Guest(project, script, connected(provider_id, project, changes))
    discovery_cache.clear()


def connected(provider_id: str, project: Project, changes: dict[str, Any]) -> Connection:
    """The connection that the sample's form makes."""
    definition, sample = catalogue.get(provider_id), sample_of(provider_id)
    typed = {**sample.filled_in, "alias": provider_id, "enabled": "on", **changes}
    form = ConnectionForm(typed, definition=definition, project=project)
    assert form.is_valid(), form.errors
    assert form.look_up(), form.errors
    proposal = form.proposal
    connection = Connection.objects.create(
        project=project, provider=provider_id, alias=proposal.alias, settings=proposal.settings
    )
    for field, value in proposal.secrets.items():
        seal_secret(connection, field=field, value=value, actor=None)  # type: ignore[arg-type]
    return connection
