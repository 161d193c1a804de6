"""The whole path on the server: button, WeChat, callback, end user."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone

from connections.models import Identity, PendingSignIn, SignIn
from projects.models import Project, User
from signin import flow
from signin.state import Pending
from tests.cast import APPID, make_connection
from tests.wechat import Visitor, WeChat

LAST_USED = settings.LAST_USED_COOKIE_NAME


def test_a_person_who_agrees_is_signed_in(visitor: Visitor, project: Project) -> None:
    make_connection(project)

    answer = visitor.sign_in("LI")

    assert (answer.status_code, answer.headers["location"]) == (302, "/account")
    page = visitor.client.get("/account").content.decode()
    assert "李雷😀" in page
    person = User.objects.get(project=project)
    assert (person.name, person.email, person.has_usable_password()) == ("李雷😀", "", False)
    identity = Identity.objects.get(user=person)
    assert (identity.namespace, identity.subject) == (
        "wechat:gh_0123456789ab",
        "oU-li-OA1-000000000000000000",
    )
    assert list(identity.keys.values_list("namespace")) == [(f"wechat-app:{APPID}",)]
    assert [each.outcome for each in SignIn.objects.all()] == ["ok"]
    pending = PendingSignIn.objects.get()
    assert pending.reference == SignIn.objects.get().reference
    assert (pending.pkce_verifier, pending.nonce, pending.posted) == ("", "", None)


def test_only_a_sign_in_that_succeeds_leaves_its_alias_in_the_browser(
    visitor: Visitor, project: Project
) -> None:
    make_connection(project)

    begun = visitor.press()
    refused = visitor.come_back(code="authdeny", state=visitor.state)
    assert LAST_USED not in {*begun.cookies, *refused.cookies}

    cookie = visitor.sign_in("LI").cookies[LAST_USED]
    assert (cookie.value, cookie["max-age"]) == ("wechat_web", 365 * 24 * 3600)
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert (cookie["domain"], cookie["path"]) == ("", "/")


def test_a_sign_in_ends_without_a_request(project: Project, wechat: WeChat) -> None:
    """As it would for a channel that has a code and no browser that is redirected."""
    connection = make_connection(project)
    pending = Pending(
        pkce_verifier="", nonce="", next_path="", posted=None, started_at=timezone.now()
    )

    ended = flow.finish(
        connection,
        pending,
        {"code": wechat.code("LI")},
        sealed_secrets=flow.sealed_secrets(connection),
        callback_url=f"http://{project.host}{connection.callback_path}",
    )

    assert ended.user == User.objects.get(project=project, name="李雷😀")
    assert ended.sign_in == SignIn.objects.get(outcome="ok", user=ended.user)
