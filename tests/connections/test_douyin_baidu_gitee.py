"""Douyin, Baidu and Gitee: what only they do."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
from django.test import Client

from connections.models import Identity, SignIn
from projects.models import Project, User
from tests.rows import each_row
from tests.samples.guests import guest_at
from tests.samples.sample import Guest, sample_of

Visit = Callable[[str], Guest]


@pytest.fixture
def visit(project: Project, settings: Any) -> Any:
    """Come to the button of a provider."""
    with ExitStack() as stack:
        yield lambda provider: stack.enter_context(guest_at(provider, project, settings))


def person(guest: Guest) -> User:
    assert guest.sign_in().status_code == 302, SignIn.objects.values_list("cause", flat=True)
    found = SignIn.objects.latest("pk").user
    assert found is not None
    return found


def refused(guest: Guest) -> str:
    """Why nobody is signed in."""
    assert guest.sign_in().status_code in {400, 403, 503}
    assert not Identity.objects.exists()
    return SignIn.objects.get().cause


def inner(guest: Guest, path: str, **changes: Any) -> None:
    """Change the content of Douyin's envelope."""
    envelope = guest.script.answers[path]
    guest.script.answers[path] = {**envelope, "data": {**envelope["data"], **changes}}


class TestDouyin:
    def test_it_is_asked_in_its_own_words(self, visit: Visit) -> None:
        guest = visit("douyin")
        person(guest)

        assert guest.script.query["client_key"] == "awx1y2z3a4b5c6d7"
        assert "client_id" not in guest.script.query
        token, profile = guest.script.heard
        assert set(token.form) == {"client_key", "client_secret", "code", "grant_type"}
        assert "act." not in profile.path

    @pytest.mark.parametrize(
        ("code", "cause"),
        [(28001016, "28001016"), ("28001046", "28001046"), (424242, "unknown_code")],
    )
    def test_an_error_with_status_200_is_an_error(
        self, visit: Visit, code: Any, cause: str
    ) -> None:
        guest = visit("douyin")
        inner(guest, "/oauth/userinfo/", error_code=code)

        assert refused(guest) == cause

    def test_a_profile_of_somebody_else_is_refused(self, visit: Visit) -> None:
        guest = visit("douyin")
        inner(guest, "/oauth/userinfo/", open_id="somebody-else")

        assert refused(guest) == "sub_mismatch"

    def test_who_has_no_union_id_yet_is_the_same_person_later(self, visit: Visit) -> None:
        guest = visit("douyin")
        inner(guest, "/oauth/userinfo/", union_id="")
        before = person(guest)
        inner(guest, "/oauth/userinfo/", union_id="u-1")

        assert person(guest) == before
        assert Identity.objects.get().subject == "u-1"

    @pytest.mark.parametrize("union_id", [5.5, True, ["u"], "0", "a\nb"])
    def test_an_unusable_union_id_is_refused(self, visit: Visit, union_id: Any) -> None:
        guest = visit("douyin")
        inner(guest, "/oauth/userinfo/", union_id=union_id)

        assert refused(guest) == "no_subject"


INFO = "/rest/2.0/passport/users/getInfo"


class TestBaidu:
    @pytest.mark.parametrize(
        ("code", "cause"), [("111", "111"), (110, "110"), ("100", "unknown_code")]
    )
    def test_an_error_in_place_of_the_profile_is_an_error(
        self, visit: Visit, code: Any, cause: str
    ) -> None:
        guest = visit("baidu")
        guest.script.answers[INFO] = {"error_code": code, "error_msg": "<b>secret words</b>"}

        assert refused(guest) == cause

    def test_without_a_unionid_the_openid_knows_the_person(self, visit: Visit) -> None:
        guest = visit("baidu")
        whole = guest.script.answers[INFO]
        guest.script.answers[INFO] = {**whole, "unionid": None}
        before = person(guest)
        guest.script.answers[INFO] = whole

        assert person(guest) == before

    @pytest.mark.parametrize("portrait", ["../../evil", "a/b", "x?y", ""])
    def test_a_portrait_that_is_no_name_is_no_picture(self, visit: Visit, portrait: str) -> None:
        guest = visit("baidu")
        guest.script.answers[INFO] = {**guest.script.answers[INFO], "portrait": portrait}

        assert person(guest).picture == ""


class TestGitee:
    def test_it_is_told_who_asks(self, visit: Visit) -> None:
        """Gitee answers 403 to a caller without a name."""
        guest = visit("gitee")
        person(guest)

        assert all("User-Agent: Menkou" in heard.head for heard in guest.script.heard)

    @pytest.mark.parametrize(
        "emails",
        [
            [],
            [{"email": "x@example.com", "state": "unconfirmed", "scope": ["primary"]}],
            [{"email": "x@example.com", "state": "confirmed", "scope": ["notified"]}],
            [{"email": "x@example.com", "state": "confirmed", "scope": "primary"}],
            [{"email": "未公开邮箱", "state": "confirmed", "scope": ["primary"]}],
            ["x@example.com"],
        ],
    )
    def test_only_the_confirmed_primary_address_counts(
        self, visit: Visit, emails: list[Any]
    ) -> None:
        guest = visit("gitee")
        guest.script.answers["/api/v5/emails"] = emails

        found = person(guest)
        assert (found.address, found.address_verified) == ("", False)

    def test_who_does_not_show_addresses_signs_in_without(self, visit: Visit) -> None:
        guest = visit("gitee")
        guest.script.status["/api/v5/emails"] = "403 Forbidden"

        assert person(guest).address == ""


@each_row(
    "provider, field, value, words",
    [
        ("douyin", "client_id", "tt0123456789abcdef", "小程序"),
        ("douyin", "client_id", "https://example.com", "web or email address"),
        ("douyin", "client_secret", "awx1y2z3a4b5c6d7", "field “Client ID (Client Key)”"),
        ("douyin", "client_id", "7802f4e6f243e659d51135445fe0a1b2", "looks like the"),
        ("baidu", "client_id", "26345678", "This is the AppID"),
        ("baidu", "client_id", "bce-v3/ALTAK-x/y", "百度智能云"),
        (
            "baidu",
            "client_secret",
            "Va5yQRHlA4Fq5eR3LT0vuXV4",
            "in the field “Client ID (API Key)”",
        ),
        ("gitee", "client_secret", "0123456789abcdef" * 4, "in the field “Client ID”"),
        ("gitee", "client_secret", "0123456789abcdef" * 2, "私人令牌"),
        ("gitee", "client_id", "me@example.com", "web or email address"),
    ],
    undo=True,
)
def test_a_mix_up_is_called_by_its_name(
    as_editor: Client, provider: str, field: str, value: str, words: str
) -> None:
    typed = {**sample_of(provider).filled_in, "alias": provider, "enabled": "on", field: value}

    answer = as_editor.post(f"/projects/acme/connections/add/{provider}/", typed)

    found = answer.context["form"].errors
    assert set(found) == {field}
    assert words in str(found[field][0])
