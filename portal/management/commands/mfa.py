"""``manage.py mfa reset EMAIL``: for an operator who has lost every second factor."""

from __future__ import annotations

import logging
from argparse import ArgumentParser
from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management import BaseCommand, CommandError
from django.db import transaction

from portal.notices import FACTORS_RESET
from portal.post import send_notice
from projects.history import record
from projects.invitations import operator_with
from projects.models import Action, User

log = logging.getLogger("menkou.accounts")


class Command(BaseCommand):
    help = "Remove all second factors of an operator, who then signs in by the password alone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="action")
        reset = actions.add_parser("reset", help="remove the app, passkeys and recovery codes")
        reset.add_argument("email", help="the operator's e-mail address")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        operator = operator_with(email)
        if operator is None:
            raise CommandError(f"No operator has the address {email}.")
        removed = reset_factors(operator)
        if not removed:
            self.stdout.write(f"{operator.email} has no second factor; nothing was changed.")
            return
        send_notice(operator, FACTORS_RESET)
        self.stdout.write(f"{operator.email} signs in by the password alone from now on.")
        self.stdout.write(
            "Browsers that are signed in stay so, but open no project that requires a second "
            f"factor. `manage.py changepassword {operator.email}` signs all of them out."
        )


@transaction.atomic
def reset_factors(operator: User) -> int:
    """Remove what the operator signs in with besides the password; return how much that was.

    The history of every project of which they are a member tells it.
    """
    removed: int = Authenticator.objects.filter(user=operator).delete()[0]
    if removed:
        log.warning("The second factors of operator %s were removed by a command", operator.pk)
        for membership in operator.memberships.select_related("project"):
            record(
                Action.SECOND_FACTOR_RESET,
                project=membership.project,
                actor=None,
                target=operator,
            )
    return removed
