"""An installation of an earlier release, upgraded to this one."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import jwt
import psycopg
import pytest
import requests

from portal.devtools.postgres.binaries import find_installation
from tests.databases import fresh_database
from tests.server.conftest import Server, environment_of, free_port, signed_in, wait_for
from tests.upgrade import stage
from tests.wechat import WeChat

RELEASES = sorted(stage.SNAPSHOTS.iterdir())
# Moves everything in time, so that sessions and tokens are as old as they were in the snapshot.
REJUVENATE = """
DO $$
DECLARE
    passed interval;
    stamped record;
BEGIN
    SET LOCAL session_replication_role = replica;
    SELECT now() - max(created_at) INTO passed FROM applications_token;
    FOR stamped IN
        SELECT table_name AS name,
            string_agg(format('%1$I = %1$I + $1', column_name), ', ') AS changes
        FROM information_schema.columns JOIN information_schema.tables USING (table_name)
        WHERE table_type = 'BASE TABLE' AND data_type = 'timestamp with time zone'
            AND columns.table_schema = 'public'
        GROUP BY table_name
    LOOP
        EXECUTE format('UPDATE %I SET %s', stamped.name, stamped.changes) USING passed;
    END LOOP;
END $$
"""
PEOPLE = "SELECT count(*) FROM projects_user WHERE project_id IS NOT NULL"
COUNTS = """
SELECT (SELECT count(*) FROM connections_storedsecret), (SELECT count(*) FROM projects_event),
    (SELECT count(*) FROM projects_invitation), (SELECT count(*) FROM projects_membership)
"""
WITHOUT_FIRST_REVISION = """
SELECT (SELECT count(*) FROM connections_connection AS live WHERE NOT EXISTS (
        SELECT FROM connections_revision AS kept WHERE kept.connection_id = live.id
            AND number = 1 AND kept.settings = live.settings AND kept.labels = live.labels)),
    (SELECT count(*) FROM connections_storedsecret AS live WHERE NOT EXISTS (
        SELECT FROM connections_revisionsecret AS kept
        WHERE kept.ciphertext = live.ciphertext AND kept.field = live.field))
"""


@dataclass
class Upgraded:
    """A server of this release over the data of an earlier one."""

    server: Server
    website: dict[str, str]
    migrated: str
    counts_before: object


@pytest.fixture(scope="module", params=RELEASES, ids=lambda folder: folder.name)
def upgraded(
    request: pytest.FixtureRequest, simulator: WeChat, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Upgraded]:
    release: Path = request.param
    folder = tmp_path_factory.mktemp("upgraded")
    simulator.tell("reset")
    with fresh_database("upgraded") as url:
        restore(release / stage.DATABASE, url)
        keyset = folder / "keyset.json"
        keyset.touch(mode=0o600)
        keyset.write_text((release / stage.KEYSET).read_text())
        port = free_port()
        server = Server(port, simulator, environment_of(folder, url, port, simulator))
        with server.database() as database:
            counts = database.execute(COUNTS).fetchone()
        migrating = server.manage("migrate", "--no-input")
        migrated = migrating.communicate(timeout=120)[0]
        assert migrating.returncode == 0, migrated
        server.start_gunicorn()
        try:
            wait_for(server)
            website = json.loads((release / stage.WEBSITE).read_text())
            yield Upgraded(server, website, migrated, counts)
        finally:
            server.stop_gunicorn()


def restore(dump: Path, url: str) -> None:
    """Run the SQL of a dump, and move its rows to the present."""
    psql = [str(find_installation() / "bin" / "psql"), "--no-psqlrc", "--quiet"]
    words = ["--set=ON_ERROR_STOP=1", "--single-transaction", f"--file={dump}", url]
    environment = {"PATH": os.environ["PATH"]}
    done = subprocess.run([*psql, *words], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with psycopg.connect(url) as database:
        database.execute(REJUVENATE)


def test_nothing_is_lost(upgraded: Upgraded) -> None:
    with upgraded.server.database() as database:
        counts = database.execute(COUNTS).fetchone()

    assert counts == upgraded.counts_before
    assert counts is not None
    assert all(counts)


def test_what_was_live_is_the_first_revision(upgraded: Upgraded) -> None:
    with upgraded.server.database() as database:
        missing = database.execute(WITHOUT_FIRST_REVISION).fetchone()
    assert missing == (0, 0)


def test_every_secret_can_be_opened(upgraded: Upgraded) -> None:
    status = upgraded.server.manage("secrets", "status")
    said = status.communicate(timeout=60)[0]

    assert status.returncode == 0, said
    assert "decrypts only" not in said


def test_a_person_is_still_signed_in(upgraded: Upgraded) -> None:
    cookie = {"cookie": f"menkou_session={upgraded.website['session']}"}

    assert "李雷" in upgraded.server.get(stage.HOST, "/account", headers=cookie).text


def test_a_person_signs_in_as_who_they_were(upgraded: Upgraded) -> None:
    server, session = upgraded.server, requests.Session()
    with server.database() as database:
        before = database.execute(PEOPLE).fetchone()
    app = server.wechat.ask("apps")["apps"][0]
    state = server.start(session)
    code = server.wechat.code("lilei", appid=app["appid"])
    answer = server.come_back(session, code=code, state=state)

    assert answer.headers.get("location") == "/account"
    with server.database() as database:
        assert database.execute(PEOPLE).fetchone() == before == (1,)


def test_the_operator_signs_in(upgraded: Upgraded) -> None:
    browser = signed_in(upgraded.server)
    page = upgraded.server.ask(browser, "GET", "localhost", "/projects/acme/connections/")

    assert "github" in page.text


def test_the_website_redeems_its_refresh_token(upgraded: Upgraded) -> None:
    server, website = upgraded.server, upgraded.website
    given = {"grant_type": "refresh_token", "refresh_token": website["refresh_token"]}
    tokens = stage.redeem(server, website, **given)
    header = {"authorization": f"Bearer {tokens['access_token']}"}
    person = server.get(stage.HOST, "/oauth2/userinfo", headers=header).json()

    assert person["name"].startswith("李雷")
    assert claims(server, tokens["id_token"])["sub"] == person["sub"]


def test_a_new_sign_in_for_the_website_succeeds(upgraded: Upgraded) -> None:
    server, website = upgraded.server, upgraded.website
    _browser, code = stage.authorize(server, website["client_id"])
    form = {"redirect_uri": stage.CALLBACK, "code_verifier": stage.VERIFIER}

    assert "id_token" in stage.redeem(
        server, website, grant_type="authorization_code", code=code, **form
    )


@pytest.mark.parametrize("release", RELEASES, ids=lambda folder: folder.name)
def test_migrations_of_a_release_are_never_changed(release: Path) -> None:
    released = set((release / stage.MIGRATIONS).read_text().splitlines())
    changed = released - set(stage.migrations().splitlines())

    assert len(released) > 10
    assert changed == set(), "add a new migration instead"


def claims(server: Server, id_token: str) -> dict[str, object]:
    """Return the claims of an ID token that a published key has signed."""
    keys = server.get(stage.HOST, "/oauth2/jwks").json()
    header = jwt.get_unverified_header(id_token)
    (key,) = (each for each in keys["keys"] if each["kid"] == header["kid"])
    verified: dict[str, object] = jwt.decode(
        id_token,
        jwt.PyJWK(key),
        algorithms=[header["alg"]],
        options={"verify_aud": False},
    )
    return verified
