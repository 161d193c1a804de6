"""The product, one connection of every provider, and the server that plays all of them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import connection as database
from django.test import override_settings
from django.utils.functional import cached_property

from connections.forms.connection_form import ConnectionForm
from connections.models import Connection, StoredSecret
from connections.providers import catalogue
from connections.providers.definition import Definition
from connections.providers.derived import classes
from connections.providers.derived.classes import AllauthProvider
from connections.services import add_connection
from projects.models import Membership, Project, Role, User
from tests.cast import PASSWORD, sign_in_as
from tests.connections.servers import Peer, Server, serving
from tests.databases import migrated_database
from tests.fuzz.worker import Browser, Worker, running
from tests.saml import IdentityProvider
from tests.samples import saml
from tests.samples.sample import Guest, Script, sample_of

CSRF = "fuzz" * 8
UNLIMITED = "1000000000"
# Shorter, a line of a secret may stand on a page by chance.
SHORTEST_SECRET = 16


class HTTPGuest(Guest):
    """Somebody in front of a button of the worker."""

    def __init__(
        self, worker: Worker, project: Project, script: Script, connection: Connection
    ) -> None:
        self.worker = worker
        super().__init__(project, script, connection)

    def new_browser(self) -> Any:
        return Browser(self.worker, self.project.host)


class Stage:
    """What a test of this folder plays with."""

    def __init__(self, worker: Worker, server: Server, project: Project, owner: User) -> None:
        self.worker = worker
        self.server = server
        self.project = project
        self.owner = owner
        # By provider: its connection, and what nobody may be shown.
        self.connections: dict[str, Connection] = {}
        self.secrets: dict[str, set[str]] = {}
        # By connection: its secrets as they are stored.
        self.stored: dict[UUID, list[StoredSecret]] = {}
        self.number = 0

    def next_number(self) -> int:
        """A number that no earlier example had."""
        self.number += 1
        return self.number

    def guest(self, provider: str) -> HTTPGuest:
        """Somebody at a provider that from now on plays its sample."""
        script = Script(sample_of(provider))
        script.server = self.server
        self.server.treat = script.treat
        self.worker.secrets = self.secrets[provider]
        return HTTPGuest(self.worker, self.project, script, self.connections[provider])

    def editor(self) -> Browser:
        """The owner's browser at the portal."""
        self.worker.secrets = set()
        session = sign_in_as(self.owner).cookies[settings.SESSION_COOKIE_NAME].value
        cookies = {settings.SESSION_COOKIE_NAME: session, settings.CSRF_COOKIE_NAME: CSRF}
        return Browser(self.worker, settings.MENKOU_PORTAL_HOST, cookies)

    def forget_attempts(self) -> None:
        """Let nobody have tried anything."""
        with database.cursor() as cursor:
            cursor.execute("TRUNCATE limits_ratelimitbucket")

    def put_back(self) -> None:
        """Let there be the connections of the beginning, as they were."""
        Connection.objects.exclude(pk__in=[each.pk for each in self.connections.values()]).delete()
        for each in self.connections.values():
            if Connection.objects.get(pk=each.pk).updated_at != each.updated_at:
                each.save()
                each.secrets.all().delete()
                StoredSecret.objects.bulk_create(self.stored[each.pk])

    @cached_property
    def identity_provider(self) -> IdentityProvider:
        """The identity provider of the SAML connection, which knows our metadata."""
        found = saml.provider()
        path = f"/sso/{self.connections['saml'].alias}/metadata"
        found.learn(Browser(self.worker, self.project.host).get(path).content)
        return found

    def add(self, definition: Definition, typed: Mapping[str, str]) -> Connection:
        """The connection that a filled-in form makes; a doubt is overruled."""
        values = {**typed, "alias": definition.id, "enabled": "on"}
        form = self.form(definition, values)
        if not form.look_up():
            form = self.form(definition, {**values, "accept_warnings": form.warning_codes})
        assert form.look_up(), (definition.id, form.errors)
        self.secrets[definition.id] = lines_of(form.proposal.secrets)
        made = add_connection(
            project=self.project, definition=definition, proposal=form.proposal, actor=self.owner
        )
        made.refresh_from_db()
        self.connections[definition.id] = made
        self.stored[made.pk] = list(made.secrets.all())
        return made

    def form(self, definition: Definition, values: Mapping[str, str]) -> Any:
        return ConnectionForm(values, definition=definition, project=self.project)


def lines_of(values: Mapping[str, str]) -> set[str]:
    """Return the lines of secrets that are long enough to be looked for."""
    lines = {line for value in values.values() for line in value.split()}
    return {line for line in lines if len(line) >= SHORTEST_SECRET}


def found_of(definition: Definition) -> AllauthProvider:
    """Return what was found of the class behind a derived entry."""
    found = classes.find_provider(definition.id.removeprefix(catalogue.DERIVED_PREFIX))
    assert found is not None
    return found


def origins() -> set[str]:
    """Return where all providers are, in the world."""
    found: set[str] = set()
    for definition in catalogue.all_providers():
        found |= {each.base for each in definition.endpoints.values() if each.base}
        found |= set(sample_of(definition.id).origins)
    for definition in catalogue.derived_providers():
        found_class = found_of(definition)
        for url in found_class.addresses(found_class.filled_in):
            parts = urlsplit(url)
            found.add(f"{parts.scheme}://{parts.netloc}")
    return found


def silent(peer: Peer) -> None:
    peer.answer(b"not here", status="404 Not AllauthProvider")


@contextmanager
def own_database() -> Iterator[str]:
    """A database that no other test sees, in the place of Django's; its address is returned."""
    before = database.settings_dict["NAME"]
    with migrated_database("fuzz") as url:
        database.close()
        database.settings_dict["NAME"] = urlsplit(url).path.strip("/")
        try:
            yield url
        finally:
            database.close()
            database.settings_dict["NAME"] = before


def environment_of(
    url: str, keyset: Path, moved: Mapping[str, str], simulator: str
) -> dict[str, str]:
    """Return the settings of the worker: as in development, and nobody tries too often."""
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": url,
        "SECRET_KEY": settings.SECRET_KEY,
        "MENKOU_ENV": "development",
        "MENKOU_KEYSET_FILE": str(keyset),
        "MENKOU_PORTAL_HOST": settings.MENKOU_PORTAL_HOST,
        "MENKOU_PROJECT_DOMAIN": settings.MENKOU_PROJECT_DOMAIN,
        "MENKOU_MOVED_ENDPOINTS": ",".join(f"{old}={new}" for old, new in moved.items()),
        "WECHAT_OPEN_BASE_URL": simulator,
        "WECHAT_API_BASE_URL": simulator,
        "MENKOU_LIMIT_STARTS": UNLIMITED,
        "MENKOU_LIMIT_CALLBACKS": UNLIMITED,
        "MENKOU_LIMIT_CHANGES": UNLIMITED,
        "MENKOU_WORKERS": "1",
        "MENKOU_THREADS": "8",
        "MENKOU_KEPT_PAGES_MB": "0",
    }


@contextmanager
def built(url: str, keyset: Path, log: Path) -> Iterator[Stage]:
    """A stage with a connection of every provider, each of which has signed its person in."""
    with serving(silent) as server:
        moved = dict.fromkeys(sorted(origins()), server.origin)
        environment = environment_of(url, keyset, moved, server.origin)
        there = {
            "MENKOU_MOVED_ENDPOINTS": moved,
            "WECHAT_OPEN_BASE_URL": server.origin,
            "WECHAT_API_BASE_URL": server.origin,
        }
        with override_settings(**there), running(environment, log) as worker:
            project = Project.objects.create(slug="acme", name="Acme")
            owner = User.objects.create_user("olga@example.com", PASSWORD, name="Olga")
            Membership.objects.create(project=project, user=owner, role=Role.OWNER)
            stage = Stage(worker, server, project, owner)
            for definition in catalogue.all_providers():
                sample = sample_of(definition.id)
                script = Script(sample)
                server.treat = script.treat
                stage.add(definition, sample.filled_in)
            yield stage


def json_of(answer: Any) -> Any:
    """Return the JSON that an answer of a sample is, or None where it is none."""
    if not isinstance(answer, bytes | str):
        return answer
    try:
        return json.loads(answer)
    except ValueError:
        return None
