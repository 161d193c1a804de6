"""Parse untrusted XML within limits that apply while it is read, before a tree exists.

libxml2 has limits of its own, but they allow far more than SAML needs: 256 levels, 10 MB in one
text, and any number of elements.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from lxml import etree
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML

from connections.protocols.saml.names import Node

# Metadata has at most 256 KB from a URL and 200,000 characters from a form. A response is smaller;
# see `response`. Real documents have up to a few hundred elements in ten levels.
MAX_BYTES = 1024 * 1024
MAX_DEPTH = 32
MAX_ELEMENTS = 5_000
MAX_ATTRIBUTES = 32
# Namespace declarations in scope at one element: canonicalization processes all of them each time.
MAX_NAMESPACES = 64
MAX_NAME = 512
MAX_ATTRIBUTE_VALUE = 8 * 1024

# The byte order mark and the XML declaration at the beginning of a document.
DECLARATION = re.compile(r"\A[\s\ufeff]*(?:<\?xml\s[^>]*\?>)?")

Result = TypeVar("Result")


class InvalidXML(Exception):
    """The bytes are not well-formed XML, or have a document type declaration."""


class ExceedsLimits(InvalidXML):
    """The document is larger, deeper or more complex than the limits allow."""


class Limits:
    """A parser target that keeps nothing and raises where a limit is exceeded."""

    def __init__(self) -> None:
        self._elements = 0
        # The number of namespace declarations in scope for each open element.
        self._namespaces = [0]

    def start(self, tag: str, attributes: Mapping[str, str], nsmap: Mapping[str, str]) -> None:
        """Count an element. `nsmap` has its own namespace declarations."""
        self._elements += 1
        namespaces = self._namespaces[-1] + len(nsmap)
        self._namespaces.append(namespaces)
        names = (tag, *attributes, *nsmap.values(), *(each or "" for each in nsmap))
        if (
            self._elements > MAX_ELEMENTS
            or len(self._namespaces) - 1 > MAX_DEPTH
            or len(attributes) > MAX_ATTRIBUTES
            or namespaces > MAX_NAMESPACES
            or any(len(name) > MAX_NAME for name in names)
            or any(len(value) > MAX_ATTRIBUTE_VALUE for value in attributes.values())
        ):
            raise ExceedsLimits

    def end(self, tag: str) -> None:
        """Leave an element."""
        self._namespaces.pop()

    def doctype(self, name: str, public_id: str | None, system_id: str | None) -> None:
        """Refuse a document type declaration before anything in it is read."""
        raise InvalidXML

    def close(self) -> None:
        """Return nothing: only the limits matter."""


def parse(content: bytes) -> Node:
    """Return the root of a document; raises InvalidXML or ExceedsLimits.

    Document types and entities are refused, nothing is fetched, and comments and processing
    instructions are dropped, so that none of them can split a value.
    """
    if len(content) > MAX_BYTES:
        raise ExceedsLimits
    try:
        etree.fromstring(content, etree.XMLParser(target=Limits(), **OPTIONS))
        return OneLogin_Saml2_XML.to_etree(content)
    except InvalidXML:
        raise
    except Exception:
        raise InvalidXML from None


OPTIONS = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}


def in_own_thread(call: Callable[[], Result]) -> Result:
    """Run a function that parses XML in a new thread. It must not return a tree.

    libxml2 keeps every name that a thread has parsed until that thread ends. A worker's threads do
    not end, so documents full of new names would fill its memory permanently.
    """
    with ThreadPoolExecutor(max_workers=1) as executor:
        return executor.submit(call).result()
