"""Whatever is sent to the product: an answer in time, in little memory, and never a 500.

`tests/fuzz/worker.py` has the limits. What is sent begins with the valid answer or form of each
provider's sample (`tests/samples/`), so that a new provider is tried without another line here.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jwt
import pytest
import xmlsec
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from connections.configured import definition_of
from connections.fields.common import common_fields
from connections.fields.field import Kind
from connections.models import SignIn
from connections.providers import catalogue
from connections.providers.definition import Definition
from tests.connections.servers import Peer
from tests.fuzz import hostile
from tests.fuzz.hostile import Change, Written, applied, written
from tests.fuzz.stage import CSRF, Stage, found_of, json_of
from tests.fuzz.worker import in_parts
from tests.openid import KEY, jwk
from tests.saml import Answer, IdentityProvider
from tests.samples import alipay, saml
from tests.samples.sample import Script, discovery, sample_of

providers = st.sampled_from(catalogue.PROVIDERS)
BASE = "/projects/acme/connections/"
ISSUER = "https://accounts.example.com/"


def times(number: int) -> settings:
    """Return the settings for so many times the examples of the profile."""
    return settings(max_examples=settings.default.max_examples * number)


@pytest.fixture(scope="module", autouse=True)
def warm(stage: Stage) -> None:
    """Everybody has signed in once, and every page was drawn, before memory is measured."""
    for provider in catalogue.PROVIDERS:
        answer = stage.guest(provider).sign_in()
        assert answer.status_code == 302, (provider, SignIn.objects.latest("pk").cause)
    editor = stage.editor()
    for page in ("", "add/", "saml/", "wechat_web/"):
        assert editor.get(f"{BASE}{page}").status_code == 200
    stage.worker.begin_to_measure()


# --- what providers answer ----------------------------------------------------------------------

Heads = tuple[str, str, Callable[[bytes], bytes]]


def changing(
    script: Script, path: str, changes: list[Change], body: Callable[[bytes], bytes], head: Heads
) -> None:
    """Let the provider answer at a path with what the changes make of its answer."""
    plain = script.treat
    answer = script.answers[path]
    status, lines, packed = head

    def treat(peer: Peer) -> None:
        if peer.path.partition("?")[0] != path:
            plain(peer)
            return
        valid = json_of(answer(script, peer) if callable(answer) else answer)
        content = packed(body(resealed(applied(valid, changes))))
        peer.answer(content, status=status, headers=lines)

    script.server.treat = treat


def resealed(document: Any) -> bytes:
    """Write an answer; where it is signed as Alipay's are, with a signature over the changes."""
    if isinstance(document, dict) and set(document) > {"sign"} and len(document) == 2:
        (name,) = set(document) - {"sign"}
        content = encoded(document[name])
        sign = alipay.signature(content)
        return encoded({name: Written(content.decode("utf-8", "surrogatepass")), "sign": sign})
    return encoded(document)


def encoded(document: Any) -> bytes:
    return written(document).encode("utf-8", "surrogatepass")


@times(12)
@given(
    provider=providers,
    number=st.integers(0, 9),
    changes=st.one_of(hostile.json_changes, st.builds(lambda each: [each], hostile.whole_json)),
    body=hostile.byte_changes,
    head=hostile.heads,
)
def test_97_an_answer_of_a_provider(
    stage: Stage,
    provider: str,
    number: int,
    changes: list[Change],
    body: Callable[[bytes], bytes],
    head: Heads,
) -> None:
    guest = stage.guest(provider)
    paths = [each for each in guest.script.answers if each != saml.SSO]
    changing(guest.script, paths[number % len(paths)], changes, body, head)

    guest.sign_in()


# The same for those that say it in a signed token.
WITH_ID_TOKEN = [
    each for each in catalogue.PROVIDERS if sample_of(each).subject_at[0] == "id_token"
]


@times(5)
@given(provider=st.sampled_from(WITH_ID_TOKEN), changes=hostile.json_changes)
def test_97_what_an_id_token_says(stage: Stage, provider: str, changes: list[Change]) -> None:
    guest = stage.guest(provider)
    plain = guest.script.id_token

    def id_token(**claims: Any) -> str:
        told = jwt.decode(plain(**claims), options={"verify_signature": False})
        return signed(applied(told, changes))

    guest.script.id_token = id_token  # type: ignore[method-assign]

    guest.sign_in()


def signed(claims: Any, header: str = '{"alg":"RS256","kid":"first"}') -> str:
    """A token whose header and claims are what is written, with the right signature."""
    parts = b".".join(map(base64url, (header.encode("utf-8", "surrogatepass"), encoded(claims))))
    sign = base64url(KEY.sign(parts, PKCS1v15(), SHA256()))
    return f"{parts.decode()}.{sign.decode()}"


def base64url(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


# --- discovery and keys -------------------------------------------------------------------------

HEADER = {"alg": "RS256", "kid": "first", "typ": "JWT"}


@times(4)
@given(
    document=hostile.json_changes,
    keys=st.one_of(st.just([]), hostile.json_changes),
    header=st.one_of(st.just([]), hostile.json_changes),
    body=hostile.byte_changes,
    at_keys=st.booleans(),
)
def test_97_discovery_and_keys(
    stage: Stage,
    document: list[Change],
    keys: list[Change],
    header: list[Change],
    body: Callable[[bytes], bytes],
    at_keys: bool,
) -> None:
    """A new issuer each time, because both are kept for an hour."""
    guest = stage.guest("openid_connect")
    issuer = f"{ISSUER}{stage.next_number()}"
    told: Any = discovery(issuer)
    sets: Any = {"keys": [jwk(KEY)]}
    path = issuer.removeprefix(ISSUER.rstrip("/"))
    guest.connection.settings["issuer"] = issuer
    guest.connection.save()
    script = guest.script
    plain = script.treat

    def treat(peer: Peer) -> None:
        if peer.path == f"{path}/.well-known/openid-configuration":
            changed = encoded(told if at_keys else applied(told, document))
            peer.answer(changed if at_keys else body(changed))
        elif peer.path == f"{path}/keys":
            changed = encoded(applied(sets, keys))
            peer.answer(body(changed) if at_keys else changed)
        else:
            plain(peer)

    def tokens(script: Script, peer: Peer) -> Any:
        claims = jwt.decode(
            script.id_token(iss=issuer, sub="ada"), options={"verify_signature": False}
        )
        return script.tokens(id_token=signed(claims, written(applied(HEADER, header))))

    script.answers[f"{path}/token"] = tokens
    script.answers[f"{path}/userinfo"] = {"sub": "ada"}
    script.server.treat = treat

    guest.sign_in()
    stage.editor().post(
        f"{BASE}openid_connect/validate/",
        {**sample_of("openid_connect").filled_in, "issuer": issuer},
        headers={"HX-Trigger-Name": "issuer", "X-CSRFToken": CSRF},
    )


def test_97_long_discovery_documents_are_not_kept_whole(stage: Stage) -> None:
    editor = stage.editor()
    padding = Written("[" + "[]," * 80_000 + "[]]")
    for _time in range(12):
        issuer = f"{ISSUER}{stage.next_number()}"
        answer = encoded({**discovery(issuer), "more": padding})
        stage.server.treat = lambda peer, answer=answer: peer.answer(answer)
        typed = {**sample_of("openid_connect").filled_in, "issuer": issuer}
        headers = {"X-CSRFToken": CSRF, "HX-Trigger-Name": "issuer"}
        editor.post(f"{BASE}openid_connect/validate/", typed, headers=headers)


# --- what browsers bring back -------------------------------------------------------------------

PARAMETERS = ("error", "error_description", "code", "state", "iss", "user", "next", "lang", "scope")
query_changes = st.lists(
    st.tuples(
        st.integers(0, 9),
        st.sampled_from(("replace", "remove", "repeat", "add")),
        st.sampled_from(PARAMETERS),
        st.one_of(
            hostile.texts, st.sampled_from(("access_denied", "invalid_scope", "server_error"))
        ),
    ),
    min_size=1,
    max_size=3,
)
Query = list[tuple[int, str, str, str]]


def with_query_changes(query: dict[str, Any], changes: Query) -> dict[str, Any]:
    """Return what a browser brings back, changed; a value may be a list."""
    query = dict(query)
    for number, kind, name, value in changes:
        place = list(query)[number % len(query)] if query else name
        if kind == "replace":
            query[place] = value
        elif kind == "remove":
            query.pop(place, None)
        elif kind == "repeat":
            query[place] = [query.get(place, ""), value]
        else:
            query[name] = value
    return query


@times(6)
@given(provider=providers, changes=query_changes, inner=st.one_of(st.none(), hostile.json_changes))
def test_96_what_a_browser_brings_back(
    stage: Stage, provider: str, changes: Query, inner: list[Change] | None
) -> None:
    guest = stage.guest(provider)
    definition = definition_of(guest.connection)

    def returns(script: Script) -> dict[str, Any]:
        plain = script.sample.returns
        query = dict(plain(script) if callable(plain) else plain)
        for name, value in query.items():
            if inner is not None and isinstance(json_of(value), dict):
                query[name] = written(applied(json_of(value), inner))
        state = script.query.get(definition.state_parameter, "")
        return with_query_changes({definition.state_parameter: state, **query}, changes)

    guest.press()
    guest.come_back(returns)


# --- what editors type --------------------------------------------------------------------------

typed_changes = st.lists(st.tuples(st.integers(0, 20), hostile.texts), min_size=1, max_size=3)
Typed = list[tuple[int, str]]


# Whether the last of the texts goes into every field.
everywhere = st.sampled_from((False, False, True))


def names_of(definition: Definition) -> tuple[list[str], list[str]]:
    """Return the fields of a provider's form, and those of them that take a file."""
    fields = [each for each in (*definition.fields, *common_fields()) if each.is_entered]
    files = [each.name for each in fields if each.kind is Kind.FILE]
    return [each.name for each in fields], files


def changed_form(
    typed: Mapping[str, str], names: Sequence[str], changes: Typed, *, everywhere: bool
) -> dict[str, str]:
    """Return what is typed into a form, with the changes."""
    changed = {names[number % len(names)]: text for number, text in changes}
    if everywhere:
        changed |= dict.fromkeys(names, changes[-1][1])
    return {**typed, **changed}


def send_form(
    stage: Stage, definition: Definition, path: str, typed: Mapping[str, str], *, checked: str = ""
) -> None:
    """Send a form as a browser does, and put back what it has saved."""
    _names, files = names_of(definition)
    body, headers = in_parts(typed, files)
    headers |= {"X-CSRFToken": CSRF, "HX-Trigger-Name": checked}
    reply = stage.editor().post(f"{BASE}{path}", body, headers=headers)
    if reply.status_code == 302:
        stage.put_back()


@times(14)
@given(
    provider=providers,
    changes=typed_changes,
    everywhere=everywhere,
    kind=st.sampled_from(("add", "check", "edit")),
)
def test_96_a_form(
    stage: Stage, provider: str, changes: Typed, everywhere: bool, kind: str
) -> None:
    definition = catalogue.get(provider)
    names, files = names_of(definition)
    alias = f"x{stage.next_number()}"
    filled_in = {**sample_of(provider).filled_in, "alias": alias, "enabled": "on"}
    typed = changed_form(filled_in, names, changes, everywhere=everywhere)
    if kind == "check":
        name = names[changes[-1][0] % len(names)]
        send_form(stage, definition, f"add/{provider}/validate/", typed, checked=name)
    else:
        path = f"add/{provider}/" if kind == "add" else f"{provider}/"
        send_form(stage, definition, path, typed)


@times(4)
@given(
    # To find them takes seconds, which only those who draw one shall spend.
    definition=st.deferred(lambda: st.sampled_from(catalogue.derived_providers())),
    changes=typed_changes,
    everywhere=everywhere,
)
def test_96_a_form_that_nobody_wrote(
    stage: Stage, definition: Any, changes: Typed, everywhere: bool
) -> None:
    found = found_of(definition)
    filled_in = {"client_id": "an-app", "client_secret": "s" * 20, "alias": "derived"}
    names, _files = names_of(definition)
    typed = changed_form({**filled_in, **found.filled_in}, names, changes, everywhere=everywhere)
    send_form(stage, definition, f"add/{definition.id}/", typed)


TESTED = [each for each in catalogue.PROVIDERS if catalogue.get(each).probe]


@times(3)
@given(
    provider=st.sampled_from(TESTED),
    changes=st.one_of(hostile.json_changes, st.builds(lambda each: [each], hostile.whole_json)),
    head=hostile.heads,
)
def test_97_a_test_of_credentials(
    stage: Stage, provider: str, changes: list[Change], head: Heads
) -> None:
    guest, editor = stage.guest(provider), stage.editor()
    changing(guest.script, sample_of(provider).refusal.path, changes, lambda body: body, head)
    stage.forget_attempts()

    editor.post(f"{BASE}{provider}/check/", {"saved": "on"}, headers={"X-CSRFToken": CSRF})


# --- SAML ---------------------------------------------------------------------------------------


@times(4)
@given(
    before=hostile.xml_changes,
    after=hostile.xml_changes,
    raw=hostile.raw_xml,
    encode=hostile.base64_changes,
    encrypted=st.sampled_from((False, False, True)),
    whole=st.booleans(),
)
def test_96_a_saml_response(
    stage: Stage,
    before: hostile.NodeChanges,
    after: hostile.NodeChanges,
    raw: Callable[[bytes], bytes],
    encode: Callable[[str], str],
    encrypted: bool,
    whole: bool,
) -> None:
    guest = stage.guest("saml")

    def returns(script: Script) -> dict[str, str]:
        answer = Answer(
            before=hostile.all_of(before),
            after=hostile.all_of(after),
            encrypt=guest.connection.settings["own_certificate"] if encrypted else "",
            sign_response=whole,
        )
        document = raw(signed_document(stage.identity_provider, script.query, answer))
        return {"SAMLResponse": encode(base64.b64encode(document).decode())}

    guest.press()
    guest.come_back(returns)


def signed_document(provider: IdentityProvider, query: Mapping[str, str], answer: Answer) -> bytes:
    """Return the response; what can no longer be signed or encrypted is changed afterwards."""
    try:
        return provider.document(query, answer)
    except (ValueError, TypeError, KeyError, xmlsec.Error):
        late = hostile.all_of([answer.before, answer.after])
        return provider.document(query, Answer(after=late))


@times(4)
@given(
    changes=hostile.xml_changes,
    raw=hostile.raw_xml,
    way=st.sampled_from(("metadata_xml", "metadata_file", "metadata_url")),
    head=hostile.heads,
)
def test_96_97_saml_metadata(
    stage: Stage,
    changes: hostile.NodeChanges,
    raw: Callable[[bytes], bytes],
    way: str,
    head: Heads,
) -> None:
    root = etree.fromstring(saml.provider().metadata)
    hostile.all_of(changes)(root)
    document = raw(etree.tostring(root))
    status, lines, packed = head
    address = f"https://idp.example.com/{stage.next_number()}"
    stage.server.treat = lambda peer: peer.answer(packed(document), status=status, headers=lines)
    typed = dict.fromkeys(sample_of("saml").filled_in, "")
    typed |= {"name_id_format": sample_of("saml").filled_in["name_id_format"], "enabled": "on"}
    typed[way] = address if way == "metadata_url" else document.decode("utf-8", "surrogateescape")

    send_form(stage, catalogue.get("saml"), "saml/", typed)
