"""Whom an edit of a connection, or its deletion, would turn into somebody new."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX

from connections.configured import definition_of, namespace_of
from connections.forms.connection_form import NEW_ACCOUNTS, ConnectionForm, Proposal
from connections.identities import namespaces
from connections.models import Connection, Identity
from connections.services import NewAccounts, change_connection, count_affected_users
from projects.models import Event, Project, User
from tests.cast import make_connection, open_secret
from tests.openid import Guest, OpenID, connect, openid_settings
from tests.rows import each_row
from tests.wechat import Visitor, WeChat

OTHER_APPID = "wx1111111111111111"
OTHER_ACCOUNT = "gh_ffffffffffff"


@pytest.fixture
def discovered(provider: OpenID) -> dict[str, Any]:
    """The settings of a connection that takes the addresses from the issuer's document."""
    return openid_settings(provider.origin)


@pytest.fixture
def typed(provider: OpenID) -> dict[str, Any]:
    """Those of one at the same issuer whose addresses somebody has entered."""
    return openid_settings(
        provider.origin,
        authorization_endpoint=f"{provider.origin}/authorize",
        token_endpoint=f"{provider.origin}/token",
        jwks_uri=f"{provider.origin}/keys",
    )


def change(connection: Connection, actor: User, *, accepts: bool = False, **settings: Any) -> None:
    proposal = Proposal(
        alias=connection.alias,
        labels={},
        enabled=True,
        settings={**connection.settings, **settings},
        secrets={"client_secret": open_secret(connection, "client_secret")},
        accepts_new_accounts=accepts,
    )
    change_connection(connection, proposal=proposal, actor=actor)
    connection.refresh_from_db()


def who(guest: Guest) -> User:
    """The person whom a sign-in finds or makes."""
    answer = guest.sign_in()
    assert (answer.status_code, answer.headers["location"]) == (302, "/account")
    return Identity.objects.latest("used_at").user


class TestOpenID:
    def test_addresses_typed_in_place_of_discovery_give_new_accounts_only_with_consent(
        self, project: Project, provider: OpenID, owner: User, discovered: Any, typed: Any
    ) -> None:
        connection = connect(project, "openid_connect", **discovered)
        person = who(Guest(project, provider, connection))

        with pytest.raises(NewAccounts) as question:
            change(connection, owner, **typed)

        assert question.value.people == 1
        connection.refresh_from_db()
        assert connection.settings["token_endpoint"] == ""
        assert not Event.objects.exists()

        change(connection, owner, accepts=True, **typed)

        assert Event.objects.get().changes["new_accounts"] == [None, 1]
        assert who(Guest(project, provider, connection)) != person

    def test_the_form_asks_once_though_it_is_checked_before_and_after_the_look_up(
        self, project: Project, provider: OpenID, discovered: Any, typed: Any
    ) -> None:
        connection = connect(project, "openid_connect", **discovered)
        who(Guest(project, provider, connection))
        form = ConnectionForm(
            {**typed, "client_id": "menkou", "client_secret": "a-new-secret", "enabled": "on"},
            definition=definition_of(connection),
            project=project,
            connection=connection,
        )

        form.look_up()

        assert form.checked is not None
        codes = [each.code for each in form.checked.issues]
        assert sum(code.startswith(NEW_ACCOUNTS) for code in codes) == 1

    def test_discovery_in_place_of_typed_addresses_keeps_everybody(
        self, project: Project, provider: OpenID, owner: User, discovered: Any, typed: Any
    ) -> None:
        connection = connect(project, "openid_connect", **typed)
        person = who(Guest(project, provider, connection))

        change(connection, owner, **discovered)

        assert connection.kept_namespace.startswith(f"connection:{connection.pk}:")
        assert "new_accounts" not in Event.objects.get().changes
        assert who(Guest(project, provider, connection)) == person
        # Another connection to the issuer knows its people by what it has proved.
        other = connect(project, "openid_connect", "other", **discovered)
        assert who(Guest(project, provider, other)) != person

        change(connection, owner, **typed)

        assert connection.kept_namespace == ""
        assert who(Guest(project, provider, connection)) == person

    def test_a_kept_namespace_does_not_outlive_the_issuer(
        self, project: Project, provider: OpenID, owner: User, discovered: Any, typed: Any
    ) -> None:
        connection = connect(project, "openid_connect", **typed)
        who(Guest(project, provider, connection))
        change(connection, owner, **discovered)

        with pytest.raises(NewAccounts):
            change(connection, owner, issuer="https://other.example.com")
        change(connection, owner, accepts=True, issuer="https://other.example.com")

        assert connection.kept_namespace == ""
        assert namespace_of(connection) == "oidc:https://other.example.com"

    def test_typed_addresses_of_another_issuer_name_other_people(
        self, project: Project, provider: OpenID, owner: User, typed: Any
    ) -> None:
        """Two servers may both have a person 17."""
        connection = connect(project, "openid_connect", **typed)
        who(Guest(project, provider, connection))
        before = namespace_of(connection)

        with pytest.raises(NewAccounts):
            change(connection, owner, issuer="https://other.example.com")
        change(connection, owner, accepts=True, issuer="https://other.example.com")

        assert namespace_of(connection) != before

    def test_whoever_is_found_again_is_not_counted(
        self, project: Project, provider: OpenID, owner: User, discovered: Any, typed: Any
    ) -> None:
        connection = connect(project, "openid_connect", **discovered)
        who(Guest(project, provider, connection))
        change(connection, owner, accepts=True, issuer="https://other.example.com")

        # Nobody has signed in at the other issuer; the first one's people are not lost twice.
        change(connection, owner, issuer="https://third.example.com")
        change(connection, owner, **discovered)
        assert [each for each in Event.objects.all() if "new_accounts" in each.changes] == [
            Event.objects.earliest("pk")
        ]
        assert (
            namespaces.count_lost_users(connection, namespaces.namespaces_after(connection, typed))
            == 1
        )

    def test_people_of_other_connections_do_not_count(
        self, project: Project, provider: OpenID, owner: User, discovered: Any
    ) -> None:
        connection = connect(project, "openid_connect", **discovered)
        other = connect(project, "openid_connect", "other", **discovered)
        who(Guest(project, provider, other))

        change(connection, owner, issuer="https://other.example.com")

        assert "new_accounts" not in Event.objects.get().changes


class TestSAML:
    SETTINGS = {
        "metadata_url": "",
        "entity_id": "https://idp.example.com/saml",
        "sso_url": "https://idp.example.com/sso",
        "certificates": "",
        "subject_attribute": "",
    }
    URL = "https://idp.example.com/metadata"

    def known(self, project: Project, **settings: Any) -> Connection:
        """A connection by which somebody has signed in."""
        connection = connect(project, "saml", **{**self.SETTINGS, **settings})
        Identity.objects.create(
            project=project,
            user=User.objects.create(project=project, password=UNUSABLE_PASSWORD_PREFIX),
            connection=connection,
            namespace=namespace_of(connection),
            subject="17",
        )
        return connection

    def test_a_url_in_place_of_a_file_keeps_everybody(self, project: Project, owner: User) -> None:
        connection = self.known(project)
        before = namespace_of(connection)
        change(connection, owner, metadata_url=self.URL)
        assert namespace_of(connection) == before

    @each_row(
        "changes",
        [
            {"metadata_url": ""},
            {"subject_attribute": "employee"},
            {"entity_id": "https://idp.example.com/another"},
        ],
        undo=True,
    )
    def test_a_file_in_place_of_the_url_or_another_id_asks(
        self, project: Project, owner: User, changes: dict[str, str]
    ) -> None:
        connection = self.known(project, metadata_url=self.URL)
        with pytest.raises(NewAccounts):
            change(connection, owner, **changes)

    def test_another_attribute_asks_also_where_nothing_is_proved(
        self, project: Project, owner: User
    ) -> None:
        connection = self.known(project)
        with pytest.raises(NewAccounts):
            change(connection, owner, subject_attribute="employee", metadata_url=self.URL)


class TestWeChat:
    def test_another_account_id_asks_nobody_since_the_apps_openid_finds_them(
        self, visitor: Visitor, project: Project, owner: User
    ) -> None:
        connection = make_connection(project)
        visitor.sign_in("LI")
        change(connection, owner, account_id=OTHER_ACCOUNT)

        visitor.sign_in("LI")

        identity = Identity.objects.get()
        assert identity.namespace == f"wechat:{OTHER_ACCOUNT}"

    def test_so_does_another_app_of_the_same_account(
        self, visitor: Visitor, project: Project, owner: User
    ) -> None:
        connection = make_connection(project)
        visitor.sign_in("LI")
        change(connection, owner, client_id=OTHER_APPID)
        assert connection.settings["client_id"] == OTHER_APPID

    def test_both_at_once_ask(self, visitor: Visitor, project: Project, owner: User) -> None:
        connection = make_connection(project)
        visitor.sign_in("LI")
        visitor.sign_in("JOSE")
        with pytest.raises(NewAccounts) as question:
            change(connection, owner, client_id=OTHER_APPID, account_id=OTHER_ACCOUNT)
        assert question.value.people == 2

    def test_another_app_asks_for_those_whom_nothing_but_its_openid_names(
        self, visitor: Visitor, project: Project, owner: User, wechat: WeChat
    ) -> None:
        connection = make_connection(project, test_account=True)
        visitor.sign_in("JOSE")
        for endpoint in ("token", "userinfo"):
            wechat.fault(endpoint, omit=["unionid"])
        visitor.sign_in("LI")

        with pytest.raises(NewAccounts) as question:
            change(connection, owner, client_id=OTHER_APPID)

        assert question.value.people == 1


class TestDeletion:
    def test_people_of_a_proved_issuer_are_found_again(
        self, project: Project, provider: OpenID, discovered: Any
    ) -> None:
        connection = connect(project, "openid_connect", **discovered)
        who(Guest(project, provider, connection))
        assert count_affected_users(connection).not_found_again == 0

    def test_people_of_typed_addresses_are_not(
        self, project: Project, provider: OpenID, typed: Any
    ) -> None:
        connection = connect(project, "openid_connect", **typed)
        who(Guest(project, provider, connection))
        assert count_affected_users(connection).not_found_again == 1

    def test_nor_are_those_of_a_namespace_that_was_kept(
        self, project: Project, provider: OpenID, owner: User, discovered: Any, typed: Any
    ) -> None:
        connection = connect(project, "openid_connect", **typed)
        who(Guest(project, provider, connection))
        change(connection, owner, **discovered)
        assert count_affected_users(connection).not_found_again == 1


def test_a_new_name_that_only_the_look_up_finds_is_asked_about_too(
    project: Project, provider: OpenID
) -> None:
    connection = connect(
        project, "gitlab", address=provider.origin, issuer="https://before.example"
    )
    person = User.objects.create(project=project, password=UNUSABLE_PASSWORD_PREFIX)
    Identity.objects.create(
        **{"project": project, "user": person, "connection": connection},
        **{"namespace": namespace_of(connection), "subject": "1"},
    )
    typed = {"address": provider.origin, "client_id": "a", "client_secret": "b", "enabled": "on"}
    form = ConnectionForm(
        typed, definition=definition_of(connection), project=project, connection=connection
    )
    assert NEW_ACCOUNTS not in form.warning_codes

    assert not form.look_up()

    assert NEW_ACCOUNTS in form.warning_codes
