"""Look up the objects that a URL names."""

from __future__ import annotations

from django.http import Http404

from simulator.state import simulator
from simulator.world import App, Person


def app_or_404(appid: str) -> App:
    """The app with this AppID."""
    app = simulator.world.apps.get(appid)
    if app is None:
        raise Http404
    return app


def person_or_404(person_id: str) -> Person:
    """The person with this id."""
    person = simulator.world.people.get(person_id)
    if person is None:
        raise Http404
    return person
