"""SAML: what is signed, for us, now, in answer to our request, signs in; nothing else does."""

from __future__ import annotations

import base64
import functools
import re
from collections.abc import Iterator
from copy import deepcopy
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import xmlsec
from django.core.cache import cache
from lxml import etree

from connections.configured import definition_of
from connections.models import Connection, Identity, SignIn
from connections.protocols.oidc.discovery_cache import discovery_cache
from connections.protocols.saml.certificates import new_key_pair
from connections.protocols.saml.metadata import parse_time
from connections.protocols.saml.response import TIMES
from connections.secrets import seal_secret
from connections.values.failures import SignInFailed
from projects.models import Project, User
from tests.cast import client_of
from tests.connections.sign_in_assertions import (
    assert_allauth_keeps_nothing,
    assert_nobody_is_known,
)
from tests.rows import each_row
from tests.saml import (
    NAMES,
    PERSISTENT,
    RSA_SHA1,
    SAMLP,
    SHA1,
    Answer,
    IdentityProvider,
    encrypt,
    pair,
    query_of,
)

CLASS = "urn:oasis:names:tc:SAML:2.0:nameid-format:"
EVIL = "admin"


@functools.cache
def key_of(host: str) -> tuple[str, str]:
    """Our own key for a host; making one takes long."""
    return new_key_pair(host)


def connect(project: Project, idp: IdentityProvider, **changes: Any) -> Connection:
    """A saved connection to the provider, by values that somebody typed."""
    key, certificate = key_of(project.host)
    settings = {
        "metadata_url": "",
        "entity_id": idp.entity_id,
        "sso_url": idp.sso_url,
        "certificates": idp.keys.pem,
        "name_id_format": PERSISTENT,
        "subject_attribute": "",
        "email_attribute": "",
        "name_attribute": "",
        "own_certificate": certificate,
        **changes,
    }
    alias = changes.pop("alias", "saml")
    settings.pop("alias", None)
    connection = Connection.objects.create(
        project=project, provider="saml", alias=alias, settings=settings
    )
    seal_secret(connection, field="client_secret", value=key, actor=None)  # type: ignore[arg-type]
    return connection


class Guest:
    """A browser of somebody who signs in by a SAML connection."""

    def __init__(self, connection: Connection, idp: IdentityProvider) -> None:
        self.connection = connection
        self.idp = idp
        self.host = connection.project.host
        self.client = client_of(self.host)
        self.query: dict[str, str] = {}
        idp.learn(self.client.get(f"/sso/{connection.alias}/metadata").content)

    def press(self) -> dict[str, str]:
        answer = self.client.post(
            f"/sso/{self.connection.alias}/start", headers={"origin": f"http://{self.host}"}
        )
        assert answer.status_code == 302, SignIn.objects.values_list("cause")
        self.query = query_of(answer.headers["location"])
        return self.query

    def post(self, response: str, *, state: str = "") -> Any:
        """Arrive with the provider's form, and go on as the browser does."""
        sent = client_of(self.host).post(
            self.connection.callback_path,
            {"SAMLResponse": response, "RelayState": state or self.query["RelayState"]},
            headers={"origin": "https://idp.example.com"},
        )
        assert sent.status_code == 303
        return self.client.get(sent.headers["location"])

    def sign_in(self, answer: Answer | None = None) -> Any:
        self.press()
        return self.post(self.idp.respond(self.query, answer or Answer()))


@pytest.fixture
def idp(db: None) -> Iterator[IdentityProvider]:
    discovery_cache.clear()
    cache.clear()
    yield IdentityProvider()
    discovery_cache.clear()


@pytest.fixture
def guest(project: Project, idp: IdentityProvider) -> Guest:
    return Guest(connect(project, idp), idp)


def assert_refused(answer: Any, cause: str) -> None:
    assert [*SignIn.objects.values_list("cause", flat=True)] == [cause]
    assert answer.status_code in {200, 400, 403, 503}
    assert_nobody_is_known()


def signed_in(answer: Any) -> User:
    assert (answer.status_code, answer.headers.get("location")) == (302, "/account"), (
        SignIn.objects.values_list("cause")
    )
    person = SignIn.objects.latest("pk").user
    assert person is not None
    return person


# --- what holds -------------------------------------------------------------------------------


def test_whoever_the_provider_names_is_signed_in_with_an_address_that_nobody_proved(
    guest: Guest,
) -> None:
    person = signed_in(guest.sign_in())

    assert (person.name, person.address, person.address_verified) == (
        "Ada",
        "ada@example.com",
        False,
    )
    identity = Identity.objects.get()
    assert (identity.namespace, identity.subject) == (
        definition_of(guest.connection).own_namespace(
            guest.connection.pk, guest.connection.settings
        ),
        "f3a9-ada",
    )
    assert_allauth_keeps_nothing()


def test_the_provider_finds_our_request_signed_and_for_itself(guest: Guest) -> None:
    asked = guest.idp.asked(guest.press())

    assert asked.destination == guest.idp.sso_url
    assert asked.issuer.text == f"http://{guest.host}/sso/saml/metadata"
    assert asked.assertion_consumer_service_url == f"http://{guest.host}/sso/oauth2/callback/saml"
    assert asked.name_id_policy.format == PERSISTENT


def test_a_request_that_somebody_changed_is_not_ours(guest: Guest) -> None:
    query = guest.press()

    with pytest.raises(Exception, match="not signed correctly"):
        guest.idp.asked({**query, "RelayState": "x" * 32})


@pytest.mark.parametrize(
    "changes",
    [
        {"sign_assertion": True, "sign_response": False},
        {"sign_assertion": False, "sign_response": True},
        {"sign_assertion": True, "sign_response": True},
        {"clock": -45},
        {"clock": 45},
    ],
)
def test_either_signature_will_do_and_a_minute_of_clock(
    guest: Guest, changes: dict[str, Any]
) -> None:
    signed_in(guest.sign_in(Answer(**changes)))


@pytest.mark.parametrize("whole", [True, False])
def test_an_assertion_may_be_encrypted_for_our_certificate(guest: Guest, *, whole: bool) -> None:
    ours = guest.connection.settings["own_certificate"]

    signed_in(
        guest.sign_in(Answer(sign_assertion=not whole, sign_response=whole, encrypt=ours))
        if whole
        else guest.sign_in(
            Answer(after=lambda root: encrypt(root.find("saml:Assertion", NAMES), ours))
        )
    )


def test_while_certificates_change_over_both_will_do(
    project: Project, idp: IdentityProvider
) -> None:
    new = pair("new.example.com")
    guest = Guest(connect(project, idp, certificates=f"{idp.keys.pem}\n{new.pem}"), idp)

    signed_in(guest.sign_in())
    signed_in(guest.sign_in(Answer(signed_by=new)))


def test_an_attribute_can_be_the_id_and_its_name_belongs_to_it(
    project: Project, idp: IdentityProvider
) -> None:
    guest = Guest(connect(project, idp, subject_attribute="employee"), idp)

    signed_in(guest.sign_in(Answer(format=f"{CLASS}transient", attributes={"employee": "17"})))

    identity = Identity.objects.get()
    assert identity.subject == "17"
    assert re.fullmatch(rf"connection:{guest.connection.pk}:[0-9a-f]{{16}}", identity.namespace)
    by_name_id = {**guest.connection.settings, "subject_attribute": ""}
    definition = definition_of(guest.connection)
    assert identity.namespace != definition.own_namespace(guest.connection.pk, by_name_id)


# --- classic attacks --------------------------------------------------------------------------


def tampered(root: Any) -> None:
    root.find(".//saml:NameID", NAMES).text = EVIL


def no_audience(root: Any) -> None:
    conditions = root.find(".//saml:Conditions", NAMES)
    conditions.remove(conditions.find("saml:AudienceRestriction", NAMES))


def other_audience(root: Any) -> None:
    root.find(".//saml:Audience", NAMES).text = "https://other.example/metadata"


def other_recipient(root: Any) -> None:
    data = root.find(".//saml:SubjectConfirmationData", NAMES)
    data.set("Recipient", data.get("Recipient") + "x")


def without(path: str, name: str) -> Any:
    def change(root: Any) -> None:
        del (root if path == "." else root.find(path, NAMES)).attrib[name]

    return change


def in_zone(hours: int, fraction: str = "") -> Any:
    """Write the times as at this offset from UTC."""

    def change(root: Any) -> None:
        for element in root.iter("*"):
            for name in TIMES.intersection(element.keys()):
                time = datetime.fromisoformat(element.get(name))
                there = time.astimezone(timezone(timedelta(hours=hours)))
                zone = f"{there:%z}"
                written = f"{there:%Y-%m-%dT%H:%M:%S}{fraction}{zone[:3]}:{zone[3:]}"
                element.set(name, written)

    return change


def spaced(*names: str) -> Any:
    """Put white space around the texts of these elements."""

    def change(root: Any) -> None:
        for name in names:
            for element in root.iter(f"{{{NAMES['saml']}}}{name}"):
                element.text = f"\n    {element.text}\t "

    return change


@pytest.mark.parametrize(
    "change",
    [
        in_zone(0),
        in_zone(8, ".1234567"),
        in_zone(-5, ".0"),
        spaced("Audience"),
        spaced("Issuer"),
        spaced("NameID", "AttributeValue"),
    ],
)
def test_times_and_white_space_are_read_as_the_schema_says(guest: Guest, change: Any) -> None:
    person = signed_in(guest.sign_in(Answer(before=change)))

    assert person.identities.get().subject == "f3a9-ada"
    assert person.address == "ada@example.com"


@each_row(
    "text, time",
    [
        ("2026-11-28T20:00:00Z", "2026-11-28T20:00:00+00:00"),
        (" 2026-11-28T20:00:00 ", "2026-11-28T20:00:00+00:00"),
        ("2026-11-29T04:00:00.5+08:00", "2026-11-28T20:00:00.500000+00:00"),
        ("2026-11-28T20:00:00.123456789Z", "2026-11-28T20:00:00.123456+00:00"),
        ("2026-11-28T24:00:00Z", "2026-11-29T00:00:00+00:00"),
    ],
)
def test_every_time_of_the_schema_is_read(text: str, time: str) -> None:
    assert parse_time(text, "saml_response").isoformat() == time


@each_row(
    "text",
    [
        "",
        "20261128T200000Z",
        "2026-W48-6T20:00:00Z",
        "2026-11-28 20:00:00Z",
        "2026-11-28T25:00:00Z",
        "2026-11-28T24:00:01Z",
        "9999-12-31T24:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "٢٠٢٦-11-28T20:00:00Z",
        "2026-11-28T20:00:00." + "1" * 500,
    ],
)
def test_no_other_time_is_read(text: str) -> None:
    with pytest.raises(SignInFailed):
        parse_time(text, "saml_response")


@pytest.mark.parametrize("hours", [8, -5])
@pytest.mark.parametrize("clock", [-700, 120])
def test_59_a_time_with_an_offset_is_still_compared(guest: Guest, hours: int, clock: int) -> None:
    assert_refused(guest.sign_in(Answer(before=in_zone(hours), clock=clock)), "clock")


@pytest.mark.parametrize("subject", ["x" * 256, "CN=Ada Lovelace, O=Analytical", "ädä", "李雷"])
def test_a_name_id_is_kept_exactly(guest: Guest, subject: str) -> None:
    assert signed_in(guest.sign_in(Answer(subject=subject))).identities.get().subject == subject


def test_a_name_id_that_is_too_long_is_described(guest: Guest) -> None:
    assert_refused(guest.sign_in(Answer(subject="x" * 257)), "no_subject")
    facts = SignIn.objects.get().facts
    assert (facts["field"], facts["received"]) == ("name_id", "string, length 257")


@pytest.mark.parametrize(
    ("attributes", "name"),
    [
        ({"givenName": "Ada", "sn": "Lovelace"}, "Ada Lovelace"),
        ({"givenName": "雷", "sn": "李"}, "李雷"),
        ({"displayName": "x" * 10_000}, "x" * 64),
        ({"displayName": "\u202eAda", "mail": "x" * 10_000}, "Ada"),
    ],
)
def test_what_is_only_shown_never_ends_a_sign_in(
    guest: Guest, attributes: dict[str, str], name: str
) -> None:
    assert signed_in(guest.sign_in(Answer(attributes=attributes))).name == name


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        pytest.param(Answer(sign_assertion=False), "unsigned", id="unsigned"),
        pytest.param(Answer(after=tampered), "signature", id="tampered"),
        pytest.param(
            Answer(sign_assertion=False, sign_response=True, after=tampered),
            "signature",
            id="tampered response",
        ),
        pytest.param(
            Answer(signed_by=pair("evil.example.com")), "signature", id="other certificate"
        ),
        pytest.param(Answer(sign_alg=RSA_SHA1), "algorithm", id="SHA-1 signature"),
        pytest.param(Answer(digest_alg=SHA1), "algorithm", id="SHA-1 digest"),
        pytest.param(Answer(before=other_audience), "audience", id="other audience"),
        pytest.param(Answer(before=no_audience), "audience", id="no audience"),
        pytest.param(
            Answer(destination="https://other.example/acs"), "destination", id="other destination"
        ),
        pytest.param(Answer(before=other_recipient), "destination", id="recipient like ours"),
        pytest.param(
            Answer(before=without(".//saml:SubjectConfirmationData", "Recipient")),
            "destination",
            id="no recipient",
        ),
        pytest.param(
            Answer(in_response_to="_somebody-elses"), "in_response_to", id="other request"
        ),
        pytest.param(
            Answer(before=without(".", "InResponseTo")), "in_response_to", id="no request"
        ),
        pytest.param(
            Answer(before=without(".//saml:SubjectConfirmationData", "InResponseTo")),
            "in_response_to",
            id="no request in the assertion",
        ),
        pytest.param(Answer(issuer="https://other.example/idp"), "issuer", id="other provider"),
        pytest.param(Answer(clock=-700), "clock", id="expired"),
        pytest.param(Answer(clock=120), "clock", id="not valid yet"),
        pytest.param(
            Answer(before=without(".//saml:SubjectConfirmationData", "NotOnOrAfter")),
            "clock",
            id="without end",
        ),
        pytest.param(Answer(format=f"{CLASS}transient"), "transient", id="transient"),
        pytest.param(Answer(subject="Ada\u200bLovelace"), "no_subject", id="unusable id"),
    ],
)
def test_anything_else_signs_nobody_in(guest: Guest, answer: Answer, cause: str) -> None:
    assert_refused(guest.sign_in(answer), cause)


def test_the_same_answer_counts_once(guest: Guest) -> None:
    guest.press()
    response = guest.idp.respond(guest.query, Answer())
    signed_in(guest.post(response))

    again = guest.post(response)

    assert again.headers["location"] == "/account"
    assert SignIn.objects.count() == 1


def test_yesterdays_answer_does_not_fit_todays_request(guest: Guest) -> None:
    old = guest.idp.respond(guest.press(), Answer())
    guest.press()

    assert_refused(guest.post(old), "in_response_to")


@pytest.mark.parametrize("state", ["", "x" * 32])
def test_what_a_provider_sends_unasked_is_not_accepted(guest: Guest, state: str) -> None:
    response = guest.idp.respond(guest.press(), Answer())

    answer = guest.post(response, state=state or "-")

    assert answer.status_code == 400
    assert_nobody_is_known()


def test_an_assertion_for_one_connection_is_refused_at_another(
    project: Project, idp: IdentityProvider
) -> None:
    first = Guest(connect(project, idp), idp)
    response = idp.respond(first.press(), Answer())
    second = Guest(connect(project, idp, alias="second"), idp)
    second.press()

    assert_refused(second.post(response), "in_response_to")


def test_even_with_the_right_request_id_another_connections_audience_is_refused(
    project: Project, other_project: Project, idp: IdentityProvider
) -> None:
    """A tenant who runs a provider's application of their own asks it with our request's id."""
    there = Guest(connect(other_project, idp), idp)
    foreign = there.press()
    here = Guest(connect(project, idp), idp)
    wanted = here.idp.asked(here.press()).id
    idp.learn(there.client.get("/sso/saml/metadata").content)

    def as_if_here(root: Any) -> None:
        callback = f"http://{here.host}{here.connection.callback_path}"
        root.set("Destination", callback)
        root.find(".//saml:SubjectConfirmationData", NAMES).set("Recipient", callback)

    response = idp.respond(foreign, Answer(in_response_to=wanted, before=as_if_here))

    assert_refused(here.post(response), "audience")


# --- wrapped signatures -----------------------------------------------------------------------
# Somorovsky and others, On Breaking SAML: Be Whoever You Want to Be (USENIX Security 2012).


def evil_copy(assertion: Any, *, new_id: str = "_evil", keep_signature: bool = False) -> Any:
    evil = deepcopy(assertion)
    evil.set("ID", new_id)
    evil.find(".//saml:NameID", NAMES).text = EVIL
    if not keep_signature:
        evil.remove(evil.find("ds:Signature", NAMES))
    return evil


def original_in_signature(root: Any) -> None:
    """The signature moves into a forged assertion, and holds what it signs."""
    assertion = root.find("saml:Assertion", NAMES)
    evil = evil_copy(assertion)
    signature = assertion.find("ds:Signature", NAMES)
    root.replace(assertion, evil)
    assertion.remove(signature)
    evil.insert(1, signature)
    etree.SubElement(signature, f"{{{NAMES['ds']}}}Object").append(assertion)


def forged_first(root: Any) -> None:
    assertion = root.find("saml:Assertion", NAMES)
    assertion.addprevious(evil_copy(assertion))


def forged_last(root: Any) -> None:
    assertion = root.find("saml:Assertion", NAMES)
    assertion.addnext(evil_copy(assertion))


def original_inside_forged(root: Any) -> None:
    assertion = root.find("saml:Assertion", NAMES)
    evil = evil_copy(assertion)
    root.replace(assertion, evil)
    evil.append(assertion)


def original_in_extensions(root: Any) -> None:
    assertion = root.find("saml:Assertion", NAMES)
    root.replace(assertion, evil_copy(assertion))
    extensions = etree.Element(f"{{{SAMLP}}}Extensions")
    root.insert(1, extensions)
    extensions.append(assertion)


def same_id_twice(root: Any) -> None:
    assertion = root.find("saml:Assertion", NAMES)
    evil = evil_copy(assertion, new_id=assertion.get("ID"))
    root.replace(assertion, evil)
    extensions = etree.Element(f"{{{SAMLP}}}Extensions")
    root.insert(1, extensions)
    extensions.append(assertion)


def renamed_original(root: Any) -> None:
    """Only one element is called assertion, and two have its id."""
    assertion = root.find("saml:Assertion", NAMES)
    other = deepcopy(assertion)
    other.tag = "{urn:example}Assertion"
    extensions = etree.Element(f"{{{SAMLP}}}Extensions")
    root.insert(1, extensions)
    extensions.append(other)
    assertion.find(".//saml:NameID", NAMES).text = EVIL


def signature_of_nothing(root: Any) -> None:
    """The reference is empty, which means the whole document, or leads elsewhere."""
    assertion = root.find("saml:Assertion", NAMES)
    assertion.find(".//ds:Reference", NAMES).set("URI", "")
    assertion.find(".//saml:NameID", NAMES).text = EVIL


def second_reference(root: Any) -> None:
    info = root.find(".//ds:SignedInfo", NAMES)
    info.append(deepcopy(info.find("ds:Reference", NAMES)))


def signature_elsewhere(root: Any) -> None:
    """A signature that holds, of the status, moved to where ours would be looked for."""
    signature = root.find(".//ds:Signature", NAMES)
    root.find("samlp:Status", NAMES).append(signature)


def wrapped_response(root: Any) -> None:
    """For a signed response: the original is put into a forged one."""
    original = deepcopy(root)
    root.set("ID", "_evil")
    root.find(".//saml:NameID", NAMES).text = EVIL
    signature = root.find("ds:Signature", NAMES)
    etree.SubElement(signature, f"{{{NAMES['ds']}}}Object").append(original)


@pytest.mark.parametrize(
    "wrap",
    [
        original_in_signature,
        forged_first,
        forged_last,
        original_inside_forged,
        original_in_extensions,
        same_id_twice,
        renamed_original,
        signature_of_nothing,
        signature_elsewhere,
    ],
)
def test_a_wrapped_signature_is_refused(guest: Guest, wrap: Any) -> None:
    assert_refused(guest.sign_in(Answer(after=wrap)), "saml_response")


def test_a_signature_with_two_references_is_refused(guest: Guest) -> None:
    assert_refused(guest.sign_in(Answer(after=second_reference)), "saml_forbidden")
    assert SignIn.objects.get().provider_code == "ds:Reference"


def test_a_wrapped_response_is_refused(guest: Guest) -> None:
    answer = Answer(sign_assertion=False, sign_response=True, after=wrapped_response)

    assert_refused(guest.sign_in(answer), "saml_response")


def test_an_unsigned_assertion_beside_a_signed_one_is_refused_though_it_is_encrypted(
    guest: Guest,
) -> None:
    ours = guest.connection.settings["own_certificate"]

    def add(root: Any) -> None:
        assertion = root.find("saml:Assertion", NAMES)
        evil = evil_copy(assertion)
        assertion.addnext(evil)
        encrypt(evil, ours)

    assert_refused(guest.sign_in(Answer(after=add)), "saml_response")


# --- XML and encryption -----------------------------------------------------------------------


def inserted(guest: Guest, what: bytes) -> str:
    """A signed response with something in the middle of its subject."""
    document = guest.idp.document(guest.press(), Answer(subject="admin.example.org"))
    changed = document.replace(b"admin.example.org", b"admin" + what + b".example.org")
    assert changed != document
    return base64.b64encode(changed).decode()


@pytest.mark.parametrize("what", [b"<!-- -->", b"<?x y?>"])
def test_a_comment_in_the_subject_does_not_cut_it(guest: Guest, what: bytes) -> None:
    """The signature holds, for it leaves comments out; the subject is the whole text."""
    answer = guest.post(inserted(guest, what))

    subjects = set(Identity.objects.values_list("subject", flat=True))
    assert subjects <= {"admin.example.org"}
    assert answer.status_code in {302, 400}


def test_a_comment_in_an_encrypted_subject_does_not_cut_it_either(guest: Guest) -> None:
    ours = guest.connection.settings["own_certificate"]

    def hide(root: Any) -> None:
        name = root.find(".//saml:NameID", NAMES)
        comment = etree.Comment("cut")
        comment.tail = name.text[5:]
        name.text = name.text[:5]
        name.append(comment)
        encrypt(root.find("saml:Assertion", NAMES), ours)

    signed_in(guest.sign_in(Answer(after=hide)))
    assert Identity.objects.get().subject == "f3a9-ada"


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE r [<!ENTITY a "1234567890"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE r SYSTEM "http://127.0.0.1:9/evil.dtd">',
        "<!DOCTYPE r>",
    ],
)
def test_no_document_type_is_read_and_no_entity_expanded(guest: Guest, doctype: str) -> None:
    document = guest.idp.document(guest.press(), Answer())
    response = base64.b64encode(doctype.encode() + document).decode()

    assert_refused(guest.post(response), "saml_response")


@pytest.mark.parametrize(
    "response", ["", "not base 64!", "PGE+", base64.b64encode(b"<a/>").decode(), "AAAA"]
)
def test_garbage_is_a_friendly_page(guest: Guest, response: str) -> None:
    guest.press()

    answer = guest.post(response)

    assert answer.status_code in {200, 400}
    assert_nobody_is_known()


def test_66_what_belongs_to_no_sign_in_of_this_browser_is_not_parsed(guest: Guest) -> None:
    """Whatever is parsed leaves a record of why it was refused."""
    response = base64.b64encode(b"<a>" * 10_000).decode()
    callback = guest.connection.callback_path
    query = guest.press()
    stranger = client_of(guest.host)

    for state in ("", "-", "x" * 32, query["RelayState"]):
        sent = stranger.post(callback, {"SAMLResponse": response, "RelayState": state})
        assert stranger.get(sent.headers["location"]).status_code == 400

    assert [each.cause for each in SignIn.objects.all()] == ["other_browser"]
    # The browser that began it is told why.
    assert guest.post(response).status_code == 400
    assert {each.cause for each in SignIn.objects.all()} == {"other_browser", "saml_limits"}


def test_66_only_what_was_posted_counts_and_only_the_first(guest: Guest) -> None:
    response = base64.b64encode(b"<a>" * 10_000).decode()
    genuine = guest.idp.respond(guest.press(), Answer())
    state = guest.query["RelayState"]
    client_of(guest.host).post(
        guest.connection.callback_path, {"SAMLResponse": genuine, "RelayState": state}
    )

    signed_in(guest.post(response))


def test_a_key_that_was_sent_by_rsa_without_oaep_is_not_decrypted(guest: Guest) -> None:
    ours = guest.connection.settings["own_certificate"]

    def old_way(root: Any) -> None:
        assertion = root.find("saml:Assertion", NAMES)
        encrypt(assertion, ours, transport=xmlsec.Transform.RSA_PKCS1)

    assert_refused(guest.sign_in(Answer(after=old_way)), "encryption_algorithm")


def test_what_is_encrypted_for_another_key_is_refused(guest: Guest) -> None:
    other = pair("evil.example.com").pem

    def elsewhere(root: Any) -> None:
        encrypt(root.find("saml:Assertion", NAMES), other)

    assert_refused(guest.sign_in(Answer(after=elsewhere)), "encryption")


# --- what the provider refuses, and our metadata ----------------------------------------------


@pytest.mark.parametrize(
    ("status", "cause", "outcome"),
    [
        ("RequestDenied", "RequestDenied", "policy"),
        ("AuthnFailed", "AuthnFailed", "policy"),
        ("NoPassive", "NoPassive", "config"),
        ("UnknownPrincipal", "UnknownPrincipal", "policy"),
        ("Requester", "Requester", "config"),
        ("Surprise", "Responder", "config"),
    ],
)
def test_the_providers_own_reasons_are_told(
    guest: Guest, status: str, cause: str, outcome: str
) -> None:
    guest.press()

    guest.post(guest.idp.refuse(guest.query, status))

    assert [*SignIn.objects.values_list("cause", "outcome")] == [(cause, outcome)]


def test_our_metadata_says_who_we_are_and_nothing_secret(guest: Guest) -> None:
    answer = guest.client.get("/sso/saml/metadata")

    assert answer.headers["content-type"] == "application/samlmetadata+xml"
    root = etree.fromstring(answer.content)
    names = {**NAMES, "md": "urn:oasis:names:tc:SAML:2.0:metadata"}
    assert root.get("entityID") == f"http://{guest.host}/sso/saml/metadata"
    (role,) = root.findall("md:SPSSODescriptor", names)
    assert (role.get("AuthnRequestsSigned"), role.get("WantAssertionsSigned")) == ("true", "true")
    (callback,) = role.findall("md:AssertionConsumerService", names)
    assert callback.get("Location") == f"http://{guest.host}/sso/oauth2/callback/saml"
    uses = [each.get("use") for each in role.findall("md:KeyDescriptor", names)]
    assert uses == ["signing", "encryption"]
    assert b"PRIVATE" not in answer.content


def test_only_connections_that_have_metadata_publish_any(project: Project) -> None:
    assert client_of(project.host).get("/sso/saml/metadata").status_code == 404
    Connection.objects.create(project=project, provider="github", alias="github")
    assert client_of(project.host).get("/sso/github/metadata").status_code == 404
