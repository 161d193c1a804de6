"""The forms of Google, GitHub and OpenID Connect, and the search that finds them."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from connections.forms.connection_form import ConnectionForm
from connections.models import Connection
from connections.protocols.oidc.metadata import ENDPOINTS
from connections.providers import catalogue
from connections.providers.google import site_warning
from connections.values.sites import Site
from core.http import resolver
from projects.models import Project
from tests.cast import open_secret
from tests.connections.servers import Peer, serving
from tests.core.test_http_client import PRIVATE
from tests.openid import ABSENT, OpenID, running_openid
from tests.portal.page_reader import Page
from tests.rows import each_row

BASE = "/projects/acme/connections/"
ADD = f"{BASE}add/openid_connect/"
GOOGLE_ID = "1234567890-abc123def.apps.googleusercontent.com"
GOOGLE_SECRET = "GOCSPX-" + "a1B2" * 7
GITHUB_ID = "Ov23liAbCdEfGhIjKlMn"
GITHUB_SECRET = "0123456789abcdef" * 2 + "01234567"


def typed(issuer: str, **values: str) -> dict[str, str]:
    """What an administrator types."""
    return {
        "issuer": issuer,
        "client_id": "our-client",
        "client_secret": "a secret of the provider",
        "scopes": "openid profile email",
        "alias": "openid_connect",
        "enabled": "on",
        **values,
    }


def errors_of(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 200, answer.headers
    form = answer.context["form"]
    return {name: [str(each) for each in messages] for name, messages in form.errors.items()}


def errors_of_form(project: Project, sent: dict[str, Any]) -> dict[str, list[str]]:
    """The errors of the form, which is then not saved, without its page."""
    form = ConnectionForm(sent, definition=catalogue.get("openid_connect"), project=project)
    assert not form.look_up()
    return form.errors


class TestIssuer:
    def test_the_issuer_is_asked_and_the_connection_saved(
        self, as_editor: Client, provider: OpenID
    ) -> None:
        assert as_editor.post(ADD, typed(provider.origin)).status_code == 302

        assert Connection.objects.get().settings["issuer"] == provider.origin

    @pytest.mark.parametrize("extra", ["/", "/.well-known/openid-configuration"])
    def test_it_is_saved_in_its_own_spelling(
        self, as_editor: Client, provider: OpenID, extra: str
    ) -> None:
        as_editor.post(ADD, typed(provider.origin + extra))

        assert Connection.objects.get().settings["issuer"] == provider.origin

    @each_row("form", PRIVATE)
    def test_1_a_private_address_is_an_error_of_the_field_and_is_not_asked(
        self, project: Project, provider: OpenID, settings: Any, form: str
    ) -> None:
        settings.MENKOU_PRIVATE_ORIGINS = ()
        address = form.format(port=provider.origin.rpartition(":")[2]).replace("http:", "https:")

        assert set(errors_of_form(project, typed(address))) == {"issuer"}
        assert provider.server.calls == []

    @each_row(
        "form",
        [
            "https://localhost.:{port}",
            "https://127.0.0.1.:{port}",
            "https://user:password@127.0.0.1:{port}",
            "https://idp.example@127.0.0.1:{port}",
            "https://127.0.0.1:{port}#@idp.example",
            "https://127.0.0.1:{port}\\@idp.example",
            "https://127.0.0.1:{port}%2f@idp.example",
            "https://idp.example:{port}:{port}",
            "https://①②⑦.⓪.⓪.①:{port}",
            "https://*.example:{port}",
            "https://.example:{port}",
            "https://idp..example:{port}",
            "https://" + 64 * "a" + ".example:{port}",
            "https://[::1%25lo]:{port}",
            "https://[v1.x]:{port}",
            "https://xn--:{port}",
            "file:///etc/passwd",
            "gopher://127.0.0.1:{port}/_GET",
            "dict://127.0.0.1:{port}/info",
            "ftp://127.0.0.1:{port}/",
            "http://127.0.0.1:{port}",
            "//127.0.0.1:{port}",
        ],
    )
    def test_1_a_disguise_reaches_nothing(
        self, project: Project, provider: OpenID, settings: Any, form: str
    ) -> None:
        settings.MENKOU_PRIVATE_ORIGINS = ()
        address = form.format(port=provider.origin.rpartition(":")[2])

        assert set(errors_of_form(project, typed(address))) == {"issuer"}
        assert provider.server.calls == []

    def test_1_a_redirect_into_a_private_network_is_not_followed(
        self, as_editor: Client, provider: OpenID, settings: Any
    ) -> None:
        def send_on(peer: Peer) -> None:
            peer.answer(b"", status="302 Found", headers=f"Location: {provider.origin}/\r\n")

        with serving(send_on) as public:
            settings.MENKOU_PRIVATE_ORIGINS = (public.origin,)
            errors = errors_of(as_editor.post(ADD, typed(public.origin)))

        assert set(errors) == {"issuer"}
        assert len(public.calls) == 1
        assert provider.server.calls == []

    @pytest.mark.parametrize(("hops", "errors"), [(1, set()), (3, set()), (4, {"issuer"})])
    def test_a_document_that_has_moved_is_followed_a_few_times(
        self, as_editor: Client, provider: OpenID, settings: Any, hops: int, errors: set[str]
    ) -> None:
        def moved(peer: Peer) -> None:
            if peer.path.count("/again") < hops:
                headers = f"Location: {peer.path}/again\r\n"
                peer.answer(b"", status="301 Moved Permanently", headers=headers)
            else:
                peer.answer_json(**{**provider.document(), "issuer": server.origin})

        with serving(moved) as server:
            origin = server.origin
            settings.MENKOU_PRIVATE_ORIGINS = (origin, provider.origin)
            answer = as_editor.post(ADD, typed(origin))

        if errors:
            assert set(errors_of(answer)) == errors
        else:
            assert answer.status_code == 302
            assert Connection.objects.get().settings["issuer"] == origin

    @pytest.mark.parametrize(
        ("typed_as", "saved"),
        [
            ("HTTP://{host}/Realm", "http://{host}/Realm"),
            ("hTTp://LOCALHOST:{port}/Realm", "http://localhost:{port}/Realm"),
        ],
    )
    def test_the_origin_is_saved_in_lower_case(
        self, as_editor: Client, provider: OpenID, settings: Any, typed_as: str, saved: str
    ) -> None:
        host = provider.origin.partition("//")[2]
        words = {"host": host, "port": host.partition(":")[2]}
        settings.MENKOU_PRIVATE_ORIGINS = (
            provider.origin,
            "http://localhost:{port}".format(**words),
        )
        by_hand = dict.fromkeys(ENDPOINTS, f"{provider.origin}/x")

        answer = as_editor.post(ADD, typed(typed_as.format(**words), **by_hand))

        assert answer.status_code == 302
        assert Connection.objects.get().settings["issuer"] == saved.format(**words)

    def test_an_unencrypted_address_names_the_setting_that_allows_it(
        self, as_editor: Client, settings: Any
    ) -> None:
        settings.MENKOU_PRIVATE_ORIGINS = ()

        errors = errors_of(as_editor.post(ADD, typed("http://LocalHost:8080/realms/x")))

        assert "add http://localhost:8080 to MENKOU_PRIVATE_ORIGINS" in errors["issuer"][0]

    def test_1_a_name_that_changes_its_address_after_the_first_look_is_not_reached(
        self,
        as_editor: Client,
        provider: OpenID,
        settings: Any,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        settings.MENKOU_PRIVATE_ORIGINS = ()
        port = int(provider.origin.rpartition(":")[2])
        answers = ["93.184.215.14", "127.0.0.1"]
        names: list[str] = []
        real = socket.getaddrinfo

        def changing(host: str, *args: Any, **options: Any) -> Any:
            if host != "rebinding.test":
                return real(host, *args, **options)
            names.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers[len(names) - 1], port))]

        monkeypatch.setattr(socket, "getaddrinfo", changing)
        # As when a minute passes between the two.
        monkeypatch.setattr(resolver, "FRESH_SECONDS", 0.0)

        (message,) = errors_of(as_editor.post(ADD, typed(f"https://rebinding.test:{port}")))[
            "issuer"
        ]

        assert len(names) == 2
        assert "private network" in message
        assert provider.server.calls == []

    @each_row(
        "address",
        [
            "http://idp.example",
            "ftp://idp.example",
            "idp.example",
            "https://",
            "https://user@idp.example",
            "https://idp.example/#x",
            "https://idp.example:99999",
            "https://[::1",
            "javascript:alert(1)",
            "https://idp.example/?x=1",
        ],
        undo=True,
    )
    def test_7_8_what_is_no_https_address_is_refused(
        self, as_editor: Client, provider: OpenID, address: str
    ) -> None:
        assert set(errors_of(as_editor.post(ADD, typed(address)))) == {"issuer"}

    @pytest.mark.parametrize(
        ("found", "sentence"),
        [
            ({"issuer": "https://evil.example"}, "names a different issuer"),
            ({"token_endpoint": ABSENT}, "lacks an address"),
            ({"token_endpoint": "https://10.0.0.1/token"}, "private network"),
            ({"token_endpoint_auth_methods_supported": ["private_key_jwt"]}, "neither in a header"),
        ],
    )
    def test_8_a_document_that_is_not_the_issuers_is_refused(
        self, as_editor: Client, provider: OpenID, found: dict[str, Any], sentence: str
    ) -> None:
        provider.discovery.update(found)

        (message,) = errors_of(as_editor.post(ADD, typed(provider.origin)))["issuer"]

        assert sentence in message

    def test_openid_must_be_among_the_scopes(self, as_editor: Client, provider: OpenID) -> None:
        errors = errors_of(as_editor.post(ADD, typed(provider.origin, scopes="profile")))

        assert set(errors) == {"scopes"}

    def test_addresses_by_hand_are_all_needed_but_that_of_the_profile(
        self, as_editor: Client, provider: OpenID
    ) -> None:
        by_hand = {"token_endpoint": f"{provider.origin}/token"}

        errors = errors_of(as_editor.post(ADD, typed(provider.origin, **by_hand)))

        assert set(errors) == {"authorization_endpoint", "jwks_uri"}
        assert provider.server.calls == []

    @pytest.mark.parametrize(
        "name", ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"]
    )
    def test_1_an_address_by_hand_is_not_private(
        self, as_editor: Client, provider: OpenID, name: str
    ) -> None:
        by_hand = {
            "authorization_endpoint": f"{provider.origin}/authorize",
            "token_endpoint": f"{provider.origin}/token",
            "jwks_uri": f"{provider.origin}/keys",
            name: "https://169.254.169.254/latest",
        }

        errors = errors_of(as_editor.post(ADD, typed(provider.origin, **by_hand)))

        assert set(errors) == {name}

    @each_row(
        "moved",
        [
            {"client_id": "another-client"},
            {"authorization_endpoint": "https://idp.example/authorize"},
            {"token_endpoint": "https://idp.example/token"},
            {"userinfo_endpoint": "https://idp.example/userinfo"},
            {"jwks_uri": "https://idp.example/keys"},
        ],
        undo=True,
    )
    def test_4_whatever_says_where_the_secret_goes_asks_for_it_again(
        self, as_editor: Client, provider: OpenID, moved: dict[str, str]
    ) -> None:
        by_hand = {
            "authorization_endpoint": f"{provider.origin}/authorize",
            "token_endpoint": f"{provider.origin}/token",
            "jwks_uri": f"{provider.origin}/keys",
            "client_secret": "",
        }
        as_editor.post(ADD, typed(provider.origin, **{**by_hand, "client_secret": "the old one"}))
        page = f"{BASE}openid_connect/"
        before = Connection.objects.values().get()

        errors = errors_of(as_editor.post(page, typed(provider.origin, **{**by_hand, **moved})))

        assert set(errors) == {"client_secret"}
        assert Connection.objects.values().get() == before
        assert as_editor.post(page, typed(provider.origin, **by_hand)).status_code == 302

    def test_5_checking_a_field_sends_no_secret_anywhere(
        self, as_editor: Client, provider: OpenID, settings: Any
    ) -> None:
        as_editor.post(ADD, typed(provider.origin, client_secret="CANARY-saved"))
        with running_openid() as other:
            settings.MENKOU_PRIVATE_ORIGINS = (provider.origin, other.origin)
            for secret in ("", "CANARY-typed"):
                answer = as_editor.post(
                    f"{BASE}openid_connect/validate/",
                    typed(other.origin, client_secret=secret),
                    headers={"HX-Trigger-Name": "issuer"},
                )
                assert answer.status_code == 200

        assert {peer.path for peer in other.asked} == {"/.well-known/openid-configuration", "/keys"}
        assert not [peer for peer in other.asked if "CANARY" in peer.head + peer.body]

    def test_4_another_issuer_drops_the_secret(
        self, as_editor: Client, provider: OpenID, settings: Any
    ) -> None:
        as_editor.post(ADD, typed(provider.origin))
        page = f"{BASE}openid_connect/"
        with running_openid() as other:
            settings.MENKOU_PRIVATE_ORIGINS = (provider.origin, other.origin)

            moved = typed(other.origin, client_secret="")
            errors = errors_of(as_editor.post(page, moved))
            as_editor.post(page, typed(other.origin, client_secret="the new one"))
            moved_to = other.origin

        assert set(errors) == {"client_secret"}
        connection = Connection.objects.get()
        assert connection.settings["issuer"] == moved_to
        assert open_secret(connection, "client_secret") == "the new one"


class TestMixUps:
    @each_row(
        "provider, field, value, sentence",
        [
            ("google", "client_id", "123456789012", "project number"),
            ("google", "client_id", "AIzaSyA1", "API key"),
            ("google", "client_id", "x@y.iam.gserviceaccount.com", "service account"),
            ("google", "client_id", GOOGLE_SECRET, "looks like the"),
            ("google", "client_secret", GOOGLE_ID, "the field “Client ID”"),
            ("google", "client_secret", "AIzaSyA1", "API key"),
            ("github", "client_id", "123456", "App ID"),
            ("github", "client_id", "https://github.com/x", "web or email address"),
            ("github", "client_id", GITHUB_SECRET, "looks like the"),
            ("github", "client_secret", GITHUB_ID, "the field “Client ID”"),
            ("github", "client_secret", "ghp_abcdef", "personal token"),
            ("github", "client_secret", "-----BEGIN RSA PRIVATE KEY-----", "key or a certificate"),
        ],
        undo=True,
    )
    def test_it_is_named(
        self, as_editor: Client, provider: str, field: str, value: str, sentence: str
    ) -> None:
        right = {
            "google": {"client_id": GOOGLE_ID, "client_secret": GOOGLE_SECRET},
            "github": {"client_id": GITHUB_ID, "client_secret": GITHUB_SECRET},
        }[provider]
        sent = {**right, "alias": provider, "enabled": "on", field: value}

        errors = errors_of(as_editor.post(f"{BASE}add/{provider}/", sent))

        assert sentence in errors[field][0]
        assert value not in errors[field][0]

    @each_row("provider", ["google", "github"])
    @each_row("field", ["client_id", "client_secret"], undo=True)
    def test_an_unusual_value_is_a_doubt_that_may_be_overruled(
        self, as_editor: Client, provider: str, field: str
    ) -> None:
        right = {
            "google": {"client_id": GOOGLE_ID, "client_secret": GOOGLE_SECRET},
            "github": {"client_id": GITHUB_ID, "client_secret": GITHUB_SECRET},
        }[provider]
        sent = {**right, "alias": provider, "enabled": "on", field: "unusual"}
        add = f"{BASE}add/{provider}/"

        assert "__all__" in errors_of(as_editor.post(add, sent))
        accept = f"{field}.shape"
        assert as_editor.post(add, {**sent, "accept_warnings": accept}).status_code == 302


@each_row(
    "scheme, host, warned",
    [
        ("https", "acme.login.example.com", False),
        ("http", "acme.login.example.com", True),
        ("http", "localhost:8000", False),
        ("http", "acme.localhost:8000", True),
        ("https", "203.0.113.5", True),
        ("https", "[2001:db8::1]", True),
    ],
)
def test_what_google_refuses_as_a_callback_is_said_before(
    scheme: str, host: str, *, warned: bool
) -> None:
    site = Site(scheme=scheme, host=host, callback_path="/sso/oauth2/callback/google")

    assert (site_warning(site) is not None) == warned


def matching(query: str) -> set[str]:
    """The ids of the providers that a search finds."""
    return {each.id for each in catalogue.all_providers() if catalogue.matches(each, query)}


class TestSearch:
    @each_row(
        "query, found",
        [
            ("", list(catalogue.PROVIDERS)),
            ("google", ["google", "google_workspace"]),
            ("GOOGLE", ["google", "google_workspace"]),
            ("谷歌", ["google", "google_workspace"]),
            ("azure ad b2c", ["azure_b2c"]),
            ("世纪互联", ["entra"]),
            ("域账号", ["adfs"]),
            ("微信", ["wechat_web", "wechat_official_account", "wecom"]),
            ("weixin", ["wechat_web", "wechat_official_account", "wecom"]),
            ("ｗｅｃｈａｔ　网站应用", ["wechat_web"]),
            ("keycloak", ["keycloak"]),
            ("单点登录", ["openid_connect", "saml"]),
            ("hub", ["github"]),
            ("myspace", []),
        ],
    )
    def test_it_finds_names_and_aliases_in_both_languages(
        self, query: str, found: list[str]
    ) -> None:
        for language in ("en", "zh-hans"):
            with translation.override(language):
                assert matching(query) == set(found)

    def test_a_name_may_be_written_as_two_words(self) -> None:
        assert "openid_connect" in matching("open id")

    @each_row("query", ["", "谷歌", "myspace"], undo=True)
    @each_row("language", ["en", "zh-hans"])
    def test_the_page_shows_what_was_found_without_a_script(
        self, as_editor: Client, query: str, language: str
    ) -> None:
        answer = as_editor.get(f"{BASE}add/", {"q": query}, headers={"accept-language": language})
        page = Page(answer)

        shown = {
            card.one("a").attributes["href"].split("/")[-2]
            for item in page.one("main").every("li")
            if "data-words" in item.attributes and "hidden" not in item.attributes
            for card in [item.one("article")]
        }
        # Those under More are tested apart.
        assert {each for each in shown if not each.startswith("allauth_")} == matching(query)
        assert page.value("q") == query

    def test_a_group_without_a_find_is_hidden(self, as_editor: Client) -> None:
        page = Page(as_editor.get(f"{BASE}add/", {"q": "github"}))
        shown = [
            section.one("h2").text
            for section in page.one("main").every("section")
            if "hidden" not in section.attributes
        ]
        assert shown == ["Popular 1"]

    def test_what_was_typed_is_not_markup(self, as_editor: Client) -> None:
        answer = as_editor.get(f"{BASE}add/", {"q": '"><script>alert(1)</script>'})
        assert b"<script>alert" not in answer.content


def test_several_connections_of_one_provider_have_aliases_of_their_own(
    as_editor: Client,
) -> None:
    add = f"{BASE}add/github/"
    sent = {"client_id": GITHUB_ID, "client_secret": GITHUB_SECRET, "enabled": "on"}

    proposed = []
    for _number in range(3):
        alias = Page(as_editor.get(add)).value("alias")
        proposed.append(alias)
        labels = {"label_en": f"GitHub of {alias}", "label_zh_hans": f"登录 {alias}"}
        assert as_editor.post(add, {**sent, **labels, "alias": alias}).status_code == 302

    assert proposed == ["github", "github2", "github3"]
