"""Apple: a secret made for each sign-in, and a name that is told once."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.test import Client

from connections.fields.pasted_keys import private_key_pem
from connections.models import Connection, SignIn
from connections.providers.apple import site_warning
from connections.values.sites import Site
from projects.models import Project, User
from tests.cast import open_secret
from tests.rows import each_row
from tests.samples.apple import KEY, SAMPLE
from tests.samples.guests import guest_at
from tests.samples.sample import CODE, Guest

ADD = "/projects/acme/connections/add/apple/"


@pytest.fixture
def guest(project: Project, settings: Any) -> Iterator[Guest]:
    with guest_at("apple", project, settings) as visitor:
        yield visitor


def sign_in(guest: Guest, **posted: str) -> User:
    guest.press()
    answer = guest.come_back({"code": CODE, **posted})
    assert (answer.status_code, answer.headers["location"]) == (302, "/account")
    person = SignIn.objects.latest("pk").user
    assert person is not None
    return person


def called(first: str, last: str) -> str:
    return json.dumps({"name": {"firstName": first, "lastName": last}, "email": "x@evil.example"})


class TestSecret:
    def test_it_is_made_for_each_sign_in_and_lasts_five_minutes(self, guest: Guest) -> None:
        sign_in(guest)

        secret = guest.script.heard[0].form["client_secret"]
        told = jwt.decode(
            secret, KEY.public_key(), algorithms=["ES256"], audience="https://appleid.apple.com"
        )
        assert (told["iss"], told["sub"]) == ("A1B2C3D4E5", "com.example.web")
        assert told["exp"] - told["iat"] == 300
        assert abs(told["iat"] - time.time()) < 60
        assert jwt.get_unverified_header(secret)["kid"] == "Z9Y8X7W6V5"

    def test_the_key_itself_is_sent_to_nobody(self, guest: Guest) -> None:
        sign_in(guest)

        lines = SAMPLE.filled_in["client_secret"].splitlines()[1:-1]
        for heard in guest.script.heard:
            assert not [line for line in lines if line[:20] in heard.head + heard.body]

    def test_the_answer_is_asked_for_as_a_form(self, guest: Guest) -> None:
        guest.press()

        query = guest.script.query
        assert (query["response_mode"], query["response_type"]) == ("form_post", "code")
        assert query["scope"] == "name email"


class TestPerson:
    def test_a_name_that_was_told_once_stays(self, guest: Guest) -> None:
        first = sign_in(guest, user=called("Ada", "Lovelace"))
        later = sign_in(guest)

        assert (later, later.name) == (first, "Ada Lovelace")

    def test_a_name_that_is_told_again_counts(self, guest: Guest) -> None:
        sign_in(guest, user=called("Ada", "Byron"))

        assert sign_in(guest, user=called("Ada", "Lovelace")).name == "Ada Lovelace"

    def test_who_never_told_a_name_is_a_guest_until_then(self, guest: Guest) -> None:
        assert sign_in(guest).shown_name.startswith("Guest ")
        assert sign_in(guest, user=called("", "Lovelace")).name == "Lovelace"

    def test_a_chinese_name_is_put_together_as_in_china(self, guest: Guest) -> None:
        assert sign_in(guest, user=called("雷", "李")).name == "李雷"

    @pytest.mark.parametrize(
        "user", ["", "null", "[]", '{"name": null}', '{"name": {"firstName": 5}}', "[" * 9000]
    )
    def test_nonsense_in_place_of_a_name_is_no_name(self, guest: Guest, user: str) -> None:
        assert sign_in(guest, user=user).name == ""

    def test_the_address_is_the_signed_one(self, guest: Guest) -> None:
        person = sign_in(guest, user=called("Ada", "Lovelace"))

        assert person.address == "x7k2m9@privaterelay.appleid.com"

    @pytest.mark.parametrize(
        ("proof", "proved"),
        [("true", True), (True, True), ("false", False), (False, False), (1, False), (None, False)],
    )
    def test_an_address_is_proved_by_the_text_true_as_well(
        self, guest: Guest, proof: Any, proved: bool
    ) -> None:
        guest.script.told["email_verified"] = proof

        assert sign_in(guest).address_verified is proved

    @pytest.mark.parametrize(
        ("told", "cause"),
        [({"aud": "com.example.other"}, "audience"), ({"nonce": "another"}, "nonce")],
    )
    def test_a_token_for_somebody_else_is_refused(
        self, guest: Guest, told: dict[str, Any], cause: str
    ) -> None:
        guest.script.told.update(told)
        guest.press()

        assert guest.come_back({"code": CODE}).status_code == 400
        assert SignIn.objects.get().cause == cause


RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC = (
    KEY.public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)


def errors(client: Client, **values: str) -> dict[str, str]:
    """What an administrator who types this reads, by field."""
    typed = {**SAMPLE.filled_in, "alias": "apple", "enabled": "on", **values}
    answer = client.post(ADD, typed)
    assert answer.status_code == 200
    form = answer.context["form"]
    return {name: str(messages[0]) for name, messages in form.errors.items()}


class TestForm:
    @each_row(
        "field, value, words",
        [
            ("client_id", "A1B2C3D4E5", "Team ID or a Key ID"),
            ("client_id", "A1B2C3D4E5.com.example.app", "App ID with its prefix"),
            ("client_id", "https://example.com", "web or email address"),
            ("team_id", "com.example.web", "identifier of an app"),
            ("key_id", "com.example.web", "identifier of an app"),
            ("key_id", "A1B2C3D4E5", "same value as in the field “Team ID”"),
            ("client_secret", "Z9Y8X7W6V5", "Key ID or a Team ID"),
            ("client_secret", "eyJhbGciOi.eyJpc3Mi.MEUCIQ", "it expires"),
            ("client_secret", PUBLIC, "public key"),
            ("client_secret", private_key_pem(RSA), "This key is not from Apple"),
            (
                "client_secret",
                private_key_pem(ec.generate_private_key(ec.SECP384R1())),
                "This key is not from Apple",
            ),
        ],
        undo=True,
    )
    def test_a_mix_up_is_called_by_its_name(
        self, as_editor: Client, field: str, value: str, words: str
    ) -> None:
        found = errors(as_editor, **{field: value})

        assert set(found) == {field}
        assert words in found[field]

    def test_the_name_of_the_file_gives_the_key_id(self, as_editor: Client) -> None:
        typed = {**SAMPLE.filled_in, "alias": "apple", "key_id": "AuthKey_Z9Y8X7W6V5.p8"}

        as_editor.post(ADD, typed)

        assert Connection.objects.get().settings["key_id"] == "Z9Y8X7W6V5"

    def test_a_key_in_a_field_that_is_shown_is_not_kept(self, as_editor: Client) -> None:
        key = SAMPLE.filled_in["client_secret"]
        answer = as_editor.post(ADD, {**SAMPLE.filled_in, "alias": "apple", "key_id": key})

        assert "Private key (.p8)" in errors(as_editor, key_id=key)["key_id"]
        assert key.splitlines()[1] not in answer.content.decode()

    def test_another_key_id_needs_its_own_key(self, as_editor: Client) -> None:
        as_editor.post(ADD, {**SAMPLE.filled_in, "alias": "apple"})
        change = {**SAMPLE.filled_in, "client_secret": "", "key_id": "K1K2K3K4K5"}

        answer = as_editor.post("/projects/acme/connections/apple/", change)

        assert set(answer.context["form"].errors) == {"client_secret"}
        assert open_secret(Connection.objects.get(), "client_secret").startswith("-----BEGIN")

    @each_row(
        "scheme, host, words",
        [
            ("https", "acme.localhost:8000", "neither localhost nor an IP address"),
            ("https", "203.0.113.9", "neither localhost nor an IP address"),
            ("http", "login.example.com", "https only"),
        ],
    )
    def test_callbacks_that_apple_refuses_are_named(
        self, scheme: str, host: str, words: str
    ) -> None:
        assert words in str(site_warning(Site(scheme, host, "/callback")))

    def test_a_public_host_by_https_is_no_doubt(self) -> None:
        assert site_warning(Site("https", "login.example.com", "/callback")) is None
