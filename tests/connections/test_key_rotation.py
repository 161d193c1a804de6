"""Keys and certificates that a provider replaces within the hour for which they are kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core.cache import cache
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from connections.models import SignIn
from connections.protocols.oidc import discovery_cache as keeping
from connections.protocols.oidc.discovery_cache import (
    ANEW_SECONDS,
    CHANNEL,
    PAUSE_SECONDS,
    DiscoveryCache,
    Kind,
    bypass_cache,
    discovery_cache,
)
from connections.protocols.oidc.id_tokens import KEYS
from connections.protocols.oidc.metadata import DISCOVERY
from connections.protocols.saml.metadata import METADATA
from core.http import deadlines
from core.http.client import READ_SECONDS
from core.postgresql.listener import Subscription
from projects.models import Project
from projects.tenants.hosts import ProjectHosts
from tests.connections.concurrent import all_at_once
from tests.connections.servers import Peer, Server, serving
from tests.connections.test_openid_connect import later, signed_in
from tests.connections.test_saml import Guest as SAMLGuest
from tests.connections.test_saml import connect as connect_saml
from tests.openid import (
    ABSENT,
    KEY,
    OTHER_KEY,
    Guest,
    OpenID,
    connect,
    jwk,
    openid_settings,
    running_openid,
)
from tests.saml import Answer, IdentityProvider, pair
from tests.waiting import wait_until

THIRD_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(autouse=True)
def nothing_kept(db: None) -> Iterator[None]:
    discovery_cache.clear()
    cache.clear()
    yield
    discovery_cache.clear()


@pytest.fixture
def provider(settings: Any) -> Iterator[OpenID]:
    with running_openid() as openid:
        settings.MENKOU_PRIVATE_ORIGINS = (openid.origin,)
        yield openid


@pytest.fixture
def guest(project: Project, provider: OpenID) -> Guest:
    connection = connect(project, "openid_connect", **openid_settings(provider.origin))
    return Guest(project, provider, connection)


def rotate(provider: OpenID, **changes: Any) -> None:
    """Replace the only key."""
    provider.keys, provider.signing_key = [jwk(OTHER_KEY, **changes)], OTHER_KEY


# --- OpenID Connect ---------------------------------------------------------------------------


def test_76_a_key_that_is_replaced_under_the_same_name_is_found_at_once(guest: Guest) -> None:
    signed_in(guest.sign_in())
    later(PAUSE_SECONDS + 1)
    rotate(guest.provider)

    signed_in(guest.sign_in())

    assert guest.provider.calls("/keys") == 2
    signed_in(guest.sign_in())
    assert guest.provider.calls("/keys") == 2


def test_76_so_is_one_without_a_name(guest: Guest) -> None:
    def nameless() -> None:
        guest.provider.kid = ""
        for each in guest.provider.keys:
            del each["kid"]

    nameless()
    signed_in(guest.sign_in())
    later(PAUSE_SECONDS + 1)
    rotate(guest.provider)
    nameless()

    signed_in(guest.sign_in())


def test_76_forged_tokens_ask_for_keys_once_in_ten_seconds(guest: Guest) -> None:
    signed_in(guest.sign_in())
    later(PAUSE_SECONDS + 1)
    guest.provider.signing_key = OTHER_KEY

    for _time in range(5):
        assert guest.sign_in().status_code == 400

    assert guest.provider.calls("/keys") == 2
    assert set(SignIn.objects.values_list("cause", flat=True)) == {"", "id_token"}


def test_76_forged_tokens_at_one_connection_bring_the_new_keys_to_another(
    guest: Guest, project: Project
) -> None:
    """Whoever uses up the one request of ten seconds has made it for everybody."""
    evil = OpenID()
    signed_in(guest.sign_in())
    later(PAUSE_SECONDS + 1)
    rotate(guest.provider)
    with serving(evil.treat) as evil.server:
        evil.issuer = guest.provider.origin
        evil.signing_key = THIRD_KEY
        connection = connect(project, "openid_connect", alias="evil", **by_hand(guest, evil))
        assert Guest(project, evil, connection).sign_in().status_code == 400

    signed_in(guest.sign_in())
    assert guest.provider.calls("/keys") == 2


def by_hand(guest: Guest, evil: OpenID) -> dict[str, Any]:
    """Somebody else's issuer and keys, and a token endpoint of one's own."""
    from django.conf import settings

    settings.MENKOU_PRIVATE_ORIGINS = (guest.provider.origin, evil.origin)
    return openid_settings(
        guest.provider.origin,
        authorization_endpoint=f"{evil.origin}/authorize",
        token_endpoint=f"{evil.origin}/token",
        jwks_uri=f"{guest.provider.origin}/keys",
    )


def test_76_who_has_no_time_left_does_not_use_up_the_request(provider: OpenID) -> None:
    """A tenant's own slow token endpoint could otherwise keep new keys from all others."""
    url = f"{provider.origin}/keys"
    old = discovery_cache.get(url, KEYS)
    later(PAUSE_SECONDS + 1)
    rotate(provider)

    with deadlines.deadline(READ_SECONDS - 0.1):
        assert discovery_cache.newer(url, KEYS, old) is None
    with deadlines.deadline():
        assert discovery_cache.newer(url, KEYS, old) is not None


def test_76_when_the_keys_cannot_be_had_the_old_ones_go_on(guest: Guest) -> None:
    signed_in(guest.sign_in())
    later(PAUSE_SECONDS + 1)
    guest.provider.status["/keys"] = "500 Oops"
    guest.provider.signing_key = OTHER_KEY
    assert guest.sign_in().status_code == 400
    guest.provider.signing_key = KEY

    signed_in(guest.sign_in())


@pytest.mark.django_db(transaction=True)
def test_76_a_crowd_waits_for_one_request(provider: OpenID) -> None:
    def slowly(peer: Peer) -> None:
        time.sleep(0.3)
        provider.treat(peer)

    url = f"{provider.origin}/keys"
    old = discovery_cache.get(url, KEYS)
    later(PAUSE_SECONDS + 1)
    rotate(provider)
    provider.server.treat = slowly

    found = all_at_once([lambda: discovery_cache.newer(url, KEYS, old)] * 8)

    assert [each and each["keys"][0]["n"] for each in found] == [jwk(OTHER_KEY)["n"]] * 8
    assert provider.calls("/keys") == 2


def test_76_what_was_asked_is_forgotten(provider: OpenID, monkeypatch: pytest.MonkeyPatch) -> None:
    copies = DiscoveryCache()
    addresses = [f"{provider.origin}/keys?{number}" for number in range(5)]
    provider.raw = {f"/keys?{number}": b'{"keys": []}' for number in range(5)}
    for each in addresses:
        copies.get(each, KEYS)
    provider.status = {f"/keys?{number}": "500 Oops" for number in range(5)}
    for each in addresses:
        copies.get(each, KEYS, within=0)
    assert len(copies._asked) == 5
    monkeypatch.setattr(keeping, "PAUSE_SECONDS", 0)

    copies.get(addresses[0], KEYS, within=0)

    assert len(copies._asked) == 1
    assert not copies._fetching


def test_76_addresses_that_never_answer_leave_nothing_behind(provider: OpenID) -> None:
    copies = DiscoveryCache()
    provider.status = {f"/keys?{number}": "404 Gone" for number in range(3)}
    provider.raw = dict.fromkeys(provider.status, b"")
    for number in range(3):
        with pytest.raises(keeping.SignInFailed):
            copies.get(f"{provider.origin}/keys?{number}", KEYS)

    assert not copies._asked
    assert not copies._copies
    assert not copies._fetching


def test_only_what_is_used_of_a_document_is_kept(provider: OpenID) -> None:
    provider.discovery["more"] = "x" * 100_000
    provider.keys = [jwk(KEY, x5c=["x" * 100_000], d="AAAA"), *[jwk(KEY)] * 100]

    discovery = discovery_cache.get(
        f"{provider.origin}/.well-known/openid-configuration", DISCOVERY
    )
    keys = discovery_cache.get(f"{provider.origin}/keys", KEYS)

    assert "more" not in discovery
    assert [set(each) for each in keys["keys"]] == [{"kty", "n", "e", "kid", "use", "alg"}] * 50


def test_one_address_may_hold_documents_of_two_kinds(provider: OpenID) -> None:
    kinds = [KEYS, Kind("openid-other-1", lambda response: {"length": len(response.content)})]
    first, second = (discovery_cache.get(f"{provider.origin}/keys", kind) for kind in kinds)

    assert set(first) == {"keys"}
    assert set(second) == {"length"}
    assert discovery_cache.latest(f"{provider.origin}/keys", METADATA) is None


# --- changes at the provider ------------------------------------------------------------------


def move(provider: OpenID, name: str, path: str) -> None:
    """Serve an endpoint at another path, and answer 404 at the one that it had."""
    former = provider.treat
    old, provider.discovery[name] = path, f"{provider.origin}/new{path}"

    def treat(peer: Peer) -> None:
        if peer.path == old:
            peer.answer(b"<html>", status="404 Not Found")
            return
        peer.head = peer.head.replace(" /new/", " /", 1)
        former(peer)

    provider.server.treat = treat


@pytest.mark.parametrize(
    ("name", "path"),
    [("token_endpoint", "/token"), ("userinfo_endpoint", "/userinfo"), ("jwks_uri", "/keys")],
)
def test_an_endpoint_that_has_moved_is_found_during_the_sign_in(
    guest: Guest, name: str, path: str
) -> None:
    guest.provider.profile = {"sub": "person-1"}
    signed_in(guest.sign_in())
    later(PAUSE_SECONDS + 1)
    move(guest.provider, name, path)
    if name == "jwks_uri":
        rotate(guest.provider)

    signed_in(guest.sign_in())

    assert guest.provider.calls(f"/new{path}") == 1


def test_an_endpoint_that_is_gone_asks_for_the_document_once_in_ten_seconds(guest: Guest) -> None:
    signed_in(guest.sign_in())
    later(PAUSE_SECONDS + 1)
    guest.provider.status["/token"] = "404 Not Found"
    guest.provider.token = {"access_token": ABSENT, "error": "not_found"}

    for _time in range(3):
        guest.sign_in()

    assert guest.provider.calls("/.well-known/openid-configuration") == 2
    last = SignIn.objects.latest("pk").facts
    assert (last["request"], last["status"]) == (f"POST {guest.provider.origin}/token", "404")


def test_a_block_that_reads_anew_asks_again_but_not_twice_a_second(provider: OpenID) -> None:
    url = f"{provider.origin}/keys"
    discovery_cache.get(url, KEYS)
    later(ANEW_SECONDS + 1)
    rotate(provider)

    with bypass_cache():
        found = [discovery_cache.get(url, KEYS) for _time in range(3)]

    assert [each["keys"][0]["n"] for each in found] == [jwk(OTHER_KEY)["n"]] * 3
    assert provider.calls("/keys") == 2


def test_a_block_that_reads_anew_takes_no_old_copy_where_the_document_is_gone(
    provider: OpenID,
) -> None:
    url = f"{provider.origin}/keys"
    discovery_cache.get(url, KEYS)
    later(ANEW_SECONDS + 1)
    provider.status["/keys"] = "404 Not Found"

    with bypass_cache(), pytest.raises(keeping.SignInFailed, match="unexpected_status"):
        discovery_cache.get(url, KEYS)


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
def test_a_block_that_reads_anew_takes_the_old_copy_where_the_server_is_busy(
    provider: OpenID, status: str
) -> None:
    url = f"{provider.origin}/keys"
    known = discovery_cache.get(url, KEYS)
    later(ANEW_SECONDS + 1)
    provider.status["/keys"] = status

    with bypass_cache():
        assert discovery_cache.get(url, KEYS) == known
    assert provider.calls("/keys") == 2


def worker(listeners: list[ProjectHosts]) -> DiscoveryCache:
    """The copies of a process that listens."""
    hosts, copies = ProjectHosts(), DiscoveryCache()
    hosts.listener.subscribe(Subscription(CHANNEL, copies.hear_change, copies.hear_anything))
    copies.hears_changes = hosts.hears_changes
    listeners.append(hosts)
    wait_until(hosts.hears_changes)
    return copies


def statements_of(look: Callable[[], object]) -> int:
    with CaptureQueriesContext(database) as captured:
        look()
    return len(captured)


@pytest.mark.django_db(transaction=True)
def test_a_change_reaches_the_other_workers_within_a_second(
    provider: OpenID, settings: Any
) -> None:
    settings.KEPT_PAGES_BYTES = 1024 * 1024
    url, listeners = f"{provider.origin}/keys", []
    try:
        mine, theirs = worker(listeners), worker(listeners)
        mine.get(url, KEYS)
        theirs.get(url, KEYS)
        rotate(provider)

        mine.get(url, KEYS, within=0)

        new = mine.get(url, KEYS)
        wait_until(lambda: theirs.get(url, KEYS) == new)
        # The announcement may come after the first look at the shared copy.
        wait_until(lambda: statements_of(lambda: theirs.get(url, KEYS)) == 0)
        assert provider.calls("/keys") == 2
    finally:
        for each in listeners:
            each.listener.stop()


def test_a_worker_that_hears_nothing_looks_at_the_shared_copy(
    provider: OpenID, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, mine, theirs = f"{provider.origin}/keys", DiscoveryCache(), DiscoveryCache()
    theirs.get(url, KEYS)
    rotate(provider)
    mine.get(url, KEYS, within=0)
    monkeypatch.setattr(keeping, "UNHEARD_SECONDS", 0)

    assert theirs.get(url, KEYS) == mine.get(url, KEYS)
    assert provider.calls("/keys") == 2


# --- SAML -------------------------------------------------------------------------------------

URL = "https://idp.example.com/metadata"


@pytest.fixture
def idp() -> IdentityProvider:
    return IdentityProvider()


@pytest.fixture
def metadata(idp: IdentityProvider, settings: Any) -> Iterator[Server]:
    """The provider publishes its metadata at its own host."""
    with serving(lambda peer: peer.answer(idp.metadata)) as server:
        settings.MENKOU_MOVED_ENDPOINTS = {"https://idp.example.com": server.origin}
        yield server


@pytest.fixture
def saml_guest(project: Project, idp: IdentityProvider, metadata: Server) -> SAMLGuest:
    return SAMLGuest(connect_saml(project, idp, metadata_url=URL), idp)


def test_76_a_certificate_that_is_replaced_is_found_at_once(
    saml_guest: SAMLGuest, idp: IdentityProvider, metadata: Server
) -> None:
    signed_in(saml_guest.sign_in())
    later(PAUSE_SECONDS + 1)
    idp.keys = pair("new.example.com")

    signed_in(saml_guest.sign_in(Answer(signed_by=idp.keys)))

    assert len(metadata.calls) == 2


def test_76_forged_responses_ask_for_metadata_once_in_ten_seconds(
    saml_guest: SAMLGuest, metadata: Server
) -> None:
    signed_in(saml_guest.sign_in())
    later(PAUSE_SECONDS + 1)

    for _time in range(3):
        answer = saml_guest.sign_in(Answer(signed_by=pair("evil.example.com")))
        assert answer.status_code == 400

    assert len(metadata.calls) == 2
    assert set(SignIn.objects.values_list("cause", flat=True)) == {"", "signature"}


def test_76_without_an_address_nobody_is_asked(
    project: Project, idp: IdentityProvider, metadata: Server
) -> None:
    guest = SAMLGuest(connect_saml(project, idp), idp)

    assert guest.sign_in(Answer(signed_by=pair("evil.example.com"))).status_code == 400
    assert metadata.calls == []
