"""What a hostile sender puts where something else belongs: changes of texts, JSON and XML.

A strategy gives a change, not a changed document: a function that is applied to the valid document
later, when the document exists. So a change fits every provider, and hypothesis can shrink it.

No value here names a file, a device or another machine.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any, TypeVar

from hypothesis import strategies as st
from lxml import etree

Subject = TypeVar("Subject")
Change = Callable[[Any], Any]

# --- texts --------------------------------------------------------------------------------------

# Just below and above the limits of fields and bodies.
LENGTHS = (1, 41, 129, 201, 501, 1025, 8_001, 40_001, 100_001)
# Repeated, each of these has cost some parser or pattern more than linear time.
REPEATED = (
    "a",
    "9",
    " ",
    "\n",
    ".",
    "-",
    "/",
    "=",
    "(",
    "%",
    "%25",
    "[",
    "-----BEGIN ",
    "-----BEGIN PRIVATE KEY-----",
    "A.",
    "a-",
    "\u0344",  # combining marks: normalised, then put into order
    "\u0315\u0301",
    "\ufdfa",  # one sign, which NFKC makes eighteen of
    "\uff21",
    "\U0001f469\u200d",
)
TEXTS = (
    "",
    " ",
    "\0",
    "a\0b",
    "\ud800",
    "\udfff\ud800",
    "\ufeff",
    "\u202e\u2066",
    "\r\nSet-Cookie: a=b",
    "<script>alert(1)</script>",
    "'\"><b>",
    "{{ 7 }}{% debug %}%s%(x)s{0}",
    "null",
    "true",
    "0",
    "-0",
    "-1",
    "1e999",
    "NaN",
    "9223372036854775808",
    "2024-13-45T99:99:99Z",
    "9999-12-31T23:59:59.999999999Z",
    "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00+23:59",
    "李雷",
    "https://",
    "https://[",
    "https://[::1",
    "https://[::1%25lo]/",
    "https://a@b.example/",
    "https://b\u00fccher.example/",
    "https://\u2100.example/",
    "https://\uff0f\uff0f.example/",
    "https://login.example.com:99999/",
    "https://login.example.com:\u0661/",
    "https://login.example.com:80:80/",
    "https://login.example.com/\ud800",
    "https://xn--a.example/",
    "https://a..example/",
    "//login.example.com",
    "javascript:alert(1)",
    "a.b.c",
    "..",
    "eyJhbGciOiJub25lIn0.e30.",
)


class Repeated(str):
    """A long text, of which a failure prints how it is made."""

    made: tuple[str, str, int, str]

    @classmethod
    def of(cls, begin: str, each: str, length: int, end: str = "") -> Repeated:
        """Return a text of about that length in UTF-8."""
        count = length // len(each.encode()) + 1
        text = cls(begin + each * count + end)
        text.made = (begin, each, count, end)
        return text

    def __repr__(self) -> str:
        begin, each, count, end = map(ascii, self.made)
        return f"{begin} + {each} * {count} + {end}"


repeated = st.builds(
    Repeated.of,
    st.sampled_from(("", "a", "https://", "https://a.", "gh_", "wx", "callback(", '{"')),
    st.sampled_from(REPEATED),
    st.sampled_from(LENGTHS),
    st.sampled_from(("", "!", ".example/", ");", "-----", "@a")),
)
# As long as a form can bring them.
WORST = tuple(
    Repeated.of(begin, each, 200_000)
    for begin in ("", "https://")
    for each in ("\u0315\u0301", "\u0344", "\ufdfa", "-----BEGIN ", "A.", " ", "a@", "\n")
)
texts = st.one_of(
    st.sampled_from(WORST),
    st.sampled_from(TEXTS),
    st.text(max_size=12),
    st.text("aé\0\ud800/:@#?%[]. ", max_size=30),
    repeated,
)

# --- JSON ---------------------------------------------------------------------------------------


class Written(str):
    """JSON as it is written, valid or not."""


class Twice:
    """A member that is there twice, with two values."""

    def __init__(self, first: Any, second: Any) -> None:
        self.first, self.second = first, second


ODD_JSON = tuple(
    Written(each)
    for each in (
        "1e999",
        "-1e999",
        "NaN",
        "Infinity",
        "-0.0",
        "1.0",
        "1e400000",
        "9" * 19,
        "9" * 400,
        "9" * 5000,
        "01",
        "'a'",
        '"\\ud800"',
        '"\\u0000"',
        '"\\x00"',
        '"\x01"',
        "[" * 500 + "]" * 500,
        "[" * 50_000,
        '{"a":' * 200 + "1" + "}" * 200,
        "[" + "[]," * 20_000 + "[]]",
        "[" + "1," * 50_000 + "1]",
        '{"a":1,"a":{"a":[]}}',
        "",
        "// a",
    )
)
json_values = st.one_of(
    st.sampled_from((None, True, False, 0, -1, 7, 2**63, 0.5, [], {}, [[]], [None], {"": ""})),
    st.sampled_from(ODD_JSON),
    texts,
)


def written(value: Any) -> str:
    """Write JSON; `Written` as it is, and `Twice` as two members."""
    if isinstance(value, Written):
        return str(value)
    if isinstance(value, list):
        return "[" + ",".join(map(written, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(member(*each) for each in value.items()) + "}"
    if isinstance(value, Twice):
        return written(value.second)
    return json.dumps(value)


def member(name: str, value: Any) -> str:
    if isinstance(value, Twice):
        return f"{member(name, value.first)},{member(name, value.second)}"
    return f"{json.dumps(name)}:{written(value)}"


def places(value: Any) -> list[tuple[Any, Any]]:
    """Return every place of a JSON value that holds something: its container and its key."""
    found: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        found = [(value, name) for name in value]
    elif isinstance(value, list):
        found = [(value, index) for index in range(len(value))]
    return found + [place for each, key in found for place in places(each[key])]


def changed_at(number: int, change: Callable[[Any, Any], None]) -> Change:
    """Change one of the places, counted round and round."""

    def apply(document: Any) -> Any:
        found = places(document)
        if found:
            change(*found[number % len(found)])
        return document

    return apply


def replaced(value: Any) -> Callable[[Any, Any], None]:
    return lambda container, key: container.__setitem__(key, value)


def made_of(make: Callable[[Any], Any]) -> Callable[[Any, Any], None]:
    return lambda container, key: container.__setitem__(key, make(container[key]))


def added(name: str, value: Any) -> Callable[[Any, Any], None]:
    def add(container: Any, key: Any) -> None:
        if isinstance(container, dict):
            container[name] = value

    return add


# Members by which some provider says that something is wrong, or who somebody is.
MEMBERS = ("error", "errcode", "code", "ret", "sub", "openid", "unionid", "id", "email", "name")

json_places = st.one_of(
    st.builds(replaced, json_values),
    st.builds(lambda value: made_of(lambda old: Twice(old, value)), json_values),
    st.sampled_from(
        (
            lambda container, key: container.__delitem__(key),
            made_of(lambda old: [old]),
            made_of(lambda old: {"a": old}),
            made_of(lambda old: Written(json.dumps(written(old)))),
            made_of(lambda old: [old] * 1000),
        )
    ),
    st.builds(added, st.one_of(st.sampled_from(MEMBERS), texts), json_values),
)
one_json_change = st.builds(changed_at, st.integers(0, 30), json_places)
json_changes = st.lists(one_json_change, min_size=1, max_size=3)
whole_json = st.builds(lambda value: lambda document: value, json_values)


def applied(document: Any, changes: list[Change]) -> Any:
    """Return a copy of a document with the changes."""
    document = deepcopy(document)
    for change in changes:
        document = change(document)
    return document


# --- bytes --------------------------------------------------------------------------------------

byte_changes: st.SearchStrategy[Callable[[bytes], bytes]] = st.one_of(
    st.just(lambda body: body),
    st.sampled_from(
        (
            lambda body: body,
            lambda body: b"\xef\xbb\xbf" + body,
            lambda body: body.decode().encode("utf-16"),
            lambda body: body[: len(body) // 2],
            lambda body: body + b"}",
            lambda body: body + b"\0",
            lambda body: body.replace(b'"', b'"\xff', 1),
            lambda body: body.replace(b'":"', b'":"\xed\xa0\x80', 1),
            lambda body: b"callback( " + body + b" );",
            lambda body: b"callback(" * 2_000 + body,
            lambda body: b" " * 300_000 + body,
            lambda body: b"",
            lambda body: b"<html><title>Busy</title>",
        )
    ),
)


def packed(times: int, body: bytes) -> bytes:
    for _time in range(times):
        body = gzip.compress(body)
    return body


# The head of an answer, and what it does to the body.
heads: st.SearchStrategy[tuple[str, str, Callable[[bytes], bytes]]] = st.one_of(
    st.just(("200 OK", "", lambda body: body)),
    st.tuples(
        st.sampled_from(
            ("200 OK", "201 Created", "204 No Content", "400 Bad Request", "401 Unauthorized")
            + ("403 Forbidden", "404 Not Found", "429 Too Many Requests", "500 Oops", "999 -")
        ),
        st.sampled_from(
            (
                "",
                "Content-Type: application/json; charset=utf-16\r\n",
                "Content-Type: text/plain; charset=unknown-8bit\r\n",
                "Content-Type: text/html; charset=idna\r\n",
                "Content-Type: ;;;charset\r\n",
                "Content-Type: application/x-www-form-urlencoded\r\n",
                "Set-Cookie: a=b\r\n" * 90,
                f"X-Long: {'a' * 60_000}\r\n",
                "X-Latin: \xff\r\n",
                "Retry-After: 999999999999\r\n",
                "Content-Encoding: gzip\r\n",
                "Content-Encoding: gzip, gzip, gzip, gzip, gzip, gzip, gzip\r\n",
                "Content-Length: -1\r\n",
                "Location: https://login.example.com/loop\r\n",
            )
        ),
        st.just(lambda body: body),
    ),
    st.sampled_from(
        (
            ("200 OK", "Content-Encoding: gzip\r\n", lambda body: packed(1, body)),
            # Bombs: 20 MB of spaces in a few thousand bytes or less.
            ("200 OK", "Content-Encoding: gzip\r\n", lambda body: packed(1, b" " * 20_000_000)),
            (
                "200 OK",
                "Content-Encoding: gzip, gzip\r\n",
                lambda body: packed(2, b" " * 20_000_000),
            ),
        )
    ),
)

# --- XML ----------------------------------------------------------------------------------------

DSIG, ENC = "http://www.w3.org/2000/09/xmldsig#", "http://www.w3.org/2001/04/xmlenc#"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
ALGORITHMS = (
    "",
    "none",
    f"{DSIG}sha1",
    f"{DSIG}rsa-sha1",
    f"{DSIG}hmac-sha1",
    f"{DSIG}dsa-sha1",
    f"{DSIG}base64",
    f"{DSIG}enveloped-signature",
    f"{MORE}rsa-md5",
    f"{MORE}hmac-sha256",
    f"{MORE}rsa-sha512",
    f"{MORE}ecdsa-sha256",
    f"{ENC}sha256",
    f"{ENC}rsa-1_5",
    f"{ENC}tripledes-cbc",
    f"{ENC}aes128-cbc",
    "http://www.w3.org/2009/xmlenc11#aes128-gcm",
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
    "http://www.w3.org/2001/10/xml-exc-c14n#",
    "http://www.w3.org/TR/1999/REC-xpath-19991116",
    "http://www.w3.org/2002/06/xmldsig-filter2",
    "http://www.w3.org/TR/1999/REC-xslt-19991116",
)
# Nothing but the document itself: whoever follows one opens nothing.
REFERENCES = ("", "#", "#_none", "#xpointer(/)", "#xpointer(id('_none'))", "##")
ATTRIBUTES = (
    "ID",
    "Id",
    "Value",
    "Format",
    "Method",
    "Binding",
    "Location",
    "Destination",
    "Recipient",
    "InResponseTo",
    "NotBefore",
    "NotOnOrAfter",
    "validUntil",
    "entityID",
    "use",
    "Name",
    "Version",
    "protocolSupportEnumeration",
    "{http://www.w3.org/2001/XMLSchema-instance}type",
    "{http://www.w3.org/XML/1998/namespace}id",
)


def readable(text: str) -> str:
    """Leave out what no XML can say."""
    return "".join(
        each for each in text if each in "\t\n\r" or " " <= each < "\ud800" or each > "\udfff"
    ).replace("\ufffe", "")


def elements(root: Any) -> list[Any]:
    return [each for each in root.iter() if isinstance(each.tag, str)]


def set_text(node: Any, text: str) -> None:
    node.text = readable(text)


def set_attribute(node: Any, name: str, text: str) -> None:
    node.set(name, readable(text))


def set_algorithm(node: Any, text: str) -> None:
    for each in [node, *node.iter()]:
        if each.get("Algorithm") is not None:
            each.set("Algorithm", text)
            return


def set_reference(node: Any, text: str) -> None:
    for each in node.getroottree().getroot().iter(f"{{{DSIG}}}Reference"):
        each.set("URI", text)


def remove(node: Any) -> None:
    if node.getparent() is not None:
        node.getparent().remove(node)


def double(node: Any) -> None:
    if node.getparent() is not None:
        node.addnext(deepcopy(node))


def multiply(node: Any) -> None:
    if node.getparent() is not None and len(etree.tostring(node)) < 5_000:
        for _time in range(20):
            node.addnext(deepcopy(node))


def move_to_root(node: Any) -> None:
    root = node.getroottree().getroot()
    if node is not root:
        root.append(node)


def wrap(node: Any) -> None:
    """What was signed goes below a forgery of the same name: a wrapped signature."""
    parent = node.getparent()
    if parent is None:
        return
    forged = deepcopy(node)
    forged.set("ID", "_forged")
    for each in forged.iter("{urn:oasis:names:tc:SAML:2.0:assertion}NameID"):
        each.text = "somebody else"
    node.addprevious(forged)
    forged.append(node)


def deepen(node: Any) -> None:
    for _time in range(200):
        node = etree.SubElement(node, "{urn:x}a")


def widen(node: Any) -> None:
    for _time in range(3_000):
        etree.SubElement(node, "{urn:x}a")


def add_attributes(node: Any) -> None:
    for number in range(2_000):
        node.set(f"a{number}", "")


def add_namespaces(node: Any) -> None:
    for number in range(1_000):
        etree.SubElement(node, f"{{urn:x{number}}}a", nsmap={f"p{number}": f"urn:x{number}"})


def cut_text(node: Any) -> None:
    """A comment in the middle of a text, and a processing instruction."""
    if node.text and node.text.strip():
        half = len(node.text) // 2
        comment, node.text = etree.Comment("x"), node.text[:half]
        comment.tail = (node.text or "")[half:]
        node.insert(0, comment)
        node.insert(1, etree.ProcessingInstruction("x", "y"))


def rename(node: Any, tag: str) -> None:
    node.tag = etree.QName(etree.QName(node).namespace or "urn:x", tag).text


def empty(node: Any) -> None:
    for child in list(node):
        node.remove(child)


TAGS = ("Assertion", "Response", "NameID", "Signature", "EncryptedAssertion", "KeyInfo", "Object")
node_changes = st.one_of(
    st.sampled_from(
        (remove, double, multiply, move_to_root, wrap, deepen, widen)
        + (add_attributes, add_namespaces, cut_text, empty)
    ),
    st.builds(lambda text: lambda node: set_text(node, text), texts),
    st.builds(
        lambda name, text: lambda node: set_attribute(node, name, text),
        st.sampled_from(ATTRIBUTES),
        texts,
    ),
    st.builds(lambda text: lambda node: set_algorithm(node, text), st.sampled_from(ALGORITHMS)),
    st.builds(lambda text: lambda node: set_reference(node, text), st.sampled_from(REFERENCES)),
    st.builds(lambda tag: lambda node: rename(node, tag), st.sampled_from(TAGS)),
)


def changed_node(number: int, change: Callable[[Any], None]) -> Callable[[Any], None]:
    """Change one of the elements, counted round and round."""

    def apply(root: Any) -> None:
        found = elements(root)
        change(found[number % len(found)])

    return apply


one_xml_change = st.builds(changed_node, st.integers(0, 60), node_changes)
xml_changes = st.lists(one_xml_change, max_size=3)
NodeChanges = list[Callable[[Any], None]]


def all_of(changes: NodeChanges) -> Callable[[Any], None]:
    """Make the changes one after the other, below the root that there was in the beginning."""

    def apply(root: Any) -> None:
        for change in changes:
            change(root)

    return apply


LAUGHS = (
    b'<!DOCTYPE a [<!ENTITY a0 "ha">'
    + b"".join(
        b'<!ENTITY a%d "%s">' % (number, b"&a%d;" % (number - 1) * 10) for number in range(1, 10)
    )
    + b"]>"
)


def declared(body: bytes) -> bytes:
    """The document without its declaration, if it has one."""
    return body.partition(b"?>")[2].lstrip() if body.startswith(b"<?xml") else body


raw_xml: st.SearchStrategy[Callable[[bytes], bytes]] = st.one_of(
    st.just(lambda body: body),
    st.sampled_from(
        (
            lambda body: body,
            lambda body: b"\xef\xbb\xbf" + body,
            lambda body: declared(body).decode().encode("utf-16"),
            lambda body: b'<?xml version="1.0" encoding="utf-16"?>' + declared(body),
            lambda body: b'<?xml version="1.0" encoding="utf-7"?>' + declared(body),
            lambda body: b'<?xml version="1.1" encoding="latin-1"?>' + declared(body),
            lambda body: b'<?xml version="1.0" encoding="none-of-these"?>' + declared(body),
            lambda body: b"<!DOCTYPE a>" + declared(body),
            lambda body: LAUGHS + declared(body).replace(b"</", b"&a9;</", 1),
            lambda body: body[: len(body) // 2],
            lambda body: body + body,
            lambda body: body + b"\0",
            lambda body: body.replace(b">", b">\xff", 1),
            lambda body: body.replace(b">", b">&#0;", 1),
            lambda body: body.replace(b">", b"><![CDATA[" + b"]" * 50_000 + b"]]>", 1),
            lambda body: b"<a>" * 20_000,
            lambda body: b"<a>" * 20_000 + b"</a>" * 20_000,
            lambda body: b"<a " + b" ".join(b'a%d=""' % n for n in range(9_000)) + b"/>",
            lambda body: b'<a a="" a=""/>',
            lambda body: b"<!--" + b"-" * 50_000,
            lambda body: b"<?xml " + b" " * 50_000,
            lambda body: b"",
        )
    ),
)

base64_changes: st.SearchStrategy[Callable[[str], str]] = st.one_of(
    st.just(lambda text: text),
    st.sampled_from(
        (
            lambda text: text,
            lambda text: "\r\n".join(text[at : at + 76] for at in range(0, len(text), 76)),
            lambda text: text.replace("+", "-").replace("/", "_"),
            lambda text: text.rstrip("=")[:-1],
            lambda text: "=" + text,
            lambda text: text + "====",
            lambda text: text[:40] + "\u00e9" + text[40:],
            lambda text: " " * 100_000 + text,
            lambda text: "A" * 200_000,
            lambda text: "",
            lambda text: "%",
        )
    ),
)
