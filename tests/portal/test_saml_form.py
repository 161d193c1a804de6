"""The form of a SAML connection: metadata in three ways, certificates, and our own key."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from connections.models import Connection, StoredSecret
from connections.protocols.oidc.discovery_cache import discovery_cache
from projects.models import Project
from tests.cast import client_of, open_secret
from tests.connections.servers import Peer, Server, serving
from tests.portal.page_reader import Page
from tests.rows import each_row
from tests.saml import IdentityProvider, pair

ADD = "/projects/acme/connections/add/saml/"
EDIT = "/projects/acme/connections/saml/"
UNSPECIFIED = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"


@pytest.fixture
def idp(db: None) -> Iterator[IdentityProvider]:
    discovery_cache.clear()
    cache.clear()
    yield IdentityProvider()
    discovery_cache.clear()


def typed(**values: str) -> dict[str, str]:
    return {"name_id_format": UNSPECIFIED, "alias": "saml", "enabled": "on", **values}


def by_hand(idp: IdentityProvider, **values: str) -> dict[str, str]:
    return typed(
        **{
            "entity_id": idp.entity_id,
            "sso_url": idp.sso_url,
            "certificates": idp.keys.pem,
            **values,
        }
    )


def settings_of_saved(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 302, Page(answer).errors
    return Connection.objects.get().settings


def test_metadata_that_was_pasted_fills_the_fields_and_is_not_kept(
    as_owner: Client, project: Project, idp: IdentityProvider
) -> None:
    saved = settings_of_saved(as_owner.post(ADD, typed(metadata_xml=idp.metadata.decode())))

    assert (saved["entity_id"], saved["sso_url"]) == (idp.entity_id, idp.sso_url)
    assert saved["certificates"] == idp.keys.pem
    assert "metadata_xml" not in saved


@each_row(
    "pasted",
    [
        lambda pem: "".join(pem.splitlines()[1:-1]),
        lambda pem: pem.replace("\n", "\\n"),
        lambda pem: pem.replace("\n", "\\r\\n"),
        lambda pem: f'"{pem}"',
        lambda pem: pem.replace("\n", " "),
        lambda pem: f"\ufeff{pem}\u200b",
        lambda pem: pem.replace("-----", "–––––"),
        lambda pem: pem.replace("CERTIFICATE", "X509 CERTIFICATE"),
    ],
    undo=True,
)
def test_three_fields_will_do_however_the_certificate_is_pasted(
    as_owner: Client, project: Project, idp: IdentityProvider, pasted: Callable[[str], str]
) -> None:
    saved = settings_of_saved(
        as_owner.post(ADD, by_hand(idp, certificates=pasted(idp.keys.pem.strip())))
    )

    assert saved["certificates"] == idp.keys.pem


def test_a_connection_gets_a_key_of_its_own_that_nobody_sees_and_saving_keeps_it(
    as_owner: Client, project: Project, idp: IdentityProvider
) -> None:
    as_owner.post(ADD, by_hand(idp))
    connection = Connection.objects.get()
    key = open_secret(connection, "client_secret")

    answer = as_owner.post(EDIT, by_hand(idp, name_attribute="cn"))

    assert answer.status_code == 302
    assert key.startswith("-----BEGIN PRIVATE KEY-----")
    assert open_secret(connection, "client_secret") == key
    now = Connection.objects.get().settings
    assert now["own_certificate"] == connection.settings["own_certificate"]
    assert now["name_attribute"] == "cn"
    assert "PRIVATE" not in as_owner.get(EDIT).content.decode()


@each_row(
    "values, field, code",
    [
        ({"entity_id": ""}, "entity_id", "Enter this as well"),
        ({"sso_url": "http://idp.example.com/sso"}, "sso_url", "https://"),
        (
            {"sso_url": "http://acme.login.test/sso/oauth2/callback/saml"},
            "sso_url",
            "https://",
        ),
        ({"certificates": "MIIC nothing"}, "certificates", "not a certificate"),
        ({"certificates": pair("weak", bits=1024).pem}, "certificates", "too weak"),
        (
            {"entity_id": "http://acme.login.test/sso/saml/metadata"},
            "entity_id",
            "our own entity ID",
        ),
        ({"metadata_xml": "<a/>"}, "metadata_xml", "does not describe an identity provider"),
        ({"metadata_xml": "<!DOCTYPE a><a/>"}, "metadata_xml", "not metadata of SAML 2.0"),
        (
            {"metadata_url": "https://127.0.0.1/metadata"},
            "metadata_url",
            "private network",
        ),
    ],
    undo=True,
)
def test_what_is_wrong_is_said_at_its_field(
    as_owner: Client,
    project: Project,
    idp: IdentityProvider,
    values: dict[str, str],
    field: str,
    code: str,
) -> None:
    page = as_owner.post(ADD, by_hand(idp, **values)).content.decode()

    said = re.search(rf'id="id_{field}_error".*?</div>', page, re.DOTALL)
    assert said
    assert code in said[0]
    assert not Connection.objects.exists()


def test_our_own_metadata_is_told_from_the_providers(
    as_owner: Client, project: Project, idp: IdentityProvider
) -> None:
    as_owner.post(ADD, by_hand(idp))
    ours = client_of(project.host).get("/sso/saml/metadata").content.decode()

    page = as_owner.post(ADD, typed(alias="second", metadata_xml=ours)).content.decode()

    assert "The metadata does not describe an identity provider" in page


def test_a_private_key_that_was_pasted_is_neither_kept_nor_shown(
    as_owner: Client, project: Project, idp: IdentityProvider
) -> None:
    key = pair("mistake").key_pem

    page = as_owner.post(ADD, by_hand(idp, certificates=key)).content.decode()

    assert "This is a private key, so it was not saved." in page
    assert key.splitlines()[3] not in page
    assert not StoredSecret.objects.exists()


@pytest.mark.parametrize(("days", "word"), [(20, "expires on"), (-3, "expired on")])
def test_a_certificate_near_its_end_is_warned_of_before_saving(
    as_owner: Client, project: Project, days: int, word: str
) -> None:
    idp = IdentityProvider(keys=pair("old.example.com", days=days))

    page = as_owner.post(ADD, by_hand(idp)).content.decode()

    assert f"The certificate of old.example.com {word}" in page
    assert not Connection.objects.exists()


def test_the_page_shows_when_each_certificate_ends(
    as_viewer: Client, as_owner: Client, project: Project
) -> None:
    soon, later = pair("soon.example.com", days=20), pair("later.example.com", days=400)
    values = by_hand(IdentityProvider(), certificates=f"{soon.pem}\n{later.pem}")
    page = as_owner.post(ADD, values).content.decode()
    codes = re.search(r'name="accept_warnings" value="([^"]+)"', page)
    assert codes
    assert as_owner.post(ADD, {**values, "accept_warnings": codes[1]}).status_code == 302

    page = " ".join(as_viewer.get(EDIT).content.decode().split())

    section = page[page.index('id="section-endings"') :]
    section = section[: section.index("</section>")]
    assert re.findall(r'class="label">(.*?)<', section) == [
        "Identity provider: soon.example.com",
        "Identity provider: later.example.com",
        "Our certificate for signing requests",
    ]
    assert section.count("badge-warning") == 1
    day = datetime.now(UTC) + timedelta(days=400)
    assert f"Expires on {day.day} {day:%b} {day.year}" in section


# --- by an address ----------------------------------------------------------------------------


@pytest.fixture
def served(idp: IdentityProvider, settings: Any) -> Iterator[tuple[IdentityProvider, Server]]:
    """The provider publishes its metadata at its own host."""
    with serving(lambda peer: publish(idp, peer)) as server:
        settings.MENKOU_MOVED_ENDPOINTS = {"https://idp.example.com": server.origin}
        yield idp, server


def publish(idp: IdentityProvider, peer: Peer) -> None:
    peer.answer(idp.metadata)


URL = "https://idp.example.com/metadata"


def test_a_new_certificate_in_the_metadata_is_known_within_the_hour_and_shown(
    as_owner: Client, project: Project, served: tuple[IdentityProvider, Server]
) -> None:
    idp, server = served
    settings_of_saved(as_owner.post(ADD, typed(metadata_url=URL)))
    idp.keys = pair("new.example.com")
    discovery_cache.clear()
    cache.clear()

    answer = client_of(project.host).post(
        "/sso/saml/start", headers={"origin": f"http://{project.host}"}
    )

    assert answer.status_code == 302
    assert len(server.calls) == 2
    assert "Identity provider: new.example.com" in as_owner.get(EDIT).content.decode()


def test_an_address_that_speaks_of_another_provider_now_signs_nobody_in(
    as_owner: Client, project: Project, served: tuple[IdentityProvider, Server]
) -> None:
    idp, _server = served
    settings_of_saved(as_owner.post(ADD, typed(metadata_url=URL)))
    idp.entity_id = "https://evil.example.com/saml"
    discovery_cache.clear()
    cache.clear()

    answer = client_of(project.host).post(
        "/sso/saml/start", headers={"origin": f"http://{project.host}"}
    )

    assert answer.status_code == 503
    connection = Connection.objects.get()
    assert [*connection.sign_ins.values_list("cause", flat=True)] == ["metadata_entity"]


@each_row(
    "entity_id, expected",
    [
        ("https://idp.example.com/saml", "saml:https://idp.example.com/saml"),
        ("https://sts.example.net/tenant", ""),
        ("urn:example:idp", ""),
    ],
)
def test_a_name_counts_everywhere_only_where_its_own_host_says_so(
    entity_id: str, expected: str
) -> None:
    from connections.providers.saml import namespace

    settings = {"metadata_url": URL, "entity_id": entity_id, "subject_attribute": ""}
    assert namespace(settings) == expected
    # Two attributes may both say 17.
    by_attribute = namespace({**settings, "subject_attribute": "employee"})
    assert by_attribute == (f"{expected}#2fdc0177" if expected else "")
    assert namespace({"metadata_url": "", "entity_id": entity_id}) == ""


def test_metadata_that_has_ended_is_refused(
    as_owner: Client, project: Project, idp: IdentityProvider
) -> None:
    ended = (timezone.now() - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    xml = idp.metadata.decode().replace(" entityID=", f' validUntil="{ended}" entityID=', 1)

    page = as_owner.post(ADD, typed(metadata_xml=xml)).content.decode()

    assert "The metadata is no longer valid" in page
