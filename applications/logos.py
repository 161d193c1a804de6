"""Logos of applications, which people see where they sign in to one."""

from __future__ import annotations

from hashlib import sha256

from django.db import transaction
from django.http import HttpResponse

from applications.events import APPLICATION_CHANGED
from applications.models import Application, ApplicationLogo
from applications.services import lock_application
from core.content_policy import HEADER, NONE
from core.pictures import Picture
from core.postgresql.retry import retry_on_lost_connection
from projects.audit.log import record_event
from projects.models import Project, User

# Letters of the hash in a file's name: 128 bits.
HASH_LENGTH = 32
YEAR_SECONDS = 365 * 24 * 3600


@transaction.atomic
def change_logo(application: Application, picture: Picture | None, *, actor: User | None) -> None:
    """Replace an application's logo, or remove it with None; raises Application.DoesNotExist."""
    application = lock_application(application)
    before, name = application.logo, file_name(picture) if picture else ""
    if name == before:
        return
    ApplicationLogo.objects.filter(application=application).delete()
    if picture:
        ApplicationLogo.objects.create(application=application, name=name, content=picture.content)
    application.logo, application.updated_by = name, actor
    application.save(update_fields=["logo", "updated_by", "updated_at"])
    record_event(
        APPLICATION_CHANGED,
        project=application.project,
        actor=actor,
        target=application,
        changes={"logo": (before or None, name or None)},
    )


def file_name(picture: Picture) -> str:
    """Return the name of a picture, which is another one for another content."""
    return f"{sha256(picture.content).hexdigest()[:HASH_LENGTH]}.{picture.format}"


@retry_on_lost_connection
def find_logo(project: Project, name: str) -> bytes | None:
    """Return the file of a logo in the project, or None: one statement."""
    found = ApplicationLogo.objects.filter(application__project=project, name=name)
    content = found.values_list("content", flat=True).first()
    return None if content is None else bytes(content)


def logo_response(content: bytes, name: str) -> HttpResponse:
    """Return a logo as a response that browsers keep; its address changes with its content."""
    response = HttpResponse(content, content_type=f"image/{name.rpartition('.')[2]}")
    response["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
    # If a browser takes the file for a document, it can do nothing.
    response[HEADER] = f"default-src {NONE}; sandbox"
    return response
