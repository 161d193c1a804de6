"""Drafts, revisions and secrets of forms that come back, on the pages of a connection."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.messages.storage.session import SessionStorage
from django.test import Client
from django.utils import timezone

from connections.drafts.rows import find_draft
from connections.drafts.successful_trials import TrialNeeded
from connections.drafts.typed_secrets import FormOwner, read_typed_secrets
from connections.edit_conflicts import EditSnapshot
from connections.forms.connection_form import TYPED_SECRET_KEPT
from connections.models import Connection, DraftSecret, RevisionSecret, TypedSecret
from connections.providers import catalogue
from connections.secrets import fingerprint
from connections.services import add_connection, change_connection
from portal.connections.drafts.differences import list_differences
from projects.models import Event, Membership, Project, Role, User
from projects.tenants.services import require_trial
from tests.cast import ACCOUNT_ID, APPSECRET, SETTINGS, open_secret, proposal, wechat_form
from tests.portal.page_reader import Page
from tests.rows import each_row

LIST = "/projects/acme/connections/"
PAGE = f"{LIST}wechat_web/"
ADD = f"{LIST}add/wechat_web/"
NEW_SECRET = "f" * 32
MOVED = "wx1111111111111111"


@pytest.fixture
def connection(project: Project, owner: User) -> Connection:
    return add_connection(
        project=project,
        definition=catalogue.get("wechat_web"),
        proposal=proposal(secrets={"client_secret": APPSECRET}),
        actor=owner,
    )


def typed(**values: Any) -> dict[str, Any]:
    """What an editor types into the form of a saved connection."""
    return wechat_form(alias=None, **{"client_secret": "", **values})


def save(client: Client, path: str = PAGE, **values: Any) -> Any:
    return client.post(path, {"seen": seen(client), **typed(**values)})


def seen(client: Client) -> str:
    """The state of the form as it is now, of somebody who has read the messages above it."""
    session = client.session
    if session.pop(SessionStorage.session_key, None):
        session.save()
    return EditSnapshot.take(live()).sign()


def publish(client: Client) -> Any:
    """Press Publish in the bar of the draft."""
    return client.post(f"{PAGE}publish/", {"seen": seen(client)})


def live() -> Connection:
    return Connection.objects.get()


def messages(client: Client, answer: Any) -> list[str]:
    return Page(client.get(answer.headers["location"])).messages


# --- a draft of a live connection ------------------------------------------------------------


def test_a_draft_is_shown_with_its_difference_and_published(
    as_editor: Client, as_viewer: Client, connection: Connection
) -> None:
    save(as_editor, action="draft", label_en="Scan", client_secret=NEW_SECRET)

    assert live().labels == {}
    page = as_editor.get(PAGE)
    assert Page(page).messages == ["Draft saved."]
    on_page = [each.attributes["value"] for each in Page(page).every("input", name="seen")]
    text = page.text
    for words in ("Draft by", "What the draft changes", "Scan", "Replaced", "Save draft"):
        assert words in text
    assert NEW_SECRET not in text
    assert fingerprint(NEW_SECRET) not in text
    # A viewer sees what is live, and what the draft would change.
    viewed = as_viewer.get(PAGE).text
    assert "What the draft changes" in viewed
    assert "Discard draft" not in viewed
    assert "Has a draft" in as_viewer.get(LIST).text

    # Of the bar's two buttons and of the form.
    assert list(map(EditSnapshot.from_form, on_page)) == [EditSnapshot.take(live())] * 3
    answer = publish(as_editor)

    assert (live().labels, open_secret(live(), "client_secret")) == ({"en": "Scan"}, NEW_SECRET)
    assert messages(as_editor, answer) == ["Published. “Scan” is live on the sign-in page."]
    assert "Draft by" not in as_editor.get(PAGE).text


def test_a_choice_at_its_default_has_the_words_of_the_form() -> None:
    (row,) = list_differences("wechat_web", {}, {"access_people": "existing"})
    assert (row.before, row.after) == ("New and existing users", "Existing users only")


def test_a_draft_that_was_changed_meanwhile_is_not_published_unseen(
    as_editor: Client, as_owner: Client, connection: Connection
) -> None:
    save(as_editor, action="draft", label_en="Scan")
    old = seen(as_editor)
    save(as_owner, action="draft", label_en="Other")

    answer = as_editor.post(f"{PAGE}publish/", {"seen": old})

    assert messages(as_editor, answer) == [
        "This connection was changed meanwhile, so nothing was published. Review it again."
    ]
    assert live().labels == {}
    assert as_editor.post(f"{PAGE}publish/").status_code == 302
    assert live().labels == {}


def test_a_secret_that_does_not_open_replaces_no_live_one(
    as_editor: Client, connection: Connection
) -> None:
    save(as_editor, action="draft", client_secret=NEW_SECRET)
    whole = DraftSecret.objects.get()
    DraftSecret.objects.update(ciphertext=bytes(whole.ciphertext)[:-1] + b"?")

    assert messages(as_editor, publish(as_editor)) == [
        "A secret of this connection cannot be decrypted."
    ]

    assert open_secret(live(), "client_secret") == APPSECRET
    assert save(as_editor, client_secret=NEW_SECRET).status_code == 302
    assert open_secret(live(), "client_secret") == NEW_SECRET


def test_two_people_meet_in_the_draft(
    as_editor: Client, as_owner: Client, connection: Connection
) -> None:
    save(as_editor, action="draft", label_en="Scan")
    old = seen(as_owner)
    save(as_editor, action="draft", label_en="Other")

    answer = as_owner.post(PAGE, {"seen": old, **typed(action="draft", label_en="Mine")})

    assert answer.status_code == 409
    assert "Save my version as draft" in answer.text
    assert find_draft(live()).labels == {"en": "Other"}  # type: ignore[union-attr]


def test_a_draft_may_lack_the_secret_of_another_app_but_is_not_published_without(
    as_editor: Client, connection: Connection
) -> None:
    assert save(as_editor, action="draft", client_id=MOVED).status_code == 302
    assert "Missing" in as_editor.get(PAGE).text

    page = Page(publish(as_editor))

    assert page.all_errors().keys() == {"client_secret"}
    assert live().client_id == SETTINGS["client_id"]
    answer = save(as_editor, action="publish", client_id=MOVED, client_secret=NEW_SECRET)
    assert answer.status_code == 302
    assert (live().client_id, open_secret(live(), "client_secret")) == (MOVED, NEW_SECRET)


def test_a_draft_is_discarded(as_editor: Client, connection: Connection) -> None:
    save(as_editor, action="draft", label_en="Scan")

    old = seen(as_editor)
    save(as_editor, action="draft", label_en="Other")
    for given in ({"seen": old}, {}):
        answer = as_editor.post(f"{PAGE}draft/discard/", given)
        assert messages(as_editor, answer)[-1] == (
            "This draft was changed meanwhile, so it was not discarded. Review it again."
        )
    assert find_draft(live()) is not None

    answer = as_editor.post(f"{PAGE}draft/discard/", {"seen": seen(as_editor)})

    assert messages(as_editor, answer)[-1] == (
        "Draft discarded. The published values are unchanged."
    )
    assert find_draft(live()) is None
    assert as_editor.post(f"{PAGE}draft/discard/").status_code == 302


# --- a connection that was never published ---------------------------------------------------


def test_a_new_connection_is_saved_as_draft_and_published(
    as_editor: Client, project: Project
) -> None:
    answer = as_editor.post(ADD, wechat_form(action="draft", enabled="on"))

    assert answer.status_code == 302
    assert (live().is_unpublished, live().enabled) == (True, False)
    listed = as_editor.get(LIST).text
    assert "Turn on" not in listed
    assert "This connection was never published." in as_editor.get(PAGE).text
    switched = as_editor.post(f"{PAGE}switch/", {"enabled": "on"})
    assert messages(as_editor, switched) == ["Publish this connection before you turn it on."]
    # It cannot be chosen where connections are chosen.
    assert "wechat_web" not in as_editor.get("/projects/acme/users/").text
    assert 'value="wechat_web"' not in as_editor.get("/projects/acme/applications/add/").text

    assert publish(as_editor).status_code == 302
    assert (live().is_unpublished, live().enabled) == (False, True)


def test_the_switch_of_a_new_draft_is_kept(as_editor: Client, project: Project) -> None:
    as_editor.post(ADD, wechat_form(action="draft", enabled=None))
    publish(as_editor)
    assert (live().is_unpublished, live().enabled) == (False, False)


# --- revisions -------------------------------------------------------------------------------


def test_revisions_are_listed_compared_and_restored(
    as_editor: Client,
    as_viewer: Client,
    connection: Connection,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    save(as_editor, label_en="Scan")
    save(as_editor, label_en="Scan", client_secret=NEW_SECRET)

    listed = as_viewer.get(f"{PAGE}revisions/").text
    for words in ("Revision 1", "Revision 2", "Revision 3", "Button label in English"):
        assert words in listed
    assert as_viewer.get(f"{PAGE}revisions/?before=2").text.count("Revision 2") == 0
    shown = as_viewer.get(f"{PAGE}revisions/1/").text
    for words in ("Compared with the published values", "Different", "Scan", ACCOUNT_ID):
        assert words in shown
    assert "Restore" not in shown
    assert "Compared with revision 2" in as_viewer.get(f"{PAGE}revisions/1/?with=2").text
    assert "Compared with revision 2" in as_viewer.get(f"{PAGE}revisions/3/").text
    for path in ("revisions/9/", "revisions/1/?with=9"):
        assert as_viewer.get(f"{PAGE}{path}").status_code == 404
    assert as_viewer.get(f"{PAGE}revisions/1/?with={'9' * 5000}").status_code == 200

    answer = as_editor.post(f"{PAGE}revisions/1/restore/")

    assert answer.status_code == 302
    assert (live().labels, open_secret(live(), "client_secret")) == ({}, APPSECRET)
    assert "Restored revision 1." in as_viewer.get(f"{PAGE}revisions/").text
    history = as_editor.get("/projects/acme/history/")
    assert "restored an earlier revision" in Page(history).text
    for secret in (APPSECRET, NEW_SECRET):
        for text in (listed, shown, history.text, caplog.text):
            assert secret not in text


def test_a_revision_is_restored_as_a_draft_once(as_editor: Client, connection: Connection) -> None:
    save(as_editor, label_en="Scan")

    as_editor.post(f"{PAGE}revisions/1/restore/", {"action": "draft"})

    assert live().labels == {"en": "Scan"}
    assert "It has the values of revision 1." in as_editor.get(PAGE).text
    again = as_editor.post(f"{PAGE}revisions/1/restore/")
    assert messages(as_editor, again) == [
        "Publish or discard the draft before you restore a revision."
    ]
    assert "Open the draft" in as_editor.get(f"{PAGE}revisions/1/").text


@each_row(
    "moved, says, missing",
    [
        (
            {"client_id": MOVED},
            "Its secrets were removed. Enter them again before you publish the draft.",
            True,
        ),
        # The present secret is one of the same app.
        ({}, "Its secrets were removed. The draft has the present ones.", False),
    ],
    undo=True,
)
def test_a_revision_without_its_secret_says_so_and_becomes_a_draft(
    as_editor: Client, connection: Connection, moved: dict[str, str], says: str, missing: bool
) -> None:
    save(as_editor, client_secret=NEW_SECRET, **moved)
    RevisionSecret.objects.filter(revision__number=1).update(ciphertext=b"", key_id=0, last4="")
    save(as_editor, label_en="Scan", **moved)

    shown = as_editor.get(f"{PAGE}revisions/1/").text
    assert "The secrets of this revision were removed" in shown
    assert ("which has the present secrets" in shown) is not missing
    answer = as_editor.post(f"{PAGE}revisions/1/restore/")

    assert messages(as_editor, answer) == [says]
    assert open_secret(live(), "client_secret") == NEW_SECRET
    assert ("client_secret" in Page(publish(as_editor)).all_errors()) is missing


# --- a required try --------------------------------------------------------------------------


def test_a_required_trial_is_named_where_publishing_is_refused(
    as_editor: Client, connection: Connection, project: Project, owner: User
) -> None:
    require_trial(project, required=True, actor=owner)

    stopped = save(as_editor, client_secret=NEW_SECRET)
    assert "must be tried before they are published" in stopped.text
    assert NEW_SECRET not in stopped.text
    kept = Page(stopped).one("input", name="kept").attributes["value"]
    assert save(as_editor, action="draft", kept=kept).status_code == 302
    bar = as_editor.get(PAGE).text
    assert "requires a successful trial of exactly these values" in bar
    assert f'href="{PAGE}try/"' in bar
    assert "must be tried before they are published" in publish(as_editor).text
    assert open_secret(live(), "client_secret") == APPSECRET
    with pytest.raises(TrialNeeded):
        change_connection(
            live(), proposal=proposal(secrets={"client_secret": NEW_SECRET}), actor=owner
        )


# --- secrets of forms that come back ---------------------------------------------------------


@each_row(
    "wrong, right",
    [
        ({"account_id": "wrong"}, {"account_id": ACCOUNT_ID}),
        # A warning about another value.
        ({"client_id": "wx01234567890"}, {"client_id": "wx0123456789abcdef"}),
    ],
    undo=True,
)
def test_a_typed_secret_survives_a_form_that_comes_back(
    as_editor: Client, project: Project, wrong: dict[str, str], right: dict[str, str]
) -> None:
    stopped = as_editor.post(ADD, wechat_form(**wrong))

    assert stopped.status_code == 200
    assert APPSECRET not in stopped.text
    page = Page(stopped)
    assert page.notices("client_secret") == [str(TYPED_SECRET_KEPT)]
    kept = page.one("input", name="kept").attributes["value"]
    sealed = TypedSecret.objects.get()
    assert kept not in str(vars(sealed))
    assert APPSECRET.encode() not in bytes(sealed.ciphertext)

    answer = as_editor.post(ADD, wechat_form(**right, client_secret="", kept=kept))

    assert answer.status_code == 302
    assert open_secret(live(), "client_secret") == APPSECRET
    # Used once.
    assert not TypedSecret.objects.exists()


def test_a_kept_secret_is_kept_again_and_gives_way_to_a_typed_one(
    as_editor: Client, connection: Connection
) -> None:
    def stop(**values: Any) -> str:
        page = Page(save(as_editor, account_id="wrong", **values))
        return str(page.one("input", name="kept").attributes["value"])

    first = stop(client_secret="e" * 32)
    second = stop(kept=first)
    assert TypedSecret.objects.count() == 1
    third = stop(kept=second, client_secret=NEW_SECRET)

    assert save(as_editor, kept=first).status_code == 302
    assert open_secret(live(), "client_secret") == APPSECRET
    assert save(as_editor, kept=third).status_code == 302
    assert open_secret(live(), "client_secret") == NEW_SECRET


def test_without_usable_keys_a_form_shows_its_errors_and_keeps_nothing(
    as_editor: Client, connection: Connection, settings: Any, tmp_path: Any
) -> None:
    settings.MENKOU_KEYSET_FILE = str(tmp_path / "missing.json")

    page = Page(save(as_editor, client_secret=NEW_SECRET, account_id="wrong"))

    assert page.all_errors().keys() == {"account_id"}
    assert not TypedSecret.objects.exists()
    assert page.notices("client_secret") == []


def test_nobody_else_and_no_other_form_can_use_a_kept_secret(
    as_editor: Client, as_owner: Client, connection: Connection, project: Project, owner: User
) -> None:
    other = Project.objects.create(slug="other", name="Other")
    Membership.objects.create(project=other, user=owner, role=Role.OWNER)
    stopped = Page(as_owner.post(ADD, wechat_form(alias="-")))
    kept = stopped.one("input", name="kept").attributes["value"]
    form = wechat_form(client_secret="", alias="second", client_id=MOVED, label_en="Other")
    form |= {"label_zh_hans": "其他", "kept": kept}

    for client, path in (
        (as_editor, ADD),
        (as_owner, f"{LIST}add/wechat_official_account/"),
        (as_owner, "/projects/other/connections/add/wechat_web/"),
    ):
        assert "client_secret" in Page(client.post(path, form)).all_errors(), path
    save(as_owner, kept=kept, label_en="Scan")
    assert DraftSecret.objects.count() == 0
    assert Event.objects.latest("pk").changes.keys() == {"label.en"}
    for junk in ("", "x" * 32, "é" * 32, "0" * 100_000):
        assert "client_secret" in Page(as_owner.post(ADD, {**form, "kept": junk})).all_errors()
    with patch("django.utils.timezone.now", return_value=timezone.now() + timedelta(hours=1)):
        assert read_typed_secrets(FormOwner(owner, project, "wechat_web"), kept) == {}
    assert as_owner.post(ADD, form).status_code == 302
