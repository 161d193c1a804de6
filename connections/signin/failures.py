"""How a sign-in fails: a cause, from which the outcome and every sentence follow."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from connections.models import Outcome
from connections.providers.definition import Definition, Fault


class SignInFailed(Exception):
    """A sign-in that ends without anybody signed in; it quotes nothing that was received."""

    def __init__(self, cause: str, *, code: str = "", trace: str = "") -> None:
        super().__init__(cause)
        self.cause = cause
        self.code = code
        self.trace = trace


REPORT = _("If it goes on, report it with the reference.")
WAIT = _("Nothing to do unless it goes on; then ask the provider.")

SHARED: dict[str, Fault] = {
    "cancelled": Fault(
        outcome=Outcome.CANCELLED,
        cause=_("The person cancelled at the provider."),
        fix=_("Nothing to do."),
    ),
    "state": Fault(
        outcome=Outcome.REJECT,
        cause=_("The callback belonged to no sign-in that this browser had begun."),
        fix=_("Nothing to do: the person can begin again."),
    ),
    "cross_site": Fault(
        outcome=Outcome.REJECT,
        cause=_("Another website tried to begin the sign-in."),
        fix=_("Nothing to do: the person can begin again on the sign-in page."),
    ),
    "disabled": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The connection is switched off."),
        fix=_("Switch it on, or leave it off if you meant to."),
    ),
    "secret_missing": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The connection has no client secret."),
        fix=_("Enter the client secret and save the connection."),
    ),
    "secret_unreadable": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The stored client secret does not open with this installation's keys."),
        fix=_("Restore the right keyset, or replace the secret."),
    ),
    "provider_unknown": Fault(
        outcome=Outcome.CONFIG,
        cause=_("This release does not know the connection's provider."),
        fix=_("Install the release that has it."),
    ),
    "busy": Fault(
        outcome=Outcome.TEMPORARY,
        cause=_("The provider answers slowly, and too many people already waited for it."),
        fix=WAIT,
    ),
    "timeout": Fault(
        outcome=Outcome.TEMPORARY,
        cause=_("The provider did not answer in time."),
        fix=WAIT,
    ),
    "unreachable": Fault(
        outcome=Outcome.TEMPORARY,
        cause=_("The provider could not be reached."),
        fix=_("Check that this server can reach the provider's address."),
    ),
    "private_address": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The provider's address leads into a private network."),
        fix=_("Enter an address that is public."),
    ),
    "too_large": Fault(
        outcome=Outcome.TEMPORARY,
        cause=_("The provider's answer was far too long."),
        fix=WAIT,
    ),
    "http_status": Fault(
        outcome=Outcome.TEMPORARY,
        cause=_("The provider answered with an error of its server."),
        fix=WAIT,
    ),
    "malformed": Fault(
        outcome=Outcome.TEMPORARY,
        cause=_("The provider's answer could not be understood."),
        fix=REPORT,
    ),
    "unknown_code": Fault(
        outcome=Outcome.TEMPORARY,
        cause=_("The provider reported an error that this release does not know."),
        fix=_("Look the code up in the provider's documentation."),
    ),
    "person_inactive": Fault(
        outcome=Outcome.POLICY,
        cause=_("This person has been blocked in the project."),
        fix=_("Nothing to do if you meant to."),
        public=_("This account cannot sign in here."),
    ),
}


def fault_of(definition: Definition | None, cause: str) -> Fault:
    """Return what a cause means; one that nobody listed counts as not understood."""
    own = definition.faults if definition else {}
    return own.get(cause) or SHARED.get(cause) or SHARED["unknown_code"]
