"""What the forms and entries of all OpenID providers share: an issuer that is asked who it is.

https://openid.net/specs/openid-connect-discovery-1_0.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections import outside
from connections.forms import ConnectionForm, mixed_up
from connections.models import Outcome
from connections.providers.definition import Definition, Fault, Group, Settings, exact_callback_url
from connections.signin.failures import SignInFailed, fault_of
from connections.signin.oidc.claims import read
from connections.signin.oidc.metadata import BY_HAND, Metadata, by_hand, discovered, is_address
from connections.signin.oidc.provider import OpenIDConnectAdapter
from connections.waiting import let_go_of_database

LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# Its last part begins with a letter: four numbers are an address, and no host name.
HOST = re.compile(rf"(?:{LABEL}\.)+(?=[a-z]){LABEL}(?::[0-9]{{1,5}})?")
URL_OR_EMAIL = re.compile(r".*(?:://|@).*")
PORTS = {"https": 443, "http": 80}

PRIVATE = _(
    "This leads into a private network. Whoever runs this installation can allow it "
    "(MENKOU_PRIVATE_ORIGINS)."
)


class IssuerForm(ConnectionForm):
    """A form whose values say where the issuer is; it is asked before anything is saved."""

    computed: ClassVar[tuple[str, ...]] = ("issuer",)
    secret_is_bound_to: ClassVar[tuple[str, ...]] = ("client_id", "issuer")
    # The field that is wrong where the issuer does not answer.
    issuer_field: ClassVar[str] = ""

    def clean_client_id(self) -> str:
        value: str = self.cleaned_data["client_id"]
        mixed_up(
            value,
            ((URL_OR_EMAIL, _("This is a web or e-mail address, and not the Client ID.")),),
        )
        return value

    def issuer_of(self, values: Mapping[str, Any]) -> str:
        """Return the issuer's address, from fields that are valid."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        if not set(self.errors) - set(self.COMMON) - {"client_id", "client_secret"}:
            self.discover(self.issuer_field, self.issuer_of(self.cleaned_data))
        return super().clean()

    def metadata(self, issuer: str) -> Metadata:
        """Return what the issuer says of itself; raises SignInFailed or NoAnswer."""
        return discovered(issuer)

    def discover(self, field: str, issuer: str) -> None:
        """Ask the issuer, and take its name in its own spelling."""
        try:
            found = asked(issuer, self.metadata)
        except SignInFailed as failure:
            fault = fault_of(self.definition, failure.cause)
            self.add_error(field, ValidationError(f"{fault.cause} {fault.fix}", code=failure.cause))
        else:
            self.cleaned_data["issuer"] = found.issuer


def asked(issuer: str, ask: Callable[[str], Metadata]) -> Metadata:
    """Return what the issuer says of itself; raises SignInFailed."""
    let_go_of_database()
    try:
        with outside.deadline():
            found = ask(issuer)
            for name in BY_HAND:
                refuse_private(getattr(found, name))
    except outside.NoAnswer as error:
        raise SignInFailed(error.cause) from None
    except SignInFailed as failure:
        # Servers answer so where nothing is, and not where they fail.
        if failure.cause == "http_status" and failure.code.startswith("4"):
            raise SignInFailed("no_issuer") from None
        raise
    return found


def checked_address(value: str) -> str:
    """Return the address without a slash too many; raises ValidationError where it is unusable."""
    if not value:
        return ""
    if not is_address(value):
        raise ValidationError(
            _("Enter a whole address that begins with https://, without user and #."),
            code="address",
        )
    try:
        refuse_private(value)
    except outside.NoAnswer as error:
        if error.cause == "private_address":
            raise ValidationError(PRIVATE, code="private_address") from None
        # Whoever signs in is told what is wrong; a name may be made known later.
    return value


def host_of(value: str) -> str:
    """Return the host that was typed, be it as an address; raises ValidationError."""
    host = value.lower().removeprefix("https://").rstrip("/")
    if not HOST.fullmatch(host):
        raise ValidationError(_("Enter a host name, such as login.example.com."), code="host")
    return host


def base_of(value: str) -> str:
    """Return the address below which a product is installed; raises ValidationError."""
    return checked_address(value if "://" in value else f"https://{value}").rstrip("/")


def refuse_private(url: str) -> None:
    """Raise NoAnswer where an address leads into a private network that nobody has allowed."""
    parts = urlsplit(outside.moved(url))
    if url and f"{parts.scheme}://{parts.netloc}" not in outside.trusted_origins():
        outside.refuse_private(parts.hostname or "", parts.port or PORTS[parts.scheme])


def namespace(settings: Settings) -> str:
    """The issuer, where it proved by its own discovery that the addresses are its own.

    Whoever types addresses could otherwise speak for somebody else's people.
    """
    return "" if by_hand(settings) else f"oidc:{settings['issuer']}"


def issuer(settings: Settings) -> str:
    """The name that callbacks must repeat where they name anybody."""
    return str(settings["issuer"])


COPIES = exact_callback_url(_("Redirect URI"))

FAULTS = {
    "no_issuer": Fault(
        outcome=Outcome.CONFIG,
        cause=_("There is no discovery document at this issuer's address."),
        fix=_("Compare it with what the provider's console says."),
    ),
    "discovery": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The issuer's discovery document lacks an address, or has an unusable one."),
        fix=_("Compare the issuer with the provider's documentation, or enter the addresses."),
    ),
    "client_authentication": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The provider takes client secrets neither in a header nor in the body."),
        fix=_("Allow client_secret_basic or client_secret_post for the client."),
    ),
    "account_selection_required": Fault(
        outcome=Outcome.RETRY,
        cause=_("The provider wanted the person to choose an account."),
        fix=_("Nothing to do: the person can begin again."),
    ),
}


def openid_provider(**entry: Any) -> Definition:
    """Return the entry of a provider that says by discovery where it is.

    Given are its id, names, form and guide, and whatever it does otherwise than the standard.
    """
    standard: dict[str, Any] = {
        "group": Group.ENTERPRISE,
        "scopes": ("openid", "profile", "email"),
        "login": OpenIDConnectAdapter,
        "claims": read,
        "namespace": namespace,
        "known_by": "`sub` under the issuer",
        "nonce": True,
        "asks_at_start": True,
        "issuer": issuer,
        "copies": COPIES,
        "faults": FAULTS,
    }
    return Definition(**{**standard, **entry})
