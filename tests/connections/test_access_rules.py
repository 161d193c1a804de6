"""Who may sign in by a connection: the fields of each provider, and what each rule admits."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from connections.access.rules import access_refusal
from connections.access.sentences import access_sentence
from connections.fields.access import (
    DOMAINS,
    EXISTING,
    MOST_VALUES,
    ORGANIZATIONS,
    PEOPLE,
    TENANTS,
    Membership,
    ascii_domain,
    list_values,
    read_domain,
)
from connections.forms.connection_form import ConnectionForm
from connections.providers import catalogue
from connections.values.claims import Claims
from projects.models import Project
from tests.rows import each_row
from tests.samples.sample import sample_of

# What each provider tells. Every connection can be limited to existing users.
TELLS = {
    **dict.fromkeys(
        (
            *("apple", "authgear", "discord", "entra", "gitee", "google_workspace", "kakao"),
            *("keycloak", "linkedin", "okta", "onelogin", "openid_connect", "pingone", "slack"),
            *("twitch", "x", "yahoo"),
        ),
        {DOMAINS},
    ),
    **dict.fromkeys(("google", "microsoft"), {DOMAINS, TENANTS}),
    **dict.fromkeys(("dingtalk", "feishu", "lark"), {TENANTS}),
    **dict.fromkeys(
        ("auth0", "cognito", "github", "gitlab", "logto", "zitadel"), {DOMAINS, ORGANIZATIONS}
    ),
    **dict.fromkeys(("authentik", "wecom"), {ORGANIZATIONS}),
}
# Where apps get verified addresses only if somebody asks for them; the samples do not.
BY_OPTIONAL_CLAIM = {"entra", "microsoft", "pingone", "x"}
CASES = [pytest.param(each, id=each) for each in ("github", "google", "wecom")]


def person(address: str = "", *, verified: bool = True, **more: Any) -> Claims:
    return Claims(namespace="n", subject="1", address=address, address_verified=verified, **more)


def cause(
    settings: dict[str, str], claims: Claims, *, provider: str = "github", is_known: bool = False
) -> str:
    found = access_refusal(settings, catalogue.get(provider), claims, is_known=is_known)
    return found.cause if found else ""


class TestFields:
    @each_row("definition", [*catalogue.all_providers(), *catalogue.derived_providers()])
    def test_a_provider_has_the_fields_of_what_it_tells(self, definition: Any) -> None:
        names = {each.name for each in definition.fields if each.name.startswith("access_")}
        assert names == {PEOPLE} | TELLS.get(definition.id, set())

    @each_row("definition", list(catalogue.all_providers()))
    def test_addresses_count_where_the_provider_proves_them(self, definition: Any) -> None:
        proved = sample_of(definition.id).person.address_verified
        assert definition.proves_addresses == (proved or definition.id in BY_OPTIONAL_CLAIM)

    @each_row("definition", list(catalogue.all_providers()))
    def test_a_tenant_is_not_said_twice(self, definition: Any) -> None:
        assert not (definition.tenants and definition.tenant_setting)
        if definition.tenant_setting:
            assert definition.field(definition.tenant_setting)

    @each_row(
        "entry, saved",
        [
            ("acme.com", "acme.com"),
            ("ACME.com", "acme.com"),
            ("@acme.com", "acme.com"),
            ("acme.com.", "acme.com"),
            ("mail.acme.co.uk", "mail.acme.co.uk"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("BÜCHER.example", "xn--bcher-kva.example"),
            ("例え.jp", "xn--r8jz45g.jp"),
            # Not strasse.de, which somebody else may own.
            ("straße.de", "xn--strae-oqa.de"),
        ],
    )
    def test_a_domain_is_read(self, entry: str, saved: str) -> None:
        assert read_domain(entry) == saved

    @each_row(
        "entry",
        [
            "*.acme.com",
            "*",
            "ada@acme.com",
            "https://acme.com",
            "acme.com/x",
            "acme.com:443",
            "acme",
            "com.",
            "acme..com",
            ".acme.com",
            "-acme.com",
            "192.0.2.1",
            "acme com",
            "ac\u200bme\u202e.com",
            "xn--.com" + "x" * 300,
            "é" * 300 + ".com",
        ],
    )
    def test_what_is_no_domain_is_refused(self, entry: str) -> None:
        with pytest.raises(ValidationError):
            read_domain(entry)

    @pytest.mark.django_db
    def test_the_form_saves_lists_and_leaves_out_what_is_empty(self, project: Project) -> None:
        definition, sample = catalogue.get("github"), sample_of("github")
        typed = {
            **sample.filled_in,
            "alias": "github",
            DOMAINS: " ACME.com,\r\n\r\nexample.org\r\nacme.com ",
            ORGANIZATIONS: "Acme-Corp",
            PEOPLE: EXISTING,
            "accept_warnings": f"{PEOPLE}.nobody",
        }
        form = ConnectionForm(typed, definition=definition, project=project)
        assert form.is_valid(), form.errors
        found = form.proposal.settings
        assert found[DOMAINS] == "acme.com\nexample.org"
        assert found[ORGANIZATIONS] == "acme-corp"
        assert found[PEOPLE] == EXISTING
        # Shown as they are saved, and not changed by being sent again.
        assert form[DOMAINS].value() == "acme.com\nexample.org"
        sent = form[DOMAINS].value().replace("\n", "\r\n")
        assert not form.fields[DOMAINS].has_changed(found[DOMAINS], sent)

        form = ConnectionForm(
            {**typed, DOMAINS: "", ORGANIZATIONS: " ", PEOPLE: ""},
            definition=definition,
            project=project,
        )
        assert form.is_valid(), form.errors
        assert not [name for name in form.proposal.settings if name.startswith("access_")]

    @pytest.mark.django_db
    @each_row(
        "name, typed, code",
        [
            (DOMAINS, "*.acme.com", "wildcard"),
            (DOMAINS, "\n".join(f"a{number}.com" for number in range(51)), "many"),
            (DOMAINS, "x" * 5001, "max_length"),
            (ORGANIZATIONS, "acme/team", "shape"),
            (ORGANIZATIONS, "a" * 300, "shape"),
            (PEOPLE, "nobody", "invalid_choice"),
        ],
    )
    def test_the_form_refuses(self, project: Project, name: str, typed: str, code: str) -> None:
        values = {**sample_of("github").filled_in, "alias": "github", name: typed}
        form = ConnectionForm(values, definition=catalogue.get("github"), project=project)
        assert form.has_error(name, code), form.errors

    @pytest.mark.django_db
    def test_a_domain_where_anybody_gets_an_address_is_a_warning(self, project: Project) -> None:
        values = {**sample_of("github").filled_in, "alias": "github", DOMAINS: "qq.com\nacme.com"}
        form = ConnectionForm(values, definition=catalogue.get("github"), project=project)
        form.full_clean()
        assert form.warnings[DOMAINS] == ["Anybody can get an email address at qq.com."]


class TestMemberships:
    @each_row(
        "claim, values",
        [
            ("Acme", ("acme",)),
            (["Acme", "other"], ("acme", "other")),
            ([2, "1"], ("2", "1")),
            (7, ("7",)),
            (None, ()),
            ("", ()),
            (True, ()),
            ([True, None, 1.5, {"a": 1}, ["acme"], ""], ()),
            ({"acme": {}}, ()),
            (["x" * 300, "acme"], ("acme",)),
            (["acme/evil", "evilacme"], ("acme/evil", "evilacme")),
        ],
    )
    def test_values_are_read(self, claim: Any, values: tuple[str, ...]) -> None:
        membership = Membership(claim="orgs", label="", help="", ignores_case=True)
        assert membership.values_in({"orgs": claim}) == values
        assert membership.values_in({}) == ()

    def test_only_so_many_are_read(self) -> None:
        membership = Membership(claim="orgs", label="", help="")
        assert len(membership.values_in({"orgs": ["a"] * 5000})) == MOST_VALUES


class TestRules:
    @each_row(
        "address, verified, expected",
        [
            ("ada@acme.com", True, ""),
            ("Ada@ACME.COM", True, ""),
            ("ada@acme.com.", True, ""),
            ('"a@evil.com"@acme.com', True, ""),
            ("ada@xn--bcher-kva.example", True, ""),
            ("ada@bücher.example", True, ""),
            ("ada@acme.com", False, "access_unverified_email"),
            ("", False, "access_unverified_email"),
            ("ada@mail.acme.com", True, "access_email_domain"),
            ("ada@acme.com.evil.com", True, "access_email_domain"),
            ("ada@evilacme.com", True, "access_email_domain"),
            ("ada@acme.co", True, "access_email_domain"),
            # Another letter that looks alike: Cyrillic а, and a dot above the ı.
            ("ada@\u0430cme.com", True, "access_email_domain"),
            ("ada@acme.com@evil.com", True, "access_email_domain"),
            ("ada@acme。com", True, ""),
            ("acme.com", True, ""),
        ],
    )
    def test_only_a_verified_address_at_the_domain_is_admitted(
        self, address: str, verified: bool, expected: str
    ) -> None:
        settings = {DOMAINS: "acme.com\nxn--bcher-kva.example"}
        claims = person(address, verified=verified)
        assert cause(settings, claims) == expected
        # Also for people with an account.
        assert cause(settings, claims, is_known=True) == expected

    @each_row("name, claim", [(TENANTS, "tenants"), (ORGANIZATIONS, "organizations")])
    def test_one_of_the_values_must_be_the_same(self, name: str, claim: str) -> None:
        settings = {name: "acme\nother"}
        refused = name.replace("access_", "access_").removesuffix("s")
        for values, expected in (
            (("acme",), ""),
            (("x", "other"), ""),
            ((), refused),
            (("acme/team", "acm", "acme2"), refused),
        ):
            assert cause(settings, person(**{claim: values})) == expected

    def test_the_administrator_reads_what_was_received_and_expected(self) -> None:
        definition = catalogue.get("microsoft")
        found = access_refusal(
            {DOMAINS: "acme.com"}, definition, person("ada@evil.com"), is_known=False
        )
        assert found
        # The domain alone; the address is nobody's business.
        assert found.facts == {"field": "email", "received": "evil.com", "expected": "acme.com"}
        found = access_refusal({TENANTS: "a\nb"}, definition, person(tenants=("c",)), is_known=True)
        assert found
        assert found.facts == {"field": "tid", "received": "c", "expected": "a, b"}

    def test_existing_users_only(self) -> None:
        settings = {PEOPLE: EXISTING}
        assert cause(settings, person()) == "access_new_user"
        assert cause(settings, person(), is_known=True) == ""
        # Who is not admitted anyway learns nothing of accounts.
        assert cause({**settings, DOMAINS: "acme.com"}, person("a@b.com")) == "access_email_domain"

    @pytest.mark.parametrize("provider", CASES)
    def test_without_a_rule_everybody_is_admitted(self, provider: str) -> None:
        assert cause({}, person(verified=False), provider=provider) == ""

    def test_a_rule_that_the_provider_no_longer_has_still_counts(self) -> None:
        """For example after a release that no longer trusts the provider's addresses."""
        settings = {DOMAINS: "acme.com"}
        assert cause(settings, person(verified=False), provider="wechat_web") != ""
        assert cause({TENANTS: "a"}, person(), provider="wechat_web") == "access_tenant"


def test_lists_are_read_as_they_are_saved() -> None:
    assert list_values({DOMAINS: "a.com\nb.com"}, DOMAINS) == ("a.com", "b.com")
    assert list_values({DOMAINS: None}, DOMAINS) == list_values({}, DOMAINS) == ()
    assert ascii_domain("ada") == ""


class TestSentence:
    @each_row(
        "provider, settings, english, chinese",
        [
            (
                "wechat_web",
                {},
                "Everybody who can sign in with WeChat, new and existing users.",
                "所有能够通过微信登录的用户，包括新用户和已有用户。",
            ),
            (
                "google",
                {},
                "Everybody who can sign in with Google, new and existing users.",
                "所有能够通过 Google 登录的用户，包括新用户和已有用户。",
            ),
            (
                "github",
                {PEOPLE: EXISTING},
                "Existing users only. Nobody new can sign in.",
                "仅限已有用户，新用户无法登录。",
            ),
            (
                "github",
                {DOMAINS: "acme.com\nacme.org", ORGANIZATIONS: "acme"},
                "Everybody with a verified email address at acme.com or acme.org and membership in "
                "acme, new and existing users.",
                "所有拥有 acme.com 或 acme.org 已验证邮箱且属于 acme 的用户，"
                "包括新用户和已有用户。",
            ),
            (
                "slack",
                {"workspace": "T0123456", PEOPLE: EXISTING},
                "Only existing users with membership in T0123456. Nobody new can sign in.",
                "仅限属于 T0123456 的已有用户，新用户无法登录。",
            ),
            (
                "microsoft",
                {TENANTS: "\n".join("abcdef")},
                "Everybody with membership in a or b or c or d or 2 others, new and existing "
                "users.",
                "所有属于 a 或 b 或 c 或 d 或另外 2 个 的用户，包括新用户和已有用户。",
            ),
        ],
    )
    def test_one_sentence_sums_it_up(
        self, provider: str, settings: dict[str, str], english: str, chinese: str
    ) -> None:
        definition = catalogue.get(provider)
        assert access_sentence(definition, settings) == english
        with translation.override("zh-hans"):
            assert access_sentence(definition, settings) == chinese
