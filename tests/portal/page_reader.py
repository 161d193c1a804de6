"""A page as a person reads it: its fields, notes, links and words, not its markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from django.http import HttpResponse
from django.utils import translation
from django.utils.encoding import force_str
from django.utils.functional import cached_property

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source"}
# Their content is no markup.
RAW = {"script", "style"}
TAG = re.compile(
    r"""<(?:!--.*?--|!doctype[^>]*|(/?)([a-z][^\s/>]*)([^<>"']*(?:(?:"[^"]*"|'[^']*')[^<>"']*)*))>""",
    re.IGNORECASE | re.DOTALL,
)
TAG_BEGINS = re.compile("<[a-z/!]", re.IGNORECASE)
ATTRIBUTE = re.compile(r"""([^\s"'>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?""")


class Element:
    """A node of the page."""

    def __init__(self, tag: str, written: str = "") -> None:
        self.tag = tag
        self.written = written
        self.content: list[Element | str] = []

    @cached_property
    def attributes(self) -> dict[str, str]:
        """The values by name; "" where there is only the name."""
        return {
            name.lower(): unescape(double or single or bare)
            for name, double, single, bare in ATTRIBUTE.findall(self.written)
        }

    def add(self, text: str) -> None:
        """Go on with these words, in which characters may be written as references."""
        if not text:
            return
        assert "<" not in text or not TAG_BEGINS.search(text), f"ends nowhere: {text!r:.500}"
        words = unescape(text)
        if self.content and isinstance(self.content[-1], str):
            self.content[-1] += words
        else:
            self.content.append(words)

    def every(self, tag: str = "", **attributes: str) -> Iterator[Element]:
        """Return what lies inside and has this tag and these attributes (`class_`, `data_x`)."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        inside = self.content[::-1]
        while inside:
            child = inside.pop()
            if isinstance(child, str):
                continue
            if tag in {"", child.tag} and child.has(wanted):
                yield child
            inside += child.content[::-1]

    def has(self, wanted: dict[str, str]) -> bool:
        """Whether all these attributes are there; of `class`, one word is enough."""
        return all(
            value in self.attributes.get(name, "").split()
            if name == "class"
            else self.attributes.get(name) == value
            for name, value in wanted.items()
        )

    def one(self, tag: str = "", **attributes: str) -> Element:
        """Return the only element of this kind."""
        (found,) = self.every(tag, **attributes)
        return found

    @property
    def text(self) -> str:
        """The words, with single spaces."""
        parts = [child if isinstance(child, str) else child.text for child in self.content]
        return " ".join(" ".join(parts).split())


class Page(Element):
    """A whole page, or the part of one that htmx receives."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__("")
        self.source = response.content.decode()
        self.by_id: dict[str, list[Element]] = {}
        self.fields: list[str] = []
        _build(self)

    def remember(self, element: Element) -> None:
        """Keep what is looked up often."""
        if " id=" not in element.written and "data-field" not in element.written:
            return
        if "id" in element.attributes:
            self.by_id.setdefault(element.attributes["id"], []).append(element)
        if "data-field" in element.attributes:
            self.fields.append(element.attributes["data-field"])

    def with_id(self, name: str) -> Element:
        """Return the only element with this id."""
        (found,) = self.by_id[name]
        return found

    def errors(self, name: str) -> list[str]:
        """The errors below a form's field."""
        return self.notes(name, "error")

    def warnings(self, name: str) -> list[str]:
        """The doubts below a form's field."""
        return self.notes(name, "warning")

    def notices(self, name: str) -> list[str]:
        """What was quietly done to a form's field."""
        return self.notes(name, "notice")

    def notes(self, name: str, kind: str) -> list[str]:
        if f"id_{name}_{kind}" not in self.by_id:
            return []
        described = self.with_id(f"id_{name}").attributes["aria-describedby"].split()
        assert f"id_{name}_{kind}" in described, "the control is not tied to its note"
        return [note.text for note in self.with_id(f"id_{name}_{kind}").every("p")]

    def all_errors(self) -> dict[str, list[str]]:
        """The errors by field."""
        return {name: found for name in self.fields if (found := self.errors(name))}

    def value(self, name: str) -> str | None:
        """What a form's field shows."""
        return self.with_id(f"id_{name}").attributes.get("value")

    @property
    def alerts(self) -> list[str]:
        """What is said above a form that was not accepted."""
        return [
            paragraph.text
            for alert in self.every(class_="callout-danger")
            for paragraph in alert.every("p")
        ]

    @property
    def messages(self) -> list[str]:
        """What is said about the step before."""
        boxes = [box for found in self.every(class_="messages") for box in found.every("div")]
        bodies = [box for box in boxes if box.has({"class": "callout-body"})]
        return [next(body.every("p")).text for body in bodies]

    @property
    def links(self) -> dict[str, str]:
        """Addresses by the words of the links."""
        return {link.text: link.attributes["href"] for link in self.every("a")}

    @property
    def accepts(self) -> str | None:
        """What the box “Save anyway” would accept, where there is one."""
        for label in self.every("label", class_="accept-warnings"):
            if "hidden" not in label.attributes:
                return label.one("input").attributes["value"]
        return None


def _build(page: Page) -> None:
    """Build the tree; our templates close what they open, and quote `<` and `>`.

    A regular expression finds the tags: the standard library's parser, which knows all of HTML's
    rules, took a quarter of the time of these tests.
    """
    source, at, opened = page.source, 0, [page]
    while tag := TAG.search(source, at):
        opened[-1].add(source[at : tag.start()])
        at = tag.end()
        closing, name, attributes = tag.groups()
        name = name and name.lower()
        if not name or name == "wbr":
            # A comment, or what lets an address be broken and is no word of it.
            continue
        if closing:
            assert opened[-1].tag == name, f"<{opened[-1].tag}> is closed by </{name}>"
            opened.pop()
            continue
        element = Element(name, attributes)
        opened[-1].content.append(element)
        page.remember(element)
        if name in VOID or attributes.endswith("/"):
            continue
        opened.append(element)
        if name in RAW:
            ends = source.index(f"</{name}", at)
            element.content += [source[at:ends]] if at < ends else []
            at = ends
    opened[-1].add(source[at:])
    assert opened == [page], f"<{opened[-1].tag}> is not closed"


def said_in(language: str, text: object) -> str:
    """Return a sentence of the program in a language; in Chinese it must have been translated."""
    with translation.override("en"):
        english = force_str(text)
    if language == "en":
        return english
    with translation.override(language):
        said = translation.gettext(english) if isinstance(text, str) else force_str(text)
    assert said != english, f"not translated: {english}"
    return said
