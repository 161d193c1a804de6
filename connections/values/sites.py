"""A project's sign-in page, as a provider sees it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Site:
    """A project's sign-in page as a provider sees it."""

    scheme: str
    host: str
    callback_path: str

    @property
    def callback_url(self) -> str:
        """The redirect URI."""
        return f"{self.scheme}://{self.host}{self.callback_path}"

    @classmethod
    def from_callback_url(cls, callback_url: str) -> Site:
        """Return the site that has this redirect URI."""
        parts = urlsplit(callback_url)
        return cls(parts.scheme, parts.netloc, parts.path)

    @property
    def metadata_url(self) -> str:
        """The URL of the connection's metadata; in SAML it is also the entity ID."""
        alias = self.callback_path.rpartition("/")[2]
        return f"{self.scheme}://{self.host}/sso/{alias}/metadata"

    @property
    def hostname(self) -> str:
        """The host without a port, and without the brackets of an IPv6 address."""
        return urlsplit(f"//{self.host}").hostname or ""

    @property
    def is_local(self) -> bool:
        """Whether the host is localhost or a name below it."""
        return self.hostname == "localhost" or self.hostname.endswith(".localhost")

    @property
    def has_ip_address(self) -> bool:
        """Whether browsers read the host as an IP address: also a name whose last part is one."""
        return ":" in self.hostname or self.hostname.rpartition(".")[2].isdigit()
