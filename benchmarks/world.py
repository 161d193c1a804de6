"""Everything that the measurements need: databases with people's projects in them, and sites."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from benchmarks.browsers import SITES, Browser
from benchmarks.load import Seat
from benchmarks.scratch import scratch_database, vacuum
from benchmarks.servers import THREADS, Running, running
from core.keyring.keyset import create_keyset
from portal.devtools.child_environments import clean_environment
from portal.devtools.folders import ROOT
from portal.devtools.postgres.server import Server

MANAGE = (sys.executable, "manage.py")
PLAIN = (sys.executable, "-m", "django")
COMPILED = ("benchmarks", "connections", "portal", "projects")
STAGES = {"menkou": "benchmarks.stage", "plain": "benchmarks.plain_allauth.stage"}
# The other two providers of OpenID Connect.
PEERS = ("allauth", "toolkit")


@dataclass(frozen=True)
class World:
    """The databases of both sites, and where the bare page lies."""

    urls: Mapping[str, str]
    folder: Path

    @property
    def page(self) -> Path:
        """The file that the bare site answers with."""
        return self.folder / "page.html"

    def environment(
        self, site: str, *, provider: str = "http://127.0.0.1:1", url: str = ""
    ) -> dict[str, str]:
        """What a process of this site is told."""
        common = {
            "DATABASE_URL": url or self.urls.get(site, ""),
            "SECRET_KEY": "a key for measurements only, long and varied enough: 0123456789 abcdef",
            "BARE_PAGE": str(self.page),
            "PROVIDER_URL": provider,
        }
        settings = {"menkou": menkou, "plain": plain, "bare": dict}.get(site, dict)
        return {**clean_environment(""), **settings(), **common, **self._keys(site, provider)}

    def _keys(self, site: str, provider: str) -> dict[str, str]:
        if site in PEERS:
            return {
                "DJANGO_SETTINGS_MODULE": f"benchmarks.peers.{site}_settings",
                "PEER_SIGNING_KEY": (self.folder / "peer.pem").read_text(encoding="ascii"),
                "PEER_CACHE_FOLDER": str(self.folder / "peer-cache"),
            }
        if site != "menkou":
            return {}
        return {
            "MENKOU_KEYSET_FILE": str(self.folder / "keyset.json"),
            "WECHAT_OPEN_BASE_URL": provider,
            "WECHAT_API_BASE_URL": provider,
        }

    def fill(self, *words: str) -> None:
        """Put projects into both databases."""
        for site, module in STAGES.items():
            done([sys.executable, "-m", module, *words], self.environment(site))
            vacuum(self.urls[site])

    @contextmanager
    def providers(self, people: int) -> Iterator[World]:
        """This world with the peers, and an application and people with sessions in all three."""
        with ExitStack() as stack:
            made = replace(self, urls={**self.urls, **databases(stack, PEERS)})
            (made.folder / "peer.pem").write_bytes(signing_key())
            for site in PEERS:
                done([*PLAIN, "migrate", "--verbosity", "0"], made.environment(site))
            for site, *words in (
                ("menkou", "benchmarks.stage", "--people", str(people)),
                *((site, "benchmarks.peers.stage", str(people)) for site in PEERS),
            ):
                done([sys.executable, "-m", *words], made.environment(site))
                vacuum(made.urls[site])
            yield made

    @contextmanager
    def sites(
        self, *names: str, project: str, provider: str = "http://127.0.0.1:1"
    ) -> Iterator[list[Running]]:
        """Several sites at once, so that they can be asked in turns."""
        with ExitStack() as stack:
            yield [
                stack.enter_context(
                    running(name, self.environment(name, provider=provider), project=project)
                )
                for name in names
            ]

    def copy_page(self, menkou: Running, project: str) -> None:
        """Have the bare site answer with Menkou's page of this project."""
        pages = SITES["menkou"]
        seat = Seat(menkou.port)
        page = seat.ask(pages.page(Browser(f"{project}.{pages.domain}")))
        seat.socket.close()
        self.page.write_bytes(page.body)


def menkou() -> dict[str, str]:
    """Menkou as in production, but for its provider."""
    return {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "MENKOU_ENV": "production",
        "MENKOU_ALLOW_TEST_ENDPOINTS": "1",
        "MENKOU_PORTAL_HOST": "portal.test",
        "MENKOU_PROJECT_DOMAIN": SITES["menkou"].domain,
        "MENKOU_PROXY_SSL_HEADER": "X-Forwarded-Proto",
        "MENKOU_PROXY_COUNT": "1",
        "MENKOU_THREADS": str(THREADS),
        "EMAIL_URL": "dummymail://",
    }


def plain() -> dict[str, str]:
    """The plain project's settings say the rest."""
    return {"DJANGO_SETTINGS_MODULE": "benchmarks.plain_allauth.settings"}


@contextmanager
def world(connections: tuple[int, ...]) -> Iterator[World]:
    """Both databases, migrated, with one project for each number of connections."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        made = World(databases(stack, STAGES), folder)
        prepare(made)
        made.fill(*map(str, connections))
        yield made


def databases(stack: ExitStack, sites: Iterable[str]) -> dict[str, str]:
    """Return the addresses of new databases, one for each site."""
    server = os.environ["DATABASE_URL"]
    names = {site: f"menkou_benchmark_{site}_{secrets.token_hex(3)}" for site in sites}
    return {
        site: stack.enter_context(scratch_database(server, name)) for site, name in names.items()
    }


def signing_key() -> bytes:
    """Return a key of the kind and size that Menkou has for RS256."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def prepare(made: World) -> None:
    """Migrate both, and make what Menkou needs to start."""
    # As pip does: to compile takes seconds of a start, and leaves holes in what workers share.
    done([sys.executable, "-m", "compileall", "-q", *COMPILED], made.environment("bare"))
    create_keyset(made.folder / "keyset.json")
    quiet = ("--verbosity", "0")
    for site, command in (("menkou", MANAGE), ("plain", PLAIN)):
        done([*command, "migrate", *quiet], made.environment(site))
    done([*MANAGE, "collectstatic", "--noinput", *quiet], made.environment("menkou"))


def done(command: list[str], environment: Mapping[str, str]) -> str:
    """Run a command to its end; raises SystemExit with its words where it fails."""
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if ran.returncode:
        raise SystemExit(f"{' '.join(command)}:\n{ran.stderr}")
    return ran.stdout


@contextmanager
def postgres() -> Iterator[str]:
    """The embedded PostgreSQL, over data of its own, as careful as in production."""
    data = ROOT / "var" / "benchmark-postgres"
    data.parent.mkdir(exist_ok=True)
    with Server(data, fresh=True) as url:
        os.environ["DATABASE_URL"] = url  # for the parts that are programs of their own
        try:
            yield url
        finally:
            del os.environ["DATABASE_URL"]
