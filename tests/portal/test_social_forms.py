"""What the forms of the social providers say to values that were taken for others."""

from __future__ import annotations

import pytest

from connections.forms.connection_form import ConnectionForm
from connections.providers import catalogue
from projects.models import Project
from tests.rows import each_row
from tests.samples.sample import sample_of

UUID = "6731de76-14a6-49ae-97bc-6eba6914391e"

MIXED_UP = [
    ("facebook", "client_id", "EAAGm0PX4ZCpsBAKZCfacebookaccesstoken", "access token"),
    ("facebook", "client_id", "https://example.com", "address"),
    ("facebook", "client_secret", "1234567890123456", "App ID"),
    ("facebook", "client_secret", "EAAGm0PX4ZCpsBAKZCfacebookaccesstoken", "access token"),
    ("linkedin", "client_id", "212345678", "number"),
    ("linkedin", "client_secret", "78abc1def2ghi3", "Client ID"),
    ("microsoft", "client_id", "contoso.example", "36 characters"),
    ("microsoft", "client_secret", UUID, "Secret ID"),
    ("discord", "client_id", "ab12" * 16, "Public Key"),
    ("discord", "client_secret", "157730590492196864", "Client ID"),
    ("discord", "client_secret", "MTU3NzMwNTkwNDkyMTk2ODY0.GabcDe.abc_def-ghi_jkl-mno_pqr", "bot"),
    ("x", "client_id", "aB3cD4eF5gH6iJ7kL8mN9oP0q", "API Key"),
    ("x", "client_id", "VzVFUzBtV2tIR0xRX0tYQ2pHNWo6MTpuYQ", "native"),
    ("x", "client_id", "12345678", "number"),
    ("x", "client_secret", "AAAAAAAAAAAAAAAAAAAAAFnz2wAAAAAA", "Bearer"),
    ("x", "client_secret", "VzVFUzBtV2tIR0xRX0tYQ2pHNWo6MTpjaQ", "Client ID"),
    ("slack", "client_id", "A0123ABCDEF", "App ID"),
    ("slack", "client_secret", "25259531569.1115229100", "Client ID"),
    ("slack", "client_secret", "xoxb-123-abc", "token"),
    ("slack", "workspace", "E0123ABCD", "Enterprise"),
    ("slack", "workspace", "acme.slack.com", "begins with T"),
    ("line", "client_id", "1234567890-AbcdEfgh", "LIFF"),
    ("line", "client_id", "U1234567890abcdef1234567890abcdef", "user ID"),
    ("line", "client_id", "@acme", "official account"),
    ("line", "client_secret", "1234567890", "Channel ID"),
    ("twitch", "client_secret", "hof5gwx0su6owfnys0yan9c87zr6t1", "Client ID"),
    ("kakao", "client_id", "1234567", "App ID"),
    ("naver", "client_id", "https://example.com", "address"),
    ("naver", "client_secret", "jyvqXeaVOVmV0123abcd", "Client ID"),
    ("yahoo", "client_id", "AbCdEf12", "App ID"),
    ("amazon", "client_id", "amzn1.application.0123456789abcdef", "App ID"),
    ("amazon", "client_id", "AKIAIOSFODNN7EXAMPLE", "AWS"),
    ("amazon", "client_secret", f"amzn1.application-oa2-client.{'0123456789abcdef' * 2}", "Client"),
    ("tiktok", "client_id", "7123456789012345678", "App ID"),
    ("tiktok", "client_id", "Ab3dEf6hIj9kLm2nOp5qRs8tUv1wXy4z", "client secret"),
]


@each_row("provider, field, value, told", MIXED_UP, undo=True)
def test_a_value_that_was_taken_for_another_is_named(
    project: Project, provider: str, field: str, value: str, told: str
) -> None:
    definition = catalogue.get(provider)
    values = {**sample_of(provider).filled_in, "alias": provider, field: value}

    form = ConnectionForm(values, definition=definition, project=project)

    assert set(form.errors) == {field}
    assert told in str(form.errors[field])


@each_row("provider", ["facebook", "linkedin", "discord", "x", "slack", "line", "twitch"])
@each_row("field", ["client_id", "client_secret"], undo=True)
def test_an_unusual_value_is_doubted_and_may_be_saved(
    project: Project, provider: str, field: str
) -> None:
    definition = catalogue.get(provider)
    values = {**sample_of(provider).filled_in, "alias": provider, field: "Something.else"}

    form = ConnectionForm(values, definition=definition, project=project, site_scheme="https")

    assert not form.is_valid()
    assert form.checked is not None
    assert [(each.field, each.code) for each in form.checked.warnings] == [(field, "shape")]


@pytest.mark.parametrize(
    ("provider", "scopes"),
    [("x", "users.read tweet.read users.email"), ("line", "openid profile email")],
)
def test_the_address_is_asked_for_only_where_the_box_is_ticked(
    project: Project, provider: str, scopes: str
) -> None:
    definition = catalogue.get(provider)
    values = {**sample_of(provider).filled_in, "alias": provider, "asks_for_address": "on"}

    form = ConnectionForm(values, definition=definition, project=project)

    assert form.is_valid(), form.errors
    assert form.proposal.settings["scopes"] == scopes
