"""What checks say besides the faults of sign-ins: of our own host, and of what expires."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from connections.providers.definition import Definition
from connections.values.failures import find_fault
from connections.values.faults import Fault, misconfigured

RENEW_OWN = _(
    "Renew it at the proxy in front of this installation. Until then, browsers show a warning in "
    "place of the sign-in page."
)

CHECK_FAULTS: dict[str, Fault] = {
    "check_busy": misconfigured(
        _("Too many checks are running right now."), _("Wait a few seconds, and check again.")
    ),
    "earlier": misconfigured(
        _("An earlier step failed."), _("Correct that one first, and check again.")
    ),
    "value_missing": misconfigured(
        _("A value that the provider needs is not saved."), _("Enter it and save the connection.")
    ),
    "form": misconfigured(
        _("Some of the values cannot be used."),
        _("Correct the fields that are marked, and check again."),
    ),
    "warned": misconfigured(
        _("There are warnings about some of the values."),
        _("They are shown at the fields. If you are sure, no action is needed."),
    ),
    "tls_ends_soon": misconfigured(
        _("The certificate of the provider's server expires soon."),
        _("Most providers renew it by themselves. If you run this server, renew it in time."),
    ),
    "certificate_ended": misconfigured(
        _("A certificate of this connection has expired."),
        _("Replace it. Some identity providers refuse sign-ins with an expired certificate."),
    ),
    "certificate_ends_soon": misconfigured(
        _("A certificate of this connection expires soon."),
        _("Replace it before that day. Until then, both the old and the new one can be entered."),
    ),
    "no_probe": misconfigured(
        _("The provider offers no way to test credentials without a user."),
        _("Use “Try sign-in”."),
    ),
    "own_host_local": misconfigured(
        _("The callback URL is on localhost."),
        _(
            "Only a browser on this machine can come back to it, which is enough to try things "
            "out. For everybody else, this installation needs a domain."
        ),
    ),
    "own_host_private": misconfigured(
        _("The project's address is in a private network, as seen from this server."),
        _(
            "Users come back from the provider only if their browsers can reach this network. If "
            "this is intended, no action is needed."
        ),
    ),
    "own_host_http": misconfigured(
        _("The callback URL begins with http://, so sign-ins are not encrypted."),
        _("Many providers accept only https. Serve the sign-in page by https."),
    ),
    "own_host_unknown": misconfigured(
        _("No DNS record was found for the project's host name."),
        _("Add a DNS record for it, or for all project hosts (*), that points to this server."),
    ),
    "own_host_unreachable": misconfigured(
        _("This server cannot reach the project's address."),
        _(
            "Open the sign-in page in a browser. If it appears there, no action is needed: some "
            "networks do not let a server call its own public address."
        ),
    ),
    "own_host_other": misconfigured(
        _("Something other than this installation answers at the project's address."),
        _(
            "Check where the DNS record points, and that the proxy passes on the host name and "
            "the whole path."
        ),
    ),
    "own_tls_expired": misconfigured(
        _("The https certificate of the project's address has expired or is not yet valid."),
        RENEW_OWN,
    ),
    "own_tls_host": misconfigured(
        _("The https certificate of the project's address is for another host name."),
        _("Get a certificate for it, or one for all project hosts (*)."),
    ),
    "own_tls": misconfigured(
        _("The project's address has no https certificate that browsers accept."),
        _(
            "Check the certificate and its chain at the proxy in front of this installation. Your "
            "portal administrator can trust a private authority with MENKOU_CA_BUNDLE."
        ),
    ),
    "own_tls_ends_soon": misconfigured(
        _("The https certificate of the project's address expires soon."), RENEW_OWN
    ),
    "file_unsaved": misconfigured(
        _("The verification file is served once the connection is saved."),
        _("Save the connection, and check again."),
    ),
    "file_none": misconfigured(
        _("No verification file is entered."),
        _(
            "The provider asks for one when you register the domain in its console. If somebody "
            "has registered the domain already, no action is needed."
        ),
    ),
    "file_missing": misconfigured(
        _("The verification file is not found at the project's address."),
        _("Check that the proxy in front of this installation passes on paths at the root."),
    ),
    "file_other": misconfigured(
        _("The verification file at the project's address has different content."),
        _(
            "Check the file's content, whether another connection of this project has a file of "
            "the same name, and whether the proxy serves a file of its own."
        ),
    ),
}


def find_check_fault(definition: Definition, cause: str) -> Fault:
    """Return the fault of a step's cause."""
    return CHECK_FAULTS.get(cause) or find_fault(definition, cause)
