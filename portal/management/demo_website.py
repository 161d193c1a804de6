"""The website of ``make run``, as an application of the demo project."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from applications.models import Application
from applications.services import (
    MOST_SECRETS,
    ApplicationFields,
    add_application,
    add_secret,
    change_application,
    live_secrets,
    own_issuer,
    remove_secret,
)
from core.random_text import hash_text
from portal.devtools.private_files import write_private
from projects.models import Project

NAME = "Demo Shop"
# Its origin at another port.
FORMER_ORIGIN = re.compile(r"http://127\.0\.0\.1:\d+(?=/)")


def prepare_website(project: Project, *, origin: str, file: Path) -> None:
    """Register the website if necessary, and write its client id, secret and issuer to the file.

    An application that exists is kept. Its addresses follow the website's port, the issuer follows
    the portal's, and it gets another secret if the file has none that is valid.
    """
    follow_host(project)
    known = read_credentials(file)
    application = find_website(project, known)
    if application is None:
        application, made = add_application(project, new_website(origin), actor=None)
        secret = made.value if made else ""
    else:
        follow_origin(application, origin)
        secret = known.get("client_secret", "")
        if not live_secrets(application).filter(hash=hash_text(secret)).exists():
            secret = renew_secret(application)
    project.refresh_from_db()
    credentials = {
        "client_id": application.client_id,
        "client_secret": secret,
        "issuer": project.issuer,
    }
    if credentials != known:
        write_private(file, json.dumps(credentials))


def new_website(origin: str) -> ApplicationFields:
    """Return the fields of the website's application."""
    return ApplicationFields(
        name=NAME,
        redirect_uris=[f"{origin}/callback"],
        initiate_login_uri=f"{origin}/sign-in",
        home_page=f"{origin}/",
        post_logout_redirect_uris=[f"{origin}/"],
        backchannel_logout_uri=f"{origin}/back-channel-logout",
        idp_claim=True,
    )


def find_website(project: Project, known: dict[str, str]) -> Application | None:
    """Return the application of the file, else the oldest one with its name."""
    websites = project.applications.filter(kind="website").order_by("created_at")
    named = websites.filter(client_id=known.get("client_id", "")).first()
    return named or websites.filter(name=NAME).first()


def read_credentials(file: Path) -> dict[str, str]:
    """Return the content of the file, or {} if it is missing or damaged."""
    try:
        found: Any = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    is_right = isinstance(found, dict) and all(isinstance(each, str) for each in found.values())
    return found if is_right else {}


def follow_host(project: Project) -> None:
    """Let the issuer be the project's present host, whose port is that of ``make run``."""
    if project.issuer and project.issuer != own_issuer(project):
        project.issuer = own_issuer(project)
        project.save(update_fields=["issuer"])


def follow_origin(application: Application, origin: str) -> None:
    """Replace the website's former origin in the application's addresses."""

    def moved(url: str) -> str:
        return FORMER_ORIGIN.sub(origin, url)

    change_application(
        application,
        {
            "redirect_uris": list(dict.fromkeys(map(moved, application.redirect_uris))),
            "initiate_login_uri": moved(application.initiate_login_uri),
            "home_page": moved(application.home_page),
            "post_logout_redirect_uris": list(
                dict.fromkeys(map(moved, application.post_logout_redirect_uris))
            ),
            "backchannel_logout_uri": moved(application.backchannel_logout_uri),
        },
        actor=None,
    )


def renew_secret(application: Application) -> str:
    """Return a new secret; the oldest one goes if there are too many."""
    present = list(live_secrets(application))
    if len(present) >= MOST_SECRETS:
        remove_secret(present[0], actor=None)
    return add_secret(application, actor=None).value
