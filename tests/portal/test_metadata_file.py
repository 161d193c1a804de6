"""A metadata file that is uploaded: what is in it, what is wrong with it, and what is not lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from connections.models import Connection, StoredSecret
from connections.services import change_connection, delete_connection
from projects.models import Project, User
from tests.cast import client_of, proposal
from tests.portal.page_reader import Page, said_in
from tests.rows import each_row
from tests.saml import IdentityProvider, pair

ADD = "/projects/acme/connections/add/saml/"
EDIT = "/projects/acme/connections/saml/"
UNSPECIFIED = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
TAKEN = "Taken from the file idp.xml."


@pytest.fixture(scope="module")
def idp() -> IdentityProvider:
    return IdentityProvider()


def file(content: str | bytes, name: str = "idp.xml") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)


def form(content: str | bytes = b"", **values: Any) -> dict[str, Any]:
    """What a browser sends; without a file it sends an empty field."""
    chosen = {"metadata_file": file(content) if content else ""}
    return {"name_id_format": UNSPECIFIED, "alias": "saml", "enabled": "on", **chosen, **values}


def shown(answer: Any, name: str) -> str:
    """What a field of the page shows, letter by letter."""
    return str(answer.context["form"][name].value())


def declared(idp: IdentityProvider, encoding: str) -> str:
    document = idp.metadata.decode().rpartition("?>")[2].strip()
    return f'<?xml version="1.0" encoding="{encoding}"?>\n{document}'


def test_the_page_takes_a_file(as_owner: Client, project: Project) -> None:
    page = Page(as_owner.get(ADD))

    chooser = page.one("input", name="metadata_file")
    assert chooser.attributes["type"] == "file"
    assert "hx-post" not in chooser.attributes
    assert page.one("form", **{"data-changes-form": ""}).attributes["enctype"] == (
        "multipart/form-data"
    )
    assert page.one("form", **{"data-changes-form": ""}).attributes["hx-params"] == (
        "not seen,kept,metadata_file"
    )


def test_a_file_fills_the_fields_and_is_not_kept(
    as_owner: Client, project: Project, idp: IdentityProvider
) -> None:
    answer = as_owner.post(ADD, form(idp.metadata), follow=True)

    saved = Connection.objects.get().settings
    assert (saved["entity_id"], saved["certificates"]) == (idp.entity_id, idp.keys.pem)
    assert not saved.keys() & {"metadata_file", "metadata_xml"}
    assert f"Metadata (XML): {TAKEN}" in Page(answer).messages


@each_row(
    "written",
    [
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.replace("utf-8", "utf-16").encode("utf-16"),
        # What Windows makes of the output of a command; the declaration goes on saying utf-8.
        lambda text: text.replace("\n", "\r\n").encode("utf-16"),
        lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
        lambda text: text.replace("utf-8", "iso-8859-1").encode(),
    ],
    undo=True,
)
def test_a_file_is_read_as_it_was_written(
    as_owner: Client, project: Project, idp: IdentityProvider, written: Callable[[str], bytes]
) -> None:
    as_owner.post(ADD, form(written(declared(idp, "utf-8"))))

    assert Connection.objects.get().settings["entity_id"] == idp.entity_id


def test_what_was_copied_from_such_a_file_may_be_pasted_as_well(
    as_owner: Client, project: Project, idp: IdentityProvider
) -> None:
    pasted = "\ufeff" + declared(idp, "utf-16")

    as_owner.post(ADD, form(metadata_xml=pasted))

    assert Connection.objects.get().settings["entity_id"] == idp.entity_id


BOMB = '<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]><a>&d;</a>'
OUTSIDE = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
NOT_METADATA = "This is not metadata of SAML 2.0, or it has a document type of its own."
NOT_TEXT = (
    "This is not a UTF-8 text file. Download it again and choose it without opening or editing it."
)


@each_row("language", ["en", "zh-hans"])
@each_row(
    "content, said",
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00", NOT_TEXT),
        (b"\x00\x01", NOT_TEXT),
        ("<a>门口</a>".encode("gb18030"), NOT_TEXT),
        ("<a/>".encode("utf-16-le"), NOT_TEXT),
        (b"\xff\xfe<", NOT_TEXT),
        (b"nothing of the kind", NOT_METADATA),
        (b"{}", NOT_METADATA),
        (BOMB.encode(), NOT_METADATA),
        (BOMB.encode("utf-16"), NOT_METADATA),
        (OUTSIDE.encode(), NOT_METADATA),
        (b"<a/>", "The metadata does not describe an identity provider (IDPSSODescriptor)."),
    ],
    undo=True,
)
def test_what_is_wrong_with_a_file_is_said_beside_it_and_what_was_typed_stays(
    as_owner: Client, project: Project, content: bytes, said: str, language: str
) -> None:
    typed = {"metadata_xml": "<typed/>", "entity_id": "urn:typed", "label_en": "Typed"}

    answer = as_owner.post(ADD, form(content, **typed), headers={"accept-language": language})

    page = Page(answer)
    assert page.all_errors().keys() == {"metadata_file"}
    assert page.errors("metadata_file")[0].startswith(said_in(language, said))
    assert {name: shown(answer, name) for name in typed} == typed
    assert not Connection.objects.exists()


@each_row("language", ["en", "zh-hans"])
@each_row("size", [200_001, 400_000], undo=True)
def test_a_file_that_is_too_large_is_told_so_beside_it(
    as_owner: Client, project: Project, size: int, language: str
) -> None:
    answer = as_owner.post(
        ADD, form(b"x" * size, metadata_xml="<typed/>"), headers={"accept-language": language}
    )

    said = (
        "This file is larger than %(size)s kB, so it is probably not the right one. Choose "
        "another file."
    )
    assert Page(answer).all_errors() == {
        "metadata_file": [said_in(language, said).replace("%(size)s", "200")]
    }
    assert shown(answer, "metadata_xml") == "<typed/>"


def test_an_empty_file_is_told_so(as_owner: Client, project: Project) -> None:
    answer = as_owner.post(ADD, {**form(), "metadata_file": file(b"")})

    assert Page(answer).errors("metadata_file") == ["The submitted file is empty."]


def test_what_no_form_of_ours_sends_is_refused_whole(as_owner: Client, project: Project) -> None:
    too_large = as_owner.post(ADD, form(b"x" * 600_000))
    two = as_owner.post(ADD, {**form(b"<a/>"), "another": file(b"<a/>")})

    assert (too_large.status_code, two.status_code) == (413, 400)


def test_a_nul_is_a_bad_request_however_it_is_wrapped(as_owner: Client, project: Project) -> None:
    part = 'Content-Disposition: form-data; name="entity_id"\r\nContent-Transfer-Encoding: base64'

    answer = as_owner.generic(
        "POST", ADD, f"--B\r\n{part}\r\n\r\nAAAA\r\n--B--\r\n", "multipart/form-data; boundary=B"
    )

    assert (answer.status_code, answer.content) == (400, b"Bad request.\n")


def test_a_file_goes_before_what_was_pasted(
    as_owner: Client, project: Project, idp: IdentityProvider
) -> None:
    other = IdentityProvider(entity_id="https://other.example.com/saml").metadata.decode()

    as_owner.post(ADD, form(idp.metadata, metadata_xml=other))

    assert Connection.objects.get().settings["entity_id"] == idp.entity_id


def test_a_file_and_an_address_are_one_too_many(
    as_owner: Client, project: Project, idp: IdentityProvider
) -> None:
    answer = as_owner.post(ADD, form(idp.metadata, metadata_url="https://idp.example.com/m"))

    page = Page(answer)
    assert page.all_errors() == {
        "metadata_xml": ["Leave this empty, or remove the metadata URL above."]
    }
    assert shown(answer, "metadata_xml") == idp.metadata.decode().strip()
    assert page.notices("metadata_xml") == [TAKEN]


def test_what_is_in_the_file_comes_back_with_the_form_and_is_sent_again(
    as_owner: Client, project: Project
) -> None:
    """A warning stops the first save; the browser has forgotten the file by then."""
    idp = IdentityProvider(keys=pair("old.example.com", days=20))
    answer = as_owner.post(ADD, form(idp.metadata))
    assert not Connection.objects.exists()

    again = {"metadata_xml": shown(answer, "metadata_xml")}
    as_owner.post(ADD, form(**again, accept_warnings=Page(answer).accepts))

    assert Connection.objects.get().settings["entity_id"] == idp.entity_id


def test_a_private_key_that_was_chosen_is_neither_kept_nor_shown(
    as_owner: Client, project: Project
) -> None:
    key = pair("mistake").key_pem

    answer = as_owner.post(ADD, form(key))

    assert Page(answer).errors("metadata_file") == [
        "This is a private key, so it was not saved. It stays at the provider. Paste the "
        "certificate."
    ]
    assert key.splitlines()[3] not in answer.content.decode()
    assert not StoredSecret.objects.exists()


def test_a_files_name_is_text_and_nothing_else(
    as_owner: Client, project: Project, idp: IdentityProvider
) -> None:
    chosen = file(idp.metadata, "<script>\u202elmx.exe")

    answer = as_owner.post(
        ADD, {**form(), "metadata_file": chosen, "metadata_url": "https://idp.example.com/m"}
    )

    assert Page(answer).notices("metadata_xml") == ["Taken from the file <script>lmx.exe."]
    assert "<script>lmx" not in answer.content.decode()


class TestSomebodyElse:
    @pytest.fixture
    def connection(self, as_owner: Client, project: Project, idp: IdentityProvider) -> Connection:
        as_owner.post(ADD, form(idp.metadata))
        return Connection.objects.select_related("project").get()

    def test_who_was_faster_does_not_cost_the_file(
        self, as_owner: Client, owner: User, connection: Connection
    ) -> None:
        seen = as_owner.get(EDIT).context["seen"]
        change_connection(
            connection,
            proposal=proposal(
                alias="saml", settings={**connection.settings, "name_attribute": "cn"}, secrets={}
            ),
            actor=owner,
        )
        mine = IdentityProvider(entity_id="https://new.example.com/saml").metadata.decode()

        answer = as_owner.post(EDIT, form(mine, seen=seen))

        assert answer.status_code == 409
        assert shown(answer, "metadata_xml") == mine.strip()
        assert shown(answer, "name_attribute") == "cn"

    def test_who_deleted_it_does_not_cost_the_file(
        self, as_owner: Client, owner: User, connection: Connection, idp: IdentityProvider
    ) -> None:
        seen = as_owner.get(EDIT).context["seen"]
        delete_connection(connection, actor=owner)

        answer = as_owner.post(EDIT, form(idp.metadata, seen=seen))

        assert answer.status_code == 410
        assert "EntityDescriptor" in answer.content.decode()

    def test_viewers_are_not_told_of_fields_that_keep_nothing(
        self, as_viewer: Client, connection: Connection
    ) -> None:
        page = Page(as_viewer.get(EDIT))

        labels = [each.text for each in page.every("dt")]
        assert "Entity ID of the identity provider (Issuer)" in labels
        assert not {"Metadata file", "Metadata (XML)"} & set(labels)


def test_strangers_may_send_files_as_little_as_anything_else(project: Project) -> None:
    answer = client_of("portal.test").post(ADD, form(b"<a/>"))

    assert answer.status_code == 302
    assert answer["location"].startswith("/login")
