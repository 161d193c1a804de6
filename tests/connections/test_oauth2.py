"""The standard OAuth 2 flow, as far as a provider is not needed."""

from __future__ import annotations

import re

from connections.protocols.oauth2 import challenge_of, new_verifier


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
