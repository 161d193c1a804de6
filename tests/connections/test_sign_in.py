"""The whole path on the server: button, WeChat, callback, end user."""

from __future__ import annotations

from connections.models import Identity, PendingSignIn, SignIn
from projects.models import Project, User
from tests.cast import APPID, make_connection
from tests.wechat import Visitor


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
    assert PendingSignIn.objects.count() == 0
