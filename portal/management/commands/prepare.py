"""``manage.py prepare``: set up a demo; it may be repeated and then changes nothing."""

from __future__ import annotations

import json
import secrets
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command

from connections.secrets import check_keys
from core.keyring.keyset import KeysetError, create_keyset
from portal import environment
from portal.management.demo_website import prepare_website
from projects.models import Membership, Project, Role, User
from projects.tenants.services import create_project

DEMO_SLUG, DEMO_NAME = "acme", "Acme"
DEMO_EMAIL = "admin@example.com"


class Command(BaseCommand):
    help = "Migrate, and create the keyset, demo project and first operator if they are missing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--scheme", default="http", help="scheme of the printed URLs")
        parser.add_argument("--website", default="", help="origin of the demo website")
        parser.add_argument(
            "--website-file",
            type=Path,
            default=Path("website.json"),
            help="where the website's client ID and secret are written (mode 600)",
        )

    def handle(self, *args: Any, scheme: str, website: str, **options: Any) -> None:
        if settings.MENKOU_ENV == "production":
            raise CommandError("This command creates a demo. In production, run `init`.")
        call_command("migrate", verbosity=0, interactive=False)
        self.make_keyset()
        operator, password = first_operator()
        project = demo_project(operator)
        if website:
            prepare_website(project, origin=website, file=options["website_file"])
        result = {
            "operator": operator.email,
            "password": password,
            "sign_in": f"{scheme}://{settings.MENKOU_PORTAL_HOST}/login",
            "sign_in_page": f"{scheme}://{project.host}/login",
            "website": website or None,
        }
        self.stdout.write(json.dumps(result))

    def make_keyset(self) -> None:
        path = Path(settings.MENKOU_KEYSET_FILE)
        try:
            if not path.exists():
                create_keyset(path)
            check_keys()
        except KeysetError as error:
            raise CommandError(str(error)) from None


def first_operator() -> tuple[User, str | None]:
    """Return an operator, and the password if it was generated now."""
    known = User.objects.filter(project=None).order_by("created_at").first()
    if known is not None:
        return known, None
    given = environment.text("DJANGO_SUPERUSER_PASSWORD")
    password = given or secrets.token_urlsafe(12)
    email = environment.text("DJANGO_SUPERUSER_EMAIL", DEMO_EMAIL)
    return User.objects.create_superuser(email, password), None if given else password


def demo_project(operator: User) -> Project:
    """Return the demo project; create it with the operator as owner if necessary."""
    project = Project.objects.filter(slug=DEMO_SLUG).first()
    if project is None:
        return create_project(name=DEMO_NAME, slug=DEMO_SLUG, owner=operator)
    if not project.memberships.exists():
        Membership.objects.create(project=project, user=operator, role=Role.OWNER)
    return project
