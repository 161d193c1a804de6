"""``manage.py mfa reset EMAIL``: for an operator who has lost every second factor."""

from __future__ import annotations

import logging
from argparse import ArgumentParser
from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management import BaseCommand, CommandError
from django.db import transaction

from portal.account.notices import FACTORS_RESET
from portal.mail import send_notice
from projects.audit import events
from projects.audit.log import record_event
from projects.members.invitations import find_operator
from projects.models import User

log = logging.getLogger("menkou.accounts")


class Command(BaseCommand):
    help = "Turn off two-step verification for an operator, who then signs in with a password only."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="action")
        reset = actions.add_parser(
            "reset", help="remove the authenticator app, passkeys and recovery codes"
        )
        reset.add_argument("email", help="the operator's email address")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        operator = find_operator(email)
        if operator is None:
            raise CommandError(f"No operator has the email address {email}.")
        with transaction.atomic():
            removed = reset_factors(operator)
            if removed:
                send_notice(operator, FACTORS_RESET)
        if not removed:
            self.stdout.write(
                f"{operator.email} does not use two-step verification. Nothing was changed."
            )
            return
        self.stdout.write(f"{operator.email} can now sign in with a password only.")
        self.stdout.write(
            "Browsers that are signed in stay signed in, but cannot open projects that require "
            "two-step verification. To sign all of them out, run "
            f"`manage.py changepassword {operator.email}`."
        )


@transaction.atomic
def reset_factors(operator: User) -> int:
    """Delete all second factors of the operator; return how many.

    It is recorded in the history of every project of the operator.
    """
    removed: int = Authenticator.objects.filter(user=operator).delete()[0]
    if removed:
        log.warning("The second factors of operator %s were removed by a command", operator.pk)
        for membership in operator.memberships.select_related("project"):
            record_event(
                events.SECOND_FACTOR_RESET,
                project=membership.project,
                actor=None,
                target=operator,
            )
    return removed
