"""The form of a connection with what was sent, and the secrets that were typed before it came back.

A browser shows no password field again. The secrets of a form that comes back are therefore kept
on the server, and its page has an id for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.datastructures import MultiValueDict

from connections.drafts import typed_secrets
from connections.drafts.rows import edit_base
from connections.fields.common import label_languages
from connections.forms.connection_form import ConnectionForm, replace_values
from connections.models import Connection
from connections.providers.definition import Definition
from core.keyring.keyset import KeysetError
from portal.access.roles import can_edit
from projects.requests import MemberRequest

# The name of the hidden field with the id, and of the button that keeps the values as a draft.
KEPT = "kept"
ACTION = "action"
DRAFT = "draft"


def connection_form(
    request: MemberRequest, definition: Definition, connection: Connection | None = None
) -> ConnectionForm:
    """Return the provider's form, bound for POST requests."""
    if request.method != "POST":
        return make_form(request, definition, connection)
    form = make_form(request, definition, connection, request.POST, request.FILES)
    owner = typed_secrets.FormOwner(request.user, request.project, definition.id, connection)
    kept = typed_secrets.read_typed_secrets(owner, request.POST.get(KEPT, ""))
    form.data = replace_values(
        form.data,
        {
            name: value
            for name, value in kept.items()
            if name in form.secret_names and not form.data.get(name)
        },
    )
    return form


def make_form(
    request: MemberRequest,
    definition: Definition,
    connection: Connection | None,
    sent: Mapping[str, Any] | None = None,
    files: MultiValueDict[str, UploadedFile[Any]] | None = None,
) -> ConnectionForm:
    """Return the provider's form as it is before anybody types: the draft, if there is one.

    Viewers get what is live.
    """
    return ConnectionForm(
        sent,
        files,
        definition=definition,
        project=request.project,
        connection=connection,
        site_scheme=request.scheme or "https",
        base=edit_base(connection) if connection and can_edit(request) else None,
        as_draft=sent is not None and sent.get(ACTION) == DRAFT,
        editor_address=request.user.email,
    )


def saved_values(connection: Connection) -> dict[str, Any]:
    """Return what a form would send that shows the draft and in which nobody typed."""
    base = edit_base(connection)
    labels = {name: base.labels.get(language, "") for name, language in label_languages().items()}
    return {**base.settings, **labels, "enabled": base.enabled}


def keep_secrets(request: MemberRequest, form: ConnectionForm) -> str:
    """Keep the valid secrets of a form that comes back; return the id for its page.

    Returns "" if there are none, or without usable keys.
    """
    if request.method != "POST" or form.checked is None:
        return ""
    typed = {
        name: value
        for name, value in form.checked.secrets.items()
        if name in form.fields and form.data.get(name)
    }
    owner = typed_secrets.FormOwner(
        request.user, request.project, form.definition.id, form.connection
    )
    typed_secrets.delete_typed_secrets(owner, request.POST.get(KEPT, ""))
    try:
        page_id = typed_secrets.keep_typed_secrets(owner, typed)
    except KeysetError:
        # The errors of the form are shown all the same, and the secret is typed again.
        return ""
    form.typed_secrets = frozenset(typed)
    return page_id


def drop_typed_secrets(request: MemberRequest, form: ConnectionForm) -> None:
    """Delete what was kept for a form that was saved."""
    owner = typed_secrets.FormOwner(
        request.user, request.project, form.definition.id, form.connection
    )
    typed_secrets.delete_typed_secrets(owner, request.POST.get(KEPT, ""))
