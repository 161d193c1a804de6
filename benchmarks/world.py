"""Everything that the measurements need: databases with people's projects in them, and sites."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from benchmarks.browsers import SITES, Browser
from benchmarks.load import Seat
from benchmarks.scratch import scratch_database, vacuum
from benchmarks.servers import THREADS, WORKERS, Running, provider, running
from benchmarks.wire import Heard, wire
from core.keyring.keyset import create_keyset
from portal.devtools.child_environments import clean_environment
from portal.devtools.folders import ROOT
from portal.devtools.postgres.server import Server

COMPILED = ("applications", "benchmarks", "connections", "core", "portal", "projects", "signin")
STAGES = {"menkou": "benchmarks.stage", "plain": "benchmarks.plain_allauth.stage"}
# The other two providers of OpenID Connect.
PEERS = ("allauth", "toolkit")
# Where a site finds no provider.
NOBODY = "http://127.0.0.1:1"


@dataclass(frozen=True)
class Listened:
    """A site, and the statements that it sends, where somebody listens."""

    running: Running
    heard: Heard


@dataclass(frozen=True)
class World:
    """The databases of both sites, and where the bare page lies."""

    urls: Mapping[str, str]
    folder: Path

    @property
    def page(self) -> Path:
        """The file that the bare site answers with."""
        return self.folder / "page.html"

    def environment(self, site: str, *, provider: str = NOBODY, url: str = "") -> dict[str, str]:
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
        """This world with the peers, and an application and people with sessions in both."""
        with ExitStack() as stack:
            made = replace(self, urls={**self.urls, **databases(stack, PEERS, {})})
            (made.folder / "peer.pem").write_bytes(signing_key())
            for site in PEERS:
                command = [sys.executable, "-m", "benchmarks.peers.stage", str(people)]
                done(command, made.environment(site))
                vacuum(made.urls[site])
            yield made

    @contextmanager
    def site(
        self,
        name: str,
        *,
        project: str,
        provider_delay: float | None = None,
        listen: bool = False,
        workers: int = WORKERS,
    ) -> Iterator[Listened]:
        """A site; people can sign in to it where the delay of their provider is given."""
        with ExitStack() as stack:
            url, heard = self.urls.get(name, ""), Heard()
            if listen:
                url, heard = stack.enter_context(wire(url))
            origin = NOBODY
            if provider_delay is not None:
                origin = stack.enter_context(provider(provider_delay))
            environment = self.environment(name, provider=origin, url=url)
            yield Listened(
                stack.enter_context(running(name, environment, project=project, workers=workers)),
                heard,
            )

    @contextmanager
    def sites(
        self, *names: str, project: str, provider_delay: float | None = None
    ) -> Iterator[list[Running]]:
        """Several sites at once, so that they can be asked in turns."""
        with ExitStack() as stack:
            yield [
                stack.enter_context(
                    self.site(name, project=project, provider_delay=provider_delay)
                ).running
                for name in names
            ]

    def copy_page(self, menkou: Running, project: str) -> None:
        """Have the bare site answer with Menkou's page of this project."""
        pages = SITES["menkou"]
        seat = Seat(menkou.port)
        page = seat.ask(pages.page(Browser(f"{project}.{pages.domain}")))
        seat.socket.close()
        self.page.write_bytes(page.body)


@dataclass(frozen=True)
class QuickWorld(World):
    """A world in which each site is started once, and serves for all that is measured."""

    kept: dict[tuple[str, float], Listened] = field(default_factory=dict)
    stack: ExitStack = field(default_factory=ExitStack)

    @contextmanager
    def site(
        self,
        name: str,
        *,
        project: str,
        provider_delay: float | None = None,
        listen: bool = False,
        workers: int = 1,
    ) -> Iterator[Listened]:
        """The one site of this name whose provider has this delay."""
        key = name, provider_delay or 0.0
        if key not in self.kept:
            self.kept[key] = self.stack.enter_context(
                super().site(
                    name,
                    project=project,
                    provider_delay=key[1],
                    listen=name in self.urls,
                    workers=1,
                )
            )
        yield self.kept[key]


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
def world(*words: str, quick: bool, templates: Mapping[str, str]) -> Iterator[World]:
    """Both databases, with what the words put into them; see `benchmarks.stage`."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        urls = databases(stack, STAGES, templates)
        made = QuickWorld(urls, folder, stack=stack) if quick else World(urls, folder)
        if not quick:
            # As pip does: to compile takes seconds of a start, and leaves holes in what workers
            # share.
            compilation = [sys.executable, "-m", "compileall", "-q", *COMPILED]
            done(compilation, made.environment("bare"))
        create_keyset(folder / "keyset.json")
        made.fill("--new", *words)
        yield made


def databases(
    stack: ExitStack, sites: Iterable[str], templates: Mapping[str, str]
) -> dict[str, str]:
    """Return the addresses of new databases, one for each site, copied from its template."""
    server = os.environ["DATABASE_URL"]
    return {
        site: stack.enter_context(
            scratch_database(
                server,
                f"menkou_benchmark_{site}_{secrets.token_hex(3)}",
                template=templates.get(site, "template1"),
            )
        )
        for site in sites
    }


def signing_key() -> bytes:
    """Return a key of the kind and size that Menkou has for RS256."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


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
