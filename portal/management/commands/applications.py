"""``manage.py applications``: add an application, and replace signing keys."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.db import transaction

from applications import services
from applications.keys.rotation import replace_keys, rotate_keys
from applications.models import Application, Kind
from applications.redirect_uris import MOST_URIS, find_problem
from applications.services import ApplicationFields
from connections.secrets import check_keys
from core.keyring.keyset import KeysetError
from projects.models import Project

LONGEST_NAME = Application._meta.get_field("name").max_length or 0


class Command(BaseCommand):
    help = "Add an application to a project, or replace the keys that sign its ID tokens."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="action")
        rotate = actions.add_parser("rotate-keys", help="publish new keys, which sign a day later")
        rotate.add_argument("--project", metavar="ID", help="only this project (default: all)")
        rotate.add_argument(
            "--now",
            action="store_true",
            help="remove the present keys at once, if others may have seen them or they are lost",
        )
        create = actions.add_parser(
            "create",
            help="add an application and print its client ID and client secret as JSON",
        )
        create.add_argument("--project", metavar="ID", required=True, help="for example acme")
        create.add_argument("--name", required=True, help="people see it on the sign-in page")
        create.add_argument("--type", dest="kind", choices=Kind.values, default=Kind.WEBSITE)
        create.add_argument(
            "--redirect-uri",
            dest="redirect_uris",
            metavar="URL",
            action="append",
            required=True,
            help="where people return to; may be repeated",
        )
        create.add_argument(
            "--post-logout-redirect-uri",
            dest="post_logout_redirect_uris",
            metavar="URL",
            action="append",
            default=[],
            help="where people may go after signing out; may be repeated",
        )
        create.add_argument("--backchannel-logout-uri", metavar="URL", default="")
        create.add_argument("--initiate-login-uri", metavar="URL", default="")
        create.add_argument("--home-page", metavar="URL", default="")
        create.add_argument(
            "--pkce",
            choices=["required", "optional"],
            default="required",
            help="only a website with a server may omit PKCE",
        )
        create.add_argument(
            "--development",
            action="store_true",
            help="redirect URIs may have a wildcard in the first label of the host",
        )
        create.add_argument(
            "--idp-claim", action="store_true", help="tokens name the connection that was used"
        )

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        try:
            # With the wrong keys, nothing may be saved.
            check_keys()
            self.create(options) if action == "create" else self.rotate_keys(options)
        except KeysetError as error:
            raise CommandError(str(error)) from None

    def create(self, options: dict[str, Any]) -> None:
        project = find_project(options["project"])
        proposal = read_fields(options)
        # If nobody receives the secret, the application is not saved either.
        with transaction.atomic():
            try:
                application, secret = services.add_application(project, proposal, actor=None)
            except services.TooManyApplications:
                raise CommandError(
                    f"{project.slug} has {services.MOST_APPLICATIONS} applications, "
                    "the most that a project can have."
                ) from None
            created = {
                "client_id": application.client_id,
                "client_secret": secret.value if secret else None,
                "issuer": application.project.issuer,
            }
            self.stdout.write(json.dumps(created))
            self.stdout.flush()

    def rotate_keys(self, options: dict[str, Any]) -> None:
        slug, rotate = options["project"], replace_keys if options["now"] else rotate_keys
        for project in [find_project(slug)] if slug else projects_with_issuer():
            published = rotate(project)
            for key in published:
                self.stdout.write(
                    f"{project.slug}: {key.alg} key {key.kid} signs from "
                    f"{key.active_at:%Y-%m-%d %H:%M} UTC."
                )
            if not published:
                self.stdout.write(f"{project.slug}: {reason_for_no_key(project)}")


def find_project(slug: str) -> Project:
    """Return the project; raises CommandError if there is none with this ID."""
    project = Project.objects.filter(slug=slug).first()
    if project is None:
        raise CommandError(f"There is no project with the ID {slug}.")
    return project


def projects_with_issuer() -> list[Project]:
    """Return the projects that have applications, or had some."""
    return list(Project.objects.exclude(issuer="").order_by("slug"))


def reason_for_no_key(project: Project) -> str:
    """Return why a rotation of the project's keys published none."""
    newest = project.signing_keys.order_by("active_at").last()
    if newest is None:
        return "No signing keys yet. The first application creates them."
    at = f"{newest.active_at:%Y-%m-%d %H:%M} UTC"
    return f"The next keys are already published. They sign from {at}."


def read_fields(options: dict[str, Any]) -> ApplicationFields:
    """Return what the options ask for; raises CommandError for the first one that is wrong."""
    kind, name = options["kind"], options["name"].strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise CommandError(f"--name: Use 1 to {LONGEST_NAME} characters.")
    if options["pkce"] == "optional" and kind != Kind.WEBSITE:
        raise CommandError("--pkce optional: Only a website with a server may omit PKCE.")
    redirect_uris = list(dict.fromkeys(options["redirect_uris"]))
    return_uris = list(dict.fromkeys(options["post_logout_redirect_uris"]))
    is_development = options["development"]
    refuse_wrong_urls("redirect-uri", redirect_uris, kind=kind, is_development=is_development)
    refuse_wrong_urls("post-logout-redirect-uri", return_uris, kind=kind)
    # These are addresses of websites, whatever the application is.
    for name_of_url in ("backchannel-logout-uri", "initiate-login-uri", "home-page"):
        value = options[name_of_url.replace("-", "_")]
        refuse_wrong_urls(name_of_url, [value] if value else [], kind=Kind.WEBSITE)
    return ApplicationFields(
        name=name,
        kind=kind,
        redirect_uris=redirect_uris,
        post_logout_redirect_uris=return_uris,
        backchannel_logout_uri=options["backchannel_logout_uri"],
        initiate_login_uri=options["initiate_login_uri"],
        home_page=options["home_page"],
        pkce_optional=options["pkce"] == "optional",
        is_development=is_development,
        idp_claim=options["idp_claim"],
    )


def refuse_wrong_urls(
    option: str, values: Iterable[str], *, kind: str, is_development: bool = False
) -> None:
    """Raise CommandError for the first URL that cannot be registered."""
    for number, value in enumerate(values, start=1):
        if number > MOST_URIS:
            raise CommandError(f"--{option}: Use at most {MOST_URIS}.")
        problem = find_problem(value, kind=kind, is_development=is_development)
        if problem:
            raise CommandError(f"--{option} {value[:200]}: {problem}")
