"""Every verdict of a check, against the simulator or a scripted provider over HTTP."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache

from connections.checking.faults import CHECK_FAULTS
from connections.models import Connection
from connections.protocols.oidc.discovery_cache import discovery_cache
from connections.secrets import check_keys
from connections.values.sites import Site
from core.http.client import calling_own_origin
from core.http.resolver import fixed_names
from projects.models import Project
from signin.checking.own_host import PATH, check_own_host, own_answer
from tests.cast import OFFICIAL_APPID, client_of, make_connection, make_official_account
from tests.checks import CONTENT, FILE, Treatment, ours, steps_of
from tests.connections.servers import Peer, serving
from tests.core.test_authorities import Authority, trusting
from tests.core.test_http_client import at_loopback, serving_tls
from tests.openid import CLIENT_SECRET, OpenID, connect, openid_settings
from tests.rows import each_row
from tests.saml import pair
from tests.wechat import WeChat

UNKNOWN_CODE = b'{"error": "invalid_grant"}'


@pytest.fixture(autouse=True)
def keys(db: None) -> None:
    check_keys()


def verdicts(steps: dict[str, Any]) -> dict[str, str]:
    """The verdict of each step, with its cause if it has one."""
    return {name: f"{each.verdict} {each.cause}".strip() for name, each in steps.items()}


class TestWeChat:
    @each_row(
        "change, fault, expected",
        [
            ({}, {}, {"credentials": "passed"}),
            ({"secret": "f" * 32}, {}, {"credentials": "failed 40125"}),
            ({"client_id": "wx" + "0" * 16}, {}, {"credentials": "failed 40013"}),
            ({"secret": ""}, {}, {"values": "failed secret_missing"}),
            (
                {},
                {"endpoint": "token", "http_status": 500},
                {"credentials": "doubtful http_status"},
            ),
        ],
    )
    def test_credentials(
        self,
        project: Project,
        wechat: WeChat,
        change: dict[str, Any],
        fault: dict[str, Any],
        expected: dict[str, str],
    ) -> None:
        Connection.objects.all().delete()
        wechat.begin_again()
        connection = make_connection(project, **change)
        if fault:
            wechat.fault(**fault)

        found = verdicts(steps_of(connection))

        assert found in ({"values": "passed", "reachable": "passed", **expected}, expected)

    def test_an_official_account_is_checked_with_its_own_secret(
        self, project: Project, wechat: WeChat
    ) -> None:
        connection = make_official_account(project)
        steps = steps_of(connection)
        assert steps["reachable"].verdict == "passed"
        assert steps["credentials"].verdict in {"passed", "failed"}
        assert connection.settings["client_id"] == OFFICIAL_APPID

    def test_nothing_listens_and_nothing_answers(self, project: Project, settings: Any) -> None:
        connection = make_connection(project)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            closed = f"http://127.0.0.1:{listener.getsockname()[1]}"
        settings.WECHAT_API_BASE_URL = closed
        assert verdicts(steps_of(connection)) == {
            "values": "passed",
            "reachable": "failed unreachable",
            "credentials": "not_checked earlier",
        }

        with serving(Peer.hang) as server:
            settings.WECHAT_API_BASE_URL = server.origin
            found = verdicts(steps_of(connection))
        assert found["reachable"] == "passed"
        assert found["credentials"] == "failed timeout"


def discovery(**members: Any) -> Callable[[OpenID], None]:
    return lambda provider: provider.discovery.update(members)


def raw(path: str, body: bytes, status: str = "200 OK") -> Callable[[OpenID], None]:
    def change(provider: OpenID) -> None:
        provider.raw[path], provider.status[path] = body, status

    return change


class TestOpenIDConnect:
    @each_row(
        "change, expected",
        [
            (lambda provider: None, {}),
            (discovery(issuer="https://other.example"), {"metadata": "failed discovery_issuer"}),
            (discovery(token_endpoint=5), {"metadata": "failed discovery"}),
            (raw("/.well-known/openid-configuration", b"<html>"), {"metadata": "failed not_json"}),
            (
                raw("/.well-known/openid-configuration", b"", "500 Oops"),
                {"metadata": "failed http_status"},
            ),
            (
                raw("/.well-known/openid-configuration", b"", "429 Slow Down"),
                {"metadata": "doubtful rate_limited", "keys": "doubtful"},
            ),
            (
                discovery(code_challenge_methods_supported=["plain"]),
                {"metadata": "doubtful no_s256"},
            ),
            (raw("/keys", b'{"keys": 5}'), {"keys": "failed keys_unusable"}),
            (raw("/keys", b'{"keys": []}'), {"keys": "failed keys_unusable"}),
            (raw("/keys", b"", "503 Busy"), {"keys": "failed keys_unavailable"}),
            (
                raw("/token", b'{"error": "invalid_client"}', "401 Unauthorized"),
                {"credentials": "failed invalid_client"},
            ),
            (raw("/token", b"", "503 Busy"), {"credentials": "doubtful http_status"}),
            (raw("/token", b'{"error": "strange"}'), {"credentials": "doubtful unknown_code"}),
        ],
    )
    def test_what_goes_wrong_is_a_verdict_of_its_step(
        self,
        project: Project,
        provider: OpenID,
        change: Callable[[OpenID], None],
        expected: dict[str, str],
    ) -> None:
        Connection.objects.all().delete()
        discovery_cache.clear()
        cache.clear()
        provider.discovery, provider.raw, provider.status = {}, {}, {}
        raw("/token", UNKNOWN_CODE, "400 Bad Request")(provider)
        change(provider)
        connection = connect(project, "openid_connect", **openid_settings(provider.origin))

        found = verdicts(steps_of(connection))

        usual = dict.fromkeys(("values", "reachable", "metadata", "keys", "credentials"), "passed")
        if expected.get("metadata", "").startswith("failed"):
            expected = {**expected, **dict.fromkeys(("keys", "credentials"), "not_checked earlier")}
        if "rate_limited" in expected.get("metadata", ""):
            assert found["metadata"] == expected["metadata"]
            return
        assert found == {**usual, **expected}

    def test_a_missing_value_is_named_in_no_language(
        self, project: Project, provider: OpenID
    ) -> None:
        settings = {**openid_settings(provider.origin), "client_id": ""}
        values = steps_of(connect(project, "openid_connect", **settings))["values"]
        assert (values.cause, values.facts) == ("value_missing", {"field": "client_id"})

    def test_no_step_quotes_a_secret(self, project: Project, provider: OpenID) -> None:
        said = json.dumps({"error": "invalid_client", "error_description": f"no {CLIENT_SECRET}"})
        raw("/token", said.encode(), "401 Unauthorized")(provider)
        connection = connect(project, "openid_connect", **openid_settings(provider.origin))

        steps = [each.as_json() for each in steps_of(connection).values()]

        assert "invalid_client" in json.dumps(steps)
        assert CLIENT_SECRET not in json.dumps(steps)

    def test_a_typed_address_in_a_private_network_is_refused(self, project: Project) -> None:
        settings = openid_settings("https://127.0.0.1:9")
        connection = connect(project, "openid_connect", **settings)
        assert verdicts(steps_of(connection))["reachable"] == "failed private_address"


class TestCertificates:
    @each_row(
        "days, expected",
        [
            (100, "passed"),
            (20, "doubtful certificate_ends_soon"),
            (-1, "doubtful certificate_ended"),
        ],
    )
    def test_of_an_identity_provider(self, project: Project, days: int, expected: str) -> None:
        Connection.objects.all().delete()
        own = pair("acme.example", days=3000).pem
        connection = connect(
            project,
            "saml",
            metadata_url="",
            entity_id="https://idp.example",
            sso_url="https://idp.example/sso",
            certificates=pair(days=days).pem,
            own_certificate=own,
            name_id_format="x",
            subject_attribute="",
            email_attribute="",
            name_attribute="",
        )
        steps = steps_of(connection)
        found = verdicts(steps)
        assert found["certificates"] == expected
        assert found["credentials"] == "not_checked no_probe"
        # Names and no labels: every reader sees them in their own language.
        assert steps["certificates"].facts["field"] == "certificates"

    @pytest.mark.parametrize(
        ("days", "expected"),
        [(30, "passed"), (3, "doubtful tls_ends_soon"), (-1, "failed tls_expired")],
    )
    def test_of_the_providers_server(
        self,
        project: Project,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        settings: Any,
        days: int,
        expected: str,
    ) -> None:
        authority = Authority(tmp_path)
        monkeypatch.setattr(socket, "getaddrinfo", at_loopback(socket.getaddrinfo))
        trusting(authority.file, monkeypatch)
        with serving_tls(authority.issue("provider.test", days=days)) as server:
            origin = f"https://provider.test:{server.port}"
            settings.WECHAT_API_BASE_URL = origin
            step = steps_of(make_connection(project))["reachable"]
        assert f"{step.verdict} {step.cause}".strip() == expected
        assert ("expires" in step.facts) == (days > 0)


def answering(body: bytes, status: str = "200 OK") -> Treatment:
    return lambda peer: peer.answer(body, status=status)


class TestOwnHost:
    def test_this_installation_answers_a_random_value(self, project: Project) -> None:
        answer = client_of(project.host).get(f"{PATH}{'0' * 32}")
        assert answer.content.decode() == own_answer(project.host, "0" * 32)
        assert own_answer(project.host, "0" * 32) != own_answer("other.test", "0" * 32)
        assert client_of(project.host).get(f"{PATH}x").status_code == 404
        assert (
            client_of(django_settings.MENKOU_PORTAL_HOST).get(f"{PATH}{'0' * 32}").status_code
            == 404
        )

    @each_row(
        "treat, file, served, expected",
        [
            (
                "ours",
                "",
                "",
                {"callback": "doubtful own_host_http", "domain_file": "not_checked file_none"},
            ),
            ("ours", FILE, FILE, {"callback": "doubtful own_host_http", "domain_file": "passed"}),
            (
                "ours",
                FILE,
                "",
                {"callback": "doubtful own_host_http", "domain_file": "not_checked file_unsaved"},
            ),
            (
                answering(b"hello"),
                FILE,
                FILE,
                {"callback": "failed own_host_other", "domain_file": "not_checked earlier"},
            ),
            (
                answering(b"", "302 Found"),
                FILE,
                FILE,
                {"callback": "failed own_host_other", "domain_file": "not_checked earlier"},
            ),
            (
                "no file",
                FILE,
                FILE,
                {"callback": "doubtful own_host_http", "domain_file": "failed file_missing"},
            ),
            (
                "other file",
                FILE,
                FILE,
                {"callback": "doubtful own_host_http", "domain_file": "failed file_other"},
            ),
        ],
    )
    def test_callback_and_file(
        self,
        project: Project,
        settings: Any,
        treat: Any,
        file: str,
        served: str,
        expected: dict[str, str],
    ) -> None:
        usual = ours(project.host)

        def treating(peer: Peer) -> None:
            if peer.path == f"/{FILE}" and treat == "no file":
                peer.answer(b"", status="404 Not Found")
            elif peer.path == f"/{FILE}" and treat == "other file":
                peer.answer(b"something else")
            elif callable(treat):
                treat(peer)
            else:
                usual(peer)

        site = Site("http", project.host, "/sso/oauth2/callback/x")
        fields = [
            {"domain_file": name, "domain_file_content": CONTENT if name else ""}
            for name in (file, served)
        ]
        with serving(treating) as server:
            settings.MENKOU_MOVED_ENDPOINTS = {f"http://{project.host}": server.origin}
            steps = check_own_host(site, entered=fields[0], served=fields[1])

        assert verdicts({str(each.name): each for each in steps}) == expected

    @each_row(
        "host, addresses, cause",
        [
            ("acme.localhost:8000", None, "not_checked own_host_local"),
            ("acme.example", [], "failed own_host_unknown"),
            ("acme.example", ["127.0.0.1"], "doubtful own_host_unreachable"),
        ],
    )
    def test_names(
        self, monkeypatch: pytest.MonkeyPatch, host: str, addresses: list[str] | None, cause: str
    ) -> None:
        def look_up(name: str, *_arguments: Any, **_options: Any) -> Any:
            if not addresses:
                raise socket.gaierror(socket.EAI_NONAME, "unknown")
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 0)) for each in addresses]

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        fixed_names.clear()
        # Nothing listens at this port.
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        host = host if ":" in host else f"{host}:{port}"
        (step,) = check_own_host(Site("https", host, "/x"), entered={}, served={})
        assert f"{step.verdict} {step.cause}" == cause

    @pytest.mark.parametrize(
        ("issued_for", "days", "trusted", "expected"),
        [
            ("provider.test", 30, True, "passed own_host_private"),
            ("provider.test", 3, True, "doubtful own_tls_ends_soon"),
            ("provider.test", -1, True, "failed own_tls_expired"),
            ("other.test", 30, True, "failed own_tls_host"),
            ("provider.test", 30, False, "failed own_tls"),
        ],
    )
    def test_certificates(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        issued_for: str,
        days: int,
        trusted: bool,
        expected: str,
    ) -> None:
        authority = Authority(tmp_path)
        monkeypatch.setattr(socket, "getaddrinfo", at_loopback(socket.getaddrinfo))
        trusting(authority.file if trusted else "", monkeypatch)
        host = "provider.test"

        def answer(path: str) -> bytes:
            return own_answer(host, path.removeprefix(PATH)).encode()

        with serving_tls(authority.issue(issued_for, days=days), answer) as server:
            host = f"provider.test:{server.port}"
            with calling_own_origin(f"https://{host}"):
                (step,) = check_own_host(Site("https", host, "/x"), entered={}, served={})
        assert f"{step.verdict} {step.cause}" == expected


def test_every_cause_of_a_check_has_its_words() -> None:
    for fault in CHECK_FAULTS.values():
        assert str(fault.cause).endswith(".")
        assert str(fault.remedy).endswith(".")
