"""Limits codec lookups by names that clients send.

Python caches every name that is looked up, including names of encodings that do not exist. A client
that sends a new name each time would fill the memory.
"""

from __future__ import annotations

import codecs
import encodings
import pkgutil
from encodings.aliases import aliases

from django.core.handlers.wsgi import WSGIRequest
from django.utils.http import parse_header_parameters

NAMES = frozenset(
    {*aliases, *aliases.values(), *(each.name for each in pkgutil.iter_modules(encodings.__path__))}
)


def find_codec(name: str) -> codecs.CodecInfo | None:
    """Return the codec, or None for an unknown name."""
    # Python would accept any run of other characters as one hyphen, and cache each spelling.
    if name.replace("-", "_") not in NAMES:
        return None
    return encodings.search_function(name)


def replace_codec_search() -> None:
    """Replace Python's codec search by `find`."""
    codecs.unregister(encodings.search_function)
    codecs.unregister(find_codec)  # if it is there
    codecs.register(find_codec)


class UTF8Request(WSGIRequest):
    """A request whose URL is decoded as UTF-8, whatever charset its Content-Type names.

    Django would decode the URL with that charset before any middleware runs. Some charsets fail
    there, which ends in an error of the web server. `RefuseUnreadable` refuses them.
    """

    def _set_content_type_params(self, meta: dict[str, str]) -> None:
        try:
            found = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except ValueError:
            found = "", {"charset": "unknown"}
        self.content_type, self.content_params = found
