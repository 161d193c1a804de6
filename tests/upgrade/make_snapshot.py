"""Writes a snapshot of the present release, which later ones are upgraded from.

Not a test of `make test`: run it once for every release, with
``make test ARGS="tests/upgrade/make_snapshot.py"``. Every secret in it is made for it alone.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from portal.devtools.postgres.binaries import find_installation
from portal.version import VERSION
from tests.databases import migrated_database
from tests.server.conftest import Server, send, serving, signed_in
from tests.upgrade import stage
from tests.wechat import running_simulator


def test_write_it(tmp_path: Path) -> None:
    folder = stage.SNAPSHOTS / VERSION
    with running_simulator() as wechat, migrated_database("snapshot") as url:
        with serving(tmp_path, url, wechat) as server:
            website = fill(server)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / stage.DATABASE).write_text(dump(url), encoding="utf-8")
    shutil.copy(server.keyset, folder / stage.KEYSET)
    (folder / stage.WEBSITE).write_text(json.dumps(website, indent=2) + "\n", encoding="utf-8")
    (folder / stage.MIGRATIONS).write_text(stage.migrations(), encoding="utf-8")


def fill(server: Server) -> dict[str, str]:
    """Use what Menkou offers; return what the website and the person's browser keep."""
    operator = signed_in(server)
    page = "/projects/acme/connections/add/github/"
    secret = "5c12e1f2a3b4c5d6e7f8091a2b3c4d5e6f708192"
    github = {"client_id": "Iv1.0123456789abcdef", "client_secret": secret, "alias": "github"}
    assert send(server, operator, page, enabled="on", **github).status_code == 302
    members = "/projects/acme/settings/members/"
    send(server, operator, f"{members}invite/", address="ed@example.com", role="editor")
    assert "ed@example.com" in server.ask(operator, "GET", "localhost", members).text
    words = ["applications", "create", "--project", "acme", "--name", "Shop"]
    created = server.manage(*words, "--redirect-uri", stage.CALLBACK)
    website: dict[str, str] = json.loads(created.communicate(timeout=60)[0])
    browser, code = stage.authorize(server, website["client_id"])
    form = {"redirect_uri": stage.CALLBACK, "code_verifier": stage.VERIFIER}
    tokens = stage.redeem(server, website, grant_type="authorization_code", code=code, **form)
    (session,) = (each for each in browser.cookies if each.name.endswith("menkou_session"))
    return {
        **website,
        "refresh_token": tokens["refresh_token"],
        "session": str(session.value),
    }


def dump(url: str) -> str:
    """Return the database as SQL, with a line for every row."""
    command = [str(find_installation() / "bin" / "pg_dump"), "--no-owner", "--inserts", url]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert str(urlsplit(url).password) not in done.stdout
    return done.stdout
