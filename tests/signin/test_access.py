"""A sign-in that an access rule admits or refuses, from the button to the page and the record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from connections.fields.access import DOMAINS, EXISTING, ORGANIZATIONS, PEOPLE, TENANTS
from connections.models import Identity, SignIn
from projects.models import Project, User
from tests.rows import each_row
from tests.samples import microsoft
from tests.samples.guests import guest_at
from tests.samples.sample import Guest

USERINFO = "/oauth/userinfo"
# A provider, the rule that admits the sample's person, the one that does not, and the cause.
RULES = [
    ("github", {DOMAINS: "example.com"}, {DOMAINS: "other.com"}, "access_email_domain"),
    ("github", {PEOPLE: ""}, {PEOPLE: EXISTING}, "access_new_user"),
    ("gitlab", {DOMAINS: "example.com"}, {DOMAINS: "ample.com"}, "access_email_domain"),
    ("google", {DOMAINS: "gmail.com"}, {TENANTS: "acme.com"}, "access_tenant"),
    (
        "microsoft",
        {TENANTS: microsoft.TENANT},
        {DOMAINS: "contoso.example"},
        "access_unverified_email",
    ),
    ("microsoft", {}, {TENANTS: "aaaabbbb-0000-cccc-1111-dddd2222ffff"}, "access_tenant"),
    ("feishu", {TENANTS: "736588c92lxf175d"}, {TENANTS: "736588c92lxf175D"}, "access_tenant"),
    ("wecom", {ORGANIZATIONS: "2"}, {ORGANIZATIONS: "3\n12"}, "access_organization"),
    ("wechat_web", {PEOPLE: ""}, {PEOPLE: EXISTING}, "access_new_user"),
    ("saml", {PEOPLE: ""}, {PEOPLE: EXISTING}, "access_new_user"),
    ("alipay", {PEOPLE: ""}, {PEOPLE: EXISTING}, "access_new_user"),
]


@pytest.fixture
def come_to(settings: Any, project: Project, db: None) -> Iterator[Callable[..., Guest]]:
    with ExitStack() as stack:
        yield lambda provider, **rules: stack.enter_context(
            guest_at(provider, project, settings, **{"accept_warnings": "", **rules})
        )


def set_rules(guest: Guest, **rules: str) -> None:
    """Change the rules of the connection as an administrator would."""
    kept = {
        name: value
        for name, value in guest.connection.settings.items()
        if not name.startswith("access_")
    }
    guest.connection.settings = {**kept, **rules}
    guest.connection.save()


@each_row("provider, admitting, refusing, cause", RULES, undo=True)
def test_a_rule_admits_and_refuses(
    settings: Any,
    project: Project,
    provider: str,
    admitting: dict[str, str],
    refusing: dict[str, str],
    cause: str,
) -> None:
    with guest_at(provider, project, settings) as guest:
        set_rules(guest, **refusing)
        page = guest.sign_in()
        ended = SignIn.objects.get()
        assert (ended.outcome, ended.cause) == ("policy", cause)
        assert page.status_code == 403
        assert not User.objects.filter(project=project).exists()
        assert not Identity.objects.exists()
        # The page names no rule.
        for value in refusing.values():
            assert len(value) < 5 or value == EXISTING or value not in page.content.decode()

        guest.begin_again()
        set_rules(guest, **admitting)
        assert guest.sign_in().status_code == 302
        assert SignIn.objects.latest("pk").outcome == "ok"

        # The rules for domains, tenants and organizations count for existing people, too.
        guest.begin_again()
        set_rules(guest, **refusing)
        guest.sign_in()
        again = SignIn.objects.latest("pk")
        if cause == "access_new_user":
            assert again.outcome == "ok"
        else:
            assert (again.cause, again.user) == (cause, User.objects.get(project=project))


def test_members_of_a_group_are_admitted(come_to: Callable[..., Guest]) -> None:
    guest = come_to("gitlab", **{ORGANIZATIONS: "Acme/Team\nother"})
    assert guest.sign_in().status_code == 403
    ended = SignIn.objects.get()
    assert ended.facts["field"] == "groups"
    assert (ended.facts["received"], ended.facts["expected"]) == ("", "acme/team, other")
    for groups, status in (
        (["acme", "acme/team-2", "x/acme/team"], 403),
        ("acme/team", 302),
        (["x", "ACME/team"], 302),
        ({"acme/team": 1}, 403),
    ):
        guest.begin_again()
        guest.script.answers[USERINFO]["groups"] = groups
        assert guest.sign_in().status_code == status, groups


def test_github_is_asked_for_organizations_only_if_a_rule_needs_them(
    come_to: Callable[..., Guest],
) -> None:
    guest = come_to("github", **{ORGANIZATIONS: "acme"})
    guest.script.answers["/user/orgs"] = [{"login": "ACME", "id": 1}]
    assert guest.sign_in().status_code == 302
    assert guest.script.query["scope"] == "user:email read:org"

    guest.begin_again()
    guest.script.answers["/user/orgs"] = [{"login": "acme-evil"}, {"id": 1}, "acme", None]
    assert guest.sign_in().status_code == 403
    assert SignIn.objects.latest("pk").facts["received"] == "acme-evil"

    # An app that may not read them admits nobody.
    guest.begin_again()
    guest.script.answers["/user/orgs"] = {"message": "Forbidden"}
    guest.script.status["/user/orgs"] = "403 Forbidden"
    guest.sign_in()
    assert SignIn.objects.latest("pk").outcome != "ok"

    guest.begin_again()
    set_rules(guest)
    assert guest.sign_in().status_code == 302
    assert guest.script.query["scope"] == "user:email"
    assert not [peer for peer in guest.script.heard if "/user/orgs" in peer.path]


@each_row(
    "provider, rule, scope",
    [
        ("dingtalk", {TENANTS: "ding0123456789abcdef0123456789abcdef"}, "openid corpid"),
        ("dingtalk", {}, "openid"),
        (
            "zitadel",
            {ORGANIZATIONS: "1"},
            "openid profile email urn:zitadel:iam:user:resourceowner",
        ),
        ("logto", {ORGANIZATIONS: "1"}, "openid profile email urn:logto:scope:organizations"),
        ("auth0", {ORGANIZATIONS: "org_1"}, "openid profile email"),
    ],
    undo=True,
)
def test_a_rule_requests_the_scope_that_it_needs(
    settings: Any, project: Project, provider: str, rule: dict[str, str], scope: str
) -> None:
    with guest_at(provider, project, settings) as guest:
        set_rules(guest, **rule)
        guest.press()
        assert guest.script.query["scope"] == scope


@each_row(
    "provider, claim, received",
    [
        ("zitadel", "urn:zitadel:iam:user:resourceowner:id", "1"),
        ("logto", "organizations", ["0", "1"]),
        ("auth0", "org_id", "1"),
        ("cognito", "cognito:groups", ["1"]),
        ("authentik", "groups", ["1", "2"]),
    ],
    undo=True,
)
def test_organizations_come_from_the_claim_that_the_vendor_documents(
    settings: Any, project: Project, provider: str, claim: str, received: Any
) -> None:
    with guest_at(provider, project, settings) as guest:
        set_rules(guest, **{ORGANIZATIONS: "1"})
        assert guest.sign_in().status_code == 403
        guest.begin_again()
        guest.script.told = {claim: received}
        # Some say it in the profile.
        for answer in guest.script.answers.values():
            if isinstance(answer, dict) and claim in answer:
                answer[claim] = received
        assert guest.sign_in().status_code == 302


def test_google_admits_the_domain_that_it_signs(come_to: Callable[..., Guest]) -> None:
    guest = come_to("google", **{TENANTS: "acme.com"})
    guest.script.told = {"hd": "ACME.com"}
    assert guest.sign_in().status_code == 302
    for hd in ("evil.com", "acme.com.evil.com", "", None):
        guest.begin_again()
        guest.script.told = {"hd": hd}
        assert guest.sign_in().status_code == 403


def test_dingtalk_admits_the_company_that_the_user_chose(come_to: Callable[..., Guest]) -> None:
    guest = come_to("dingtalk", **{TENANTS: "ding0123456789abcdef0123456789abcdef"})
    assert guest.sign_in().status_code == 302
    guest.begin_again()
    guest.script.answers["/v1.0/oauth2/userAccessToken"]["corpId"] = "dingother"
    assert guest.sign_in().status_code == 403


def test_xms_edov_lets_an_address_count(come_to: Callable[..., Guest]) -> None:
    guest = come_to("microsoft", **{DOMAINS: "contoso.example"})
    guest.script.told = {"xms_edov": True}
    assert guest.sign_in().status_code == 302


def test_a_blocked_user_is_told_that_and_not_the_rule(come_to: Callable[..., Guest]) -> None:
    guest = come_to("github")
    guest.sign_in()
    User.objects.filter(project=guest.project).update(is_active=False)
    set_rules(guest, **{DOMAINS: "other.com"})
    guest.begin_again()
    guest.sign_in()
    assert SignIn.objects.latest("pk").cause == "person_inactive"


def test_rules_cost_no_statement(come_to: Callable[..., Guest]) -> None:
    guest = come_to("github")
    guest.sign_in()
    counts = []
    for rules in ({}, {DOMAINS: "example.com", PEOPLE: EXISTING}):
        set_rules(guest, **rules)
        guest.begin_again()
        with CaptureQueriesContext(database) as captured:
            assert guest.sign_in().status_code == 302
        counts.append(len(captured))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "This account does not belong to an organization that can sign in here."),
        ("zh-hans", "此账号不属于可以在此登录的组织。"),
    ],
)
def test_the_page_says_what_to_do_next(
    come_to: Callable[..., Guest], language: str, sentence: str
) -> None:
    guest = come_to("github", **{DOMAINS: "secret-customer.com"})
    guest.press()
    guest.client.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    page = guest.come_back(guest.script.sample.returns).content.decode()
    assert sentence in page
    assert "secret-customer.com" not in page
    assert "mona@example.com" not in page
