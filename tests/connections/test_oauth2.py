"""The standard OAuth 2 flow, as far as a provider is not needed."""

from __future__ import annotations

import re

from connections.protocols.oauth2 import challenge_of, new_verifier
from connections.protocols.protocol import Client, Start, with_parameters
from connections.providers import catalogue
from tests.rows import each_row


def test_the_challenge_is_that_of_the_standards_example() -> None:
    """https://www.rfc-editor.org/rfc/rfc7636#appendix-B"""
    assert challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == {
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }


def test_a_verifier_has_the_form_of_the_standard_and_is_never_the_same() -> None:
    """https://www.rfc-editor.org/rfc/rfc7636#section-4.1"""
    first, second = new_verifier(), new_verifier()
    assert re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", first)
    assert first != second


@each_row(
    "url, parameters, expected",
    [
        ("https://a.test/go?x=1%202", {}, "https://a.test/go?x=1%202"),
        ("https://a.test/go", {"prompt": "login"}, "https://a.test/go?prompt=login"),
        ("https://a.test/go?", {"prompt": "login"}, "https://a.test/go?prompt=login"),
        # What is kept stays as it was written.
        ("https://a.test/?x=1%202&y=a+b#w", {"p": "q r"}, "https://a.test/?x=1%202&y=a+b&p=q+r#w"),
        ("https://a.test/?prompt=a&x=1&prompt", {"prompt": "b"}, "https://a.test/?x=1&prompt=b"),
        (
            "https://a.test/?pro%6Dpt=a&xprompt=1",
            {"prompt": "b"},
            "https://a.test/?xprompt=1&prompt=b",
        ),
    ],
)
def test_parameters_take_the_place_of_those_of_the_same_name(
    url: str, parameters: dict[str, str], expected: str
) -> None:
    assert with_parameters(url, parameters) == expected


def test_an_entered_address_does_not_keep_a_new_sign_in_from_being_demanded() -> None:
    definition = catalogue.get("openid_connect")
    settings = {
        "issuer": "https://id.test",
        "authorization_endpoint": "https://id.test/go?tenant=a&prompt=consent",
        "token_endpoint": "https://id.test/token",
        "userinfo_endpoint": "",
        "jwks_uri": "https://id.test/keys",
    }
    client = Client(
        definition=definition,
        client_id="an-app",
        settings=settings,
        callback_url="https://acme.test/back",
    )

    usual, again = (
        definition.protocol_class(client).begin(Start(state="s", reauthenticate=demanded)).url
        for demanded in (False, True)
    )

    assert re.findall("[?&](?:tenant|prompt)=[a-z]+", usual) == ["?tenant=a", "&prompt=consent"]
    assert re.findall("[?&](?:tenant|prompt)=[a-z]+", again) == ["?tenant=a", "&prompt=login"]
