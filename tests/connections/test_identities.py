"""Who signs in: the same person each time, two people never one. Vectors I and U07 to U13."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests
from django.conf import settings
from django.http import HttpResponse
from django.utils import translation

from connections.identities import users
from connections.models import Connection, EndUserSession, Identity, IdentityKey, SignIn
from connections.values.claims import Claims
from core.random_text import hash_text
from projects.models import Project, User
from tests.cast import APPID, PASSWORD, make_connection
from tests.connections.concurrent import all_at_once
from tests.connections.sign_in_assertions import (
    TITLES,
    assert_allauth_keeps_nothing,
    assert_failed,
    assert_signed_in,
    title_of,
)
from tests.rows import each_row
from tests.wechat import Visitor, WeChat

WEB2 = "wx1111111111111111"
LI = "oU-li-OA1-000000000000000000"
HIDDEN = {"omit": ["unionid"]}

CONTENT_TYPES = [
    "text/plain",
    "application/json",
    "application/json; encoding=utf-8",
    "text/plain; charset=utf-8",
    "none",
]


def people(project: Project) -> list[User]:
    return list(User.objects.filter(project=project).order_by("created_at"))


def hide_unionid(wechat: WeChat) -> None:
    wechat.fault("token", omit=["unionid"])
    wechat.fault("userinfo", omit=["unionid"])


def nothing_goes_wrong(wechat: WeChat) -> None:
    requests.delete(f"{wechat.origin}/__sim__/faults", timeout=5).raise_for_status()


def moved_to(wechat: WeChat, unionid: str) -> None:
    """From now on WeChat knows everybody by this unionid."""
    wechat.fault("token", set={"unionid": unionid})
    wechat.fault("userinfo", set={"unionid": unionid})


def test_i01_a10_the_same_person_again_is_the_same_account(
    visitor: Visitor, project: Project, wechat: WeChat
) -> None:
    make_connection(project)

    first = assert_signed_in(visitor.sign_in("LI"), visitor)
    elsewhere = Visitor(project, wechat)
    second = assert_signed_in(elsewhere.sign_in("LI"), elsewhere)

    assert first == second
    assert (Identity.objects.count(), IdentityKey.objects.count()) == (1, 1)
    assert [each.outcome for each in SignIn.objects.all()] == ["ok", "ok"]
    assert_allauth_keeps_nothing()


def test_i02_the_same_person_in_another_app_of_the_account_is_the_same_user(
    visitor: Visitor, project: Project
) -> None:
    make_connection(project)
    second = make_connection(project, alias="web2", secret="1" * 32, client_id=WEB2)

    visitor.sign_in("LI")
    visitor.sign_in("LI", alias="web2", appid=WEB2)

    assert len(people(project)) == 1
    identity = Identity.objects.get()
    assert (identity.subject, identity.connection) == (LI, second)
    assert set(identity.keys.values_list("namespace", flat=True)) == {
        f"wechat-app:{APPID}",
        f"wechat-app:{WEB2}",
    }


def test_a10_apps_of_two_accounts_know_two_people(visitor: Visitor, project: Project) -> None:
    oa2 = "wx3333333333333333"
    make_connection(project)
    make_connection(
        project, alias="oa2", secret="3" * 32, client_id=oa2, account_id="gh_ffffffffffff"
    )

    visitor.sign_in("LI")
    visitor.sign_in("LI", alias="oa2", appid=oa2)

    assert len(people(project)) == 2


def test_the_same_unionid_in_another_account_is_another_person(
    visitor: Visitor, project: Project, wechat: WeChat
) -> None:
    """A unionid means nothing outside its account, whoever controls the other one."""
    make_connection(project)
    make_connection(
        project, alias="evil", secret="1" * 32, client_id=WEB2, account_id="gh_ffffffffffff"
    )
    visitor.sign_in("LI")
    moved_to(wechat, LI)

    visitor.sign_in("JOSE", alias="evil", appid=WEB2)

    assert [each.name for each in people(project)] == ["李雷😀", "José"]


def test_i03_a10_36_a_person_known_by_the_app_alone_gets_the_unionid_filled_in(
    visitor: Visitor, project: Project, wechat: WeChat
) -> None:
    make_connection(project, test_account=True)
    hide_unionid(wechat)
    first = assert_signed_in(visitor.sign_in("LI"), visitor)
    before = Identity.objects.get()
    assert before.namespace == f"wechat-app:{APPID}"
    nothing_goes_wrong(wechat)

    second = assert_signed_in(visitor.sign_in("LI"), visitor)

    after = Identity.objects.get()
    assert (second, after.pk) == (first, before.pk)
    assert (after.namespace, after.subject) == ("wechat:gh_0123456789ab", LI)
    assert list(after.keys.values_list("namespace", "value")) == [
        (f"wechat-app:{APPID}", before.subject)
    ]


def known_by_two_names(project: Project, wechat: WeChat) -> tuple[User, User]:
    """Li, whom one app knew by the openid alone, and another one by the unionid."""
    test_account = make_connection(project, test_account=True)
    make_connection(project, alias="web2", secret="1" * 32, client_id=WEB2)
    hide_unionid(wechat)
    by_openid, by_unionid = Visitor(project, wechat), Visitor(project, wechat)
    first = assert_signed_in(by_openid.sign_in("LI"), by_openid)
    nothing_goes_wrong(wechat)
    second = assert_signed_in(by_unionid.sign_in("LI", alias="web2", appid=WEB2), by_unionid)
    test_account.settings["test_account"] = False
    test_account.save()
    assert first != second
    return first, second


def test_i03_somebody_who_had_become_two_people_is_one_again(
    visitor: Visitor, project: Project, wechat: WeChat
) -> None:
    _first, second = known_by_two_names(project, wechat)

    assert assert_signed_in(visitor.sign_in("LI"), visitor) == second

    assert people(project) == [second]
    assert {each.user for each in Identity.objects.all()} == {second}
    assert {each.user for each in SignIn.objects.all()} == {second}
    assert {each.identity.subject for each in IdentityKey.objects.all()} == {LI}


def test_i03_a_blocked_person_is_not_let_in_by_becoming_one(
    visitor: Visitor, project: Project, wechat: WeChat
) -> None:
    first, second = known_by_two_names(project, wechat)
    User.objects.filter(pk=first.pk).update(is_active=False)

    answer = visitor.sign_in("LI")

    assert (answer.status_code, title_of(answer)) == (403, TITLES["policy"])
    assert set(people(project)) == {first, second}


def test_an_account_that_another_unionid_names_is_left_alone(
    visitor: Visitor, project: Project, wechat: WeChat
) -> None:
    """Whoever types another Account ID must not be able to make two people one for ever."""
    connection = make_connection(project, account_id="gh_ffffffffffff")
    before = assert_signed_in(visitor.sign_in("LI"), visitor)
    make_connection(project, alias="web2", secret="1" * 32, client_id=WEB2)
    elsewhere = Visitor(project, wechat)
    after = assert_signed_in(elsewhere.sign_in("LI", alias="web2", appid=WEB2), elsewhere)
    connection.settings["account_id"] = "gh_0123456789ab"
    connection.save()

    assert assert_signed_in(visitor.sign_in("LI"), visitor) == after

    assert set(people(project)) == {before, after}


def test_i05_without_a_unionid_nobody_is_signed_in(
    visitor: Visitor, project: Project, wechat: WeChat
) -> None:
    make_connection(project)
    hide_unionid(wechat)

    assert_failed(visitor.sign_in("LI"), "config", cause="no_unionid")


def test_i06_a_test_account_signs_people_in_by_the_app_alone(
    visitor: Visitor, project: Project, wechat: WeChat
) -> None:
    make_connection(project, test_account=True)
    hide_unionid(wechat)

    first = assert_signed_in(visitor.sign_in("LI"), visitor)
    again = assert_signed_in(visitor.sign_in("LI"), visitor)
    jose = assert_signed_in(visitor.sign_in("JOSE"), visitor)

    assert first == again != jose
    assert Identity.objects.filter(namespace=f"wechat-app:{APPID}").count() == 2


@pytest.mark.parametrize("silent", ["token", "userinfo"])
def test_a_unionid_in_either_answer_is_enough(
    visitor: Visitor, project: Project, wechat: WeChat, silent: str
) -> None:
    make_connection(project)
    wechat.fault(silent, **HIDDEN)

    assert_signed_in(visitor.sign_in("LI"), visitor)

    assert Identity.objects.get().subject == LI


def test_a_known_person_with_another_unionid_stops_the_sign_in(
    visitor: Visitor, project: Project, wechat: WeChat
) -> None:
    make_connection(project)
    visitor.sign_in("LI")
    before = Identity.objects.values().get()
    moved_to(wechat, "oU-somebody-else-00000000000")
    later = Visitor(project, wechat)

    answer = later.sign_in("LI")

    assert (answer.status_code, title_of(answer)) == (503, TITLES["config"])
    last = SignIn.objects.latest("pk")
    assert (last.outcome, last.cause, last.user) == ("config", "app_moved", None)
    assert Identity.objects.values().get() == before
    assert len(people(project)) == 1
    assert later.client.get("/account").headers["location"] == "/login"


def test_correcting_the_account_id_keeps_everybody(
    visitor: Visitor, project: Project, wechat: WeChat
) -> None:
    connection = make_connection(project, account_id="gh_ffffffffffff")
    first = assert_signed_in(visitor.sign_in("LI"), visitor)
    connection.settings["account_id"] = "gh_0123456789ab"
    connection.save()

    again = assert_signed_in(visitor.sign_in("LI"), visitor)

    assert again == first
    identity = Identity.objects.get()
    assert (identity.namespace, identity.subject) == ("wechat:gh_0123456789ab", LI)


def test_deleting_and_adding_a_connection_again_keeps_everybody(
    visitor: Visitor, project: Project
) -> None:
    connection = make_connection(project)
    first = assert_signed_in(visitor.sign_in("LI"), visitor)
    connection.delete()
    assert Identity.objects.get().connection is None

    make_connection(project, alias="again")
    again = assert_signed_in(visitor.sign_in("LI", alias="again"), visitor)

    assert again == first


def test_a6_23_one_person_in_two_projects_is_two_end_users_beside_one_operator(
    visitor: Visitor, project: Project, other_project: Project, wechat: WeChat
) -> None:
    operator = User.objects.create_user("li@example.com", PASSWORD, name="李雷😀")
    make_connection(project)
    make_connection(other_project)
    elsewhere = Visitor(other_project, wechat)

    here = assert_signed_in(visitor.sign_in("LI"), visitor)
    there = assert_signed_in(elsewhere.sign_in("LI"), elsewhere)

    assert len({operator.pk, here.pk, there.pk}) == 3
    assert [(each.email, each.address) for each in (here, there)] == [("", "")] * 2
    assert here.has_usable_password() is there.has_usable_password() is False
    assert [each.project for each in (here, there)] == [project, other_project]
    assert set(Identity.objects.values_list("project", "subject")) == {
        (project.pk, LI),
        (other_project.pk, LI),
    }


def test_a_blocked_person_is_told_so_and_not_signed_in(
    visitor: Visitor, project: Project, wechat: WeChat
) -> None:
    make_connection(project)
    person = assert_signed_in(visitor.sign_in("LI"), visitor)
    User.objects.filter(pk=person.pk).update(is_active=False, name="before")
    later = Visitor(project, wechat)

    answer = later.sign_in("LI")

    assert (answer.status_code, title_of(answer)) == (403, TITLES["policy"])
    assert "This account is blocked." in answer.content.decode()
    last = SignIn.objects.latest("pk")
    assert (last.outcome, last.cause, last.user) == ("policy", "person_inactive", person)
    assert User.objects.get(pk=person.pk).name == "before"
    assert later.client.get("/account").headers["location"] == "/login"


def test_whoever_is_blocked_while_signed_in_is_nobody_from_then_on(
    visitor: Visitor, project: Project
) -> None:
    make_connection(project)
    person = assert_signed_in(visitor.sign_in("LI"), visitor)

    User.objects.filter(pk=person.pk).update(is_active=False)

    assert visitor.client.get("/account").headers["location"] == "/login"


def test_i13_signing_in_begins_a_session_with_a_new_key(visitor: Visitor, project: Project) -> None:
    make_connection(project)
    visitor.client.cookies[settings.SESSION_COOKIE_NAME] = "planted0planted0planted0planted0"

    visitor.sign_in("LI")
    first = visitor.client.cookies[settings.SESSION_COOKIE_NAME].value
    visitor.sign_in("LI")
    second = visitor.client.cookies[settings.SESSION_COOKIE_NAME].value

    assert len({"planted0planted0planted0planted0", first, second}) == 3
    assert EndUserSession.objects.get().key_hash == hash_text(second)


def test_another_person_in_the_same_browser_takes_the_place_of_the_first(
    visitor: Visitor, project: Project
) -> None:
    make_connection(project)
    visitor.sign_in("LI")

    answer = visitor.sign_in("JOSE")

    assert_signed_in(answer, visitor, as_name="José")
    assert EndUserSession.objects.count() == 1


def test_signing_out_ends_the_session(visitor: Visitor, project: Project) -> None:
    make_connection(project)
    visitor.sign_in("LI")

    refused = visitor.client.post("/logout", headers={"origin": "https://evil.test"})
    assert (refused.status_code, EndUserSession.objects.count()) == (302, 1)
    answer = visitor.client.post("/logout", headers={"origin": visitor.origin})

    assert (answer.status_code, answer.headers["location"]) == (302, "/login")
    assert EndUserSession.objects.count() == 0
    assert visitor.client.get("/account").headers["location"] == "/login"


@pytest.mark.django_db(transaction=True)
def test_two_first_sign_ins_of_one_person_at_once_make_one_user(
    project: Project, wechat: WeChat
) -> None:
    make_connection(project)
    visitors = [Visitor(project, wechat) for _ in range(4)]
    for each in visitors:
        each.press()

    def come_back(visitor: Visitor) -> HttpResponse:
        return visitor.come_back(code=wechat.code("LI"), state=visitor.state)

    answers = all_at_once([lambda each=each: come_back(each) for each in visitors])  # type: ignore[misc]

    assert [each.status_code for each in answers] == [302] * 4
    assert len(people(project)) == 1
    assert (Identity.objects.count(), IdentityKey.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_first_sign_ins_by_two_apps_at_once_make_one_user(project: Project, wechat: WeChat) -> None:
    make_connection(project)
    make_connection(project, alias="web2", secret="1" * 32, client_id=WEB2)
    visitors = {
        "wechat_web": (Visitor(project, wechat), APPID),
        "web2": (Visitor(project, wechat), WEB2),
    }

    def sign_in(alias: str) -> HttpResponse:
        visitor, appid = visitors[alias]
        return visitor.sign_in("LI", alias=alias, appid=appid)

    answers = all_at_once([lambda alias=alias: sign_in(alias) for alias in visitors])  # type: ignore[misc]

    assert [each.status_code for each in answers] == [302, 302]
    assert len(people(project)) == 1


ID_IN_APP, ID_IN_OTHER_APP = ("wechat-app:one", "o-1"), ("wechat-app:two", "o-1")


@each_row(
    "one, other, waits",
    [
        ({"subject": LI}, {"subject": LI}, True),
        ({"subject": LI}, {"subject": "jose"}, False),
        ({"subject": LI}, {"subject": LI, "namespace": "wechat:another"}, False),
        ({"subject": LI, "keys": (ID_IN_APP,)}, {"keys": (ID_IN_APP,)}, True),
        ({"keys": (ID_IN_APP,)}, {"keys": (ID_IN_APP,)}, True),
        ({"keys": (ID_IN_APP,)}, {"keys": (ID_IN_OTHER_APP,)}, False),
    ],
    undo=True,
)
def test_sign_ins_that_may_be_of_one_person_wait_for_each_other(
    project: Project, one: dict[str, Any], other: dict[str, Any], waits: bool
) -> None:
    connection = make_connection(project)

    def locks(given: dict[str, Any]) -> list[int]:
        claims = Claims(**{"namespace": "wechat:account", "subject": "", **given})
        return users.advisory_locks(connection, claims)

    assert bool({*locks(one)} & {*locks(other)}) is waits
    assert locks(one) == sorted(locks(one)), "in one order, so that none waits for ever"


# --- names and pictures ---------------------------------------------------------------------


@pytest.mark.parametrize("content_type", CONTENT_TYPES)
@pytest.mark.parametrize(("person", "name"), [("LI", "李雷😀"), ("JOSE", "José")])
def test_u07_u08_a9_names_are_read_as_utf_8_whatever_the_content_type_says(
    visitor: Visitor, project: Project, wechat: WeChat, person: str, name: str, content_type: str
) -> None:
    make_connection(project)
    wechat.fault("token", content_type=content_type)
    wechat.fault("userinfo", content_type=content_type)

    assert_signed_in(visitor.sign_in(person), visitor, as_name=name)


@pytest.mark.parametrize("nickname", ["", "微信用户", "   ", "\u3000", "\u200b\u202e", "\t\n"])
def test_u09_a_nameless_person_is_a_guest_in_the_readers_language(
    visitor: Visitor, project: Project, wechat: WeChat, nickname: str
) -> None:
    make_connection(project)
    for person in ("LI", "JOSE"):
        wechat.tell("people", id=person, nickname=nickname)
        visitor.sign_in(person)

    # What is shown is stored nowhere: it is made when it is shown.
    assert [each.name for each in people(project)] == ["", ""]
    shown = {}
    for language, word in (("en", "Guest"), ("zh-hans", "访客")):
        with translation.override(language):
            shown[language] = {each.shown_name for each in people(project)}
        assert len(shown[language]) == 2
        assert all(re.fullmatch(f"{word} [0-9A-F]{{4}}", name) for name in shown[language])


def test_a_nameless_person_has_the_same_name_each_time(visitor: Visitor, project: Project) -> None:
    make_connection(project)
    first = assert_signed_in(visitor.sign_in("NONE"), visitor)
    second = assert_signed_in(visitor.sign_in("NONE"), visitor)

    assert first.shown_name == second.shown_name


def test_u11_two_people_of_one_name_are_two_accounts(
    visitor: Visitor, project: Project, wechat: WeChat
) -> None:
    make_connection(project)
    wechat.tell("people", id="JOSE", nickname="李雷😀")

    visitor.sign_in("LI")
    visitor.sign_in("JOSE")

    assert [each.name for each in people(project)] == ["李雷😀", "李雷😀"]


@pytest.mark.parametrize(
    ("nickname", "name"),
    [
        ("  Li\u00a0\u2003 Lei  ", "Li Lei"),
        ("Li\r\nLei\x00", "Li Lei"),
        ("\u202egnp.exe", "gnp.exe"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("n" * 300, "n" * 64),
        ("<b>Li</b>", "<b>Li</b>"),
    ],
)
def test_a_name_is_one_line_without_hidden_marks(
    visitor: Visitor, project: Project, wechat: WeChat, nickname: str, name: str
) -> None:
    make_connection(project)
    wechat.tell("people", id="LI", nickname=nickname)

    person = assert_signed_in(visitor.sign_in("LI"), visitor)

    assert person.name == name
    assert "<b>" not in visitor.client.get("/account").content.decode()


def test_38_name_and_picture_follow_wechat_at_every_sign_in(
    visitor: Visitor, project: Project, wechat: WeChat
) -> None:
    make_connection(project)
    first = assert_signed_in(visitor.sign_in("LI"), visitor)
    wechat.tell("people", id="LI", nickname="韩梅梅", picture="https://wx.qlogo.cn/mmopen/x")

    again = assert_signed_in(visitor.sign_in("LI"), visitor, as_name="韩梅梅")

    assert (again.pk, again.picture) == (first.pk, "https://wx.qlogo.cn/mmopen/x/132")


def test_u12_without_a_picture_the_initials_are_shown(visitor: Visitor, project: Project) -> None:
    make_connection(project)

    person = assert_signed_in(visitor.sign_in("JOSE"), visitor)

    page = visitor.client.get("/account").content.decode()
    assert person.picture == ""
    assert "<img" not in page
    assert re.search(r'<span class="[^"]*signin-picture"[^>]*>J</span>', page)


def test_u13_a_picture_is_asked_for_by_https_and_without_a_referrer(
    visitor: Visitor, project: Project, wechat: WeChat
) -> None:
    make_connection(project)
    wechat.fault("userinfo", set={"headimgurl": "http://thirdwx.qlogo.cn/mmopen/g3/a?x=1#f"})

    person = assert_signed_in(visitor.sign_in("LI"), visitor)

    answer = visitor.client.get("/account")
    page = answer.content.decode()
    assert person.picture == "https://thirdwx.qlogo.cn/mmopen/g3/a?x=1"
    assert page.count("<img") == 1
    assert re.search(
        r'<img [^>]*src="https://thirdwx\.qlogo\.cn/mmopen/g3/a\?x=1"[^>]*'
        r'referrerpolicy="no-referrer"',
        page,
    )
    policy = answer.headers["content-security-policy"]
    assert "https://thirdwx.qlogo.cn" in policy.partition("img-src ")[2].partition(";")[0]


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.test/a.png",
        "https://thirdwx.qlogo.cn.evil.test/a",
        "https://thirdwx.qlogo.cn@evil.test/a",
        "https://evil.test#https://thirdwx.qlogo.cn/",
        "https://thirdwx.qlogo.cn:8443/a",
        "https://THIRDWX.qlogo.cn\\@evil.test/",
        "//thirdwx.qlogo.cn/a",
        "javascript:alert(1)//thirdwx.qlogo.cn",
        "data:image/png;base64,AAAA",
        "ftp://thirdwx.qlogo.cn/a",
        "https://thirdwx.qlogo.cn/a b",
        "https://thirdwx.qlogo.cn/\x00",
        "https://thirdwx.qlogo.cn/" + "a" * 600,
        "http://thirdwx.qlogo.cn/" + "a" * 476,
    ],
)
def test_a_picture_from_elsewhere_is_not_kept(
    visitor: Visitor, project: Project, wechat: WeChat, address: str
) -> None:
    make_connection(project)
    wechat.fault("userinfo", set={"headimgurl": address})

    person = assert_signed_in(visitor.sign_in("LI"), visitor)

    assert person.picture == ""


def test_the_account_page_says_through_what_one_is_signed_in(
    visitor: Visitor, project: Project
) -> None:
    connection = make_connection(project, labels={"en": "Company WeChat"})
    visitor.sign_in("LI")
    page = visitor.client.get("/account").content.decode()
    assert "Company WeChat" in page

    Connection.objects.filter(pk=connection.pk).update(labels={})

    assert "Sign in with WeChat" not in visitor.client.get("/account").content.decode()

    Connection.objects.filter(pk=connection.pk).delete()

    assert visitor.client.get("/account").status_code == 200


def test_nobody_has_no_account_page(visitor: Visitor) -> None:
    answer: Any = visitor.client.get("/account")

    assert (answer.status_code, answer.headers["location"]) == (302, "/login")
