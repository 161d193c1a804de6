"""SAML 2.0: a signed request, and a checked response."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.utils.functional import cached_property

from connections.protocols.protocol import Callback, Protocol, Redirect, Start
from connections.protocols.saml import claims
from connections.protocols.saml.metadata import Metadata, fetch_newer, load_metadata
from connections.protocols.saml.request import Request
from connections.protocols.saml.response import ExpectedValues, verify_response
from connections.protocols.saml.xml_parser import in_own_thread
from connections.values.failures import SignInFailed
from connections.values.sites import Site


class SAMLProtocol(Protocol):
    """Redirects with a signed request, and accepts only the response to it.

    The browser brings the response, so only metadata is requested from the provider.
    """

    @cached_property
    def metadata(self) -> Metadata:
        """The provider's metadata; the first access raises SignInFailed or RequestFailed."""
        return load_metadata(self.settings)

    @property
    def entity_id(self) -> str:
        """Our entity ID."""
        return Site.from_callback_url(self.client.callback_url).metadata_url

    def called_urls(self) -> list[str]:
        # Only the browser goes to the address for sign-ins.
        return [self.settings["metadata_url"]] if self.publishes_metadata else []

    @property
    def publishes_metadata(self) -> bool:
        return bool(self.settings["metadata_url"])

    def fetch_metadata(self) -> None:
        self.metadata  # noqa: B018 - fetches it and compares the entity ID

    def begin(self, start: Start) -> Redirect:
        request = Request(
            id=request_id(start.nonce),
            destination=self.metadata.sso_url,
            callback_url=self.client.callback_url,
            entity_id=self.entity_id,
            name_id_format=self.settings["name_id_format"],
            attributes=self.demands(start),
        )
        return Redirect(url=request.address(state=start.state, key=self.client.client_secret))

    def finish(self, callback: Callback) -> dict[str, Any]:
        terms = ExpectedValues(
            provider=self.metadata,
            entity_id=self.entity_id,
            callback_url=self.client.callback_url,
            request_id=request_id(callback.nonce),
            key=self.client.client_secret,
        )
        return self.read_response(callback.parameters.get("SAMLResponse", ""), terms)

    def read_response(self, posted: str, terms: ExpectedValues) -> dict[str, Any]:
        """Return the data about the user in a valid response.

        If no certificate fits, the metadata is fetched again: the provider may have a new one.
        """
        try:
            return read_response(posted, terms)
        except SignInFailed as failure:
            if failure.cause != "signature":
                raise
            found = fetch_newer(self.settings, terms.provider)
            if found is None:
                raise
        return read_response(posted, replace(terms, provider=found))


def read_response(posted: str, terms: ExpectedValues) -> dict[str, Any]:
    """Return what a response says of a person; raises SignInFailed unless it is valid."""

    def read() -> dict[str, Any]:
        return claims.parse_assertion(
            verify_response(posted, terms), provider=terms.provider.entity_id
        )

    return in_own_thread(read)


def request_id(nonce: str) -> str:
    """Return the request's id, which in XML must not begin with a digit."""
    return f"_{nonce}"
