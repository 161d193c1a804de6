"""What the portal relies on in django-allauth, which promises none of it.

A test that fails after an upgrade names what has changed; the code to adapt is
portal/allauth_internals.py and what imports it, or what the test names.
"""

from __future__ import annotations

import base64
import inspect
import time
from importlib import import_module, resources
from typing import Any

import pytest
from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.decorators import login_stage_required
from allauth.account.views import PasswordResetFromKeyView
from allauth.core.context import request_context
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import TOTP, clear_totp_secret
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm
from allauth.mfa.webauthn.views import (
    AddWebAuthnView,
    ReauthenticateWebAuthnView,
    RemoveWebAuthnView,
)
from django import forms
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from connections.secrets import check_keys
from core.limits.rate import RateLimited
from portal import allauth_internals as internals
from portal.account.adapter import METHOD_LABELS, rate_limit_error
from portal.account.notices import NOTICES
from portal.shell.retry_after import ACTIONS
from projects.models import User
from projects.people.factors import FIELDS, open_factor
from tests.portal.authenticator import code_of
from tests.rows import each_row

pytestmark = pytest.mark.usefixtures("fresh_limits")


@pytest.fixture
def keys(db: None) -> None:
    check_keys()


def portal_request(person: User | None = None) -> HttpRequest:
    """A POST to the portal with a session of its own."""
    request = RequestFactory().post("/login", headers={"host": "portal.test"})
    request.session = import_module(settings.SESSION_ENGINE).SessionStore()
    request.user = person or AnonymousUser()
    request._messages = CookieStorage(request)  # type: ignore[attr-defined]
    return request


def add_app(person: User) -> str:
    """Set up an authenticator app as allauth does; return its key."""
    key: str = internals.generate_totp_secret()
    with request_context(portal_request(person)):
        TOTP.activate(person, key)
    return key


# --- what portal/allauth_internals.py offers ------------------------------------------------------


def test_an_authentication_is_recorded_with_its_time_and_for_one_person(
    owner: User, editor: User
) -> None:
    request = portal_request(owner)
    assert internals.get_authentication_records(request, owner) == []

    before = time.time()
    internals.record_authentication(request, owner, "mfa", id=7, type="totp")

    (record,) = internals.get_authentication_records(request, owner)
    assert before <= record.pop("at") <= time.time()
    assert record == {"method": "mfa", "id": 7, "type": "totp"}
    assert internals.get_authentication_records(request, editor) == []


def test_a_password_signs_in_and_leads_to_the_given_page(owner: User) -> None:
    request = portal_request()
    with request_context(request):
        answer = internals.sign_in_with_password(request, owner, redirect_url="/projects/acme/")

    assert (answer.status_code, answer.headers["location"]) == (302, "/projects/acme/")
    assert request.user == owner
    (record,) = internals.get_authentication_records(request, owner)
    assert (record["method"], record["email"]) == ("password", owner.email)


def test_with_a_second_factor_the_person_is_known_but_not_signed_in(
    owner: User, keys: None
) -> None:
    add_app(owner)
    request = portal_request()
    with request_context(request):
        answer = internals.sign_in_with_password(request, owner, redirect_url="/projects/acme/")
        assert answer.headers["location"] == "/login/second-step"
        assert request.user == AnonymousUser()

        @login_stage_required(stage=AuthenticateStage.key, redirect_urlname="account_login")
        def second_step(request: HttpRequest) -> HttpResponse:
            return HttpResponse(internals.person_at_second_step(request).email)

        assert second_step(request).content.decode() == owner.email


def test_the_request_is_known_while_it_is_answered() -> None:
    request = portal_request()
    assert internals.context.request is None
    with request_context(request):
        assert internals.context.request is request
        assert DefaultAccountAdapter().request is request


def test_the_key_of_an_app_is_160_bits_in_base32() -> None:
    key = internals.generate_totp_secret()
    assert len(base64.b32decode(key)) == 20
    assert key != internals.generate_totp_secret()


def test_the_pending_key_is_deleted_from_the_session_by_its_name() -> None:
    request = portal_request()
    request.session[internals.SECRET_SESSION_KEY] = "a-key"
    clear_totp_secret(request)
    assert internals.SECRET_SESSION_KEY not in request.session


def test_the_options_of_a_passkey_require_a_passwordless_one(owner: User) -> None:
    with request_context(portal_request(owner)):
        options = internals.passkey_options(owner)["publicKey"]
    assert options["rp"]["id"] == "portal.test"
    selection = options["authenticatorSelection"]
    assert (selection["residentKey"], selection["userVerification"]) == ("required", "required")


def test_a_rate_limit_ends_when_the_first_attempt_leaves_its_time(owner: User) -> None:
    request = portal_request(owner)
    limit = {"app": "allauth.account", "action": "reauthenticate"}
    (rate,) = ratelimit.get_rates(**limit, config=app_settings.RATE_LIMITS)
    assert rate.per == "user"
    before = time.time()
    for _ in range(rate.amount):
        assert list(internals.rate_limit_ends(request, "reauthenticate")) == []
        assert ratelimit.consume(request, **limit)

    (end,) = internals.rate_limit_ends(request, "reauthenticate")
    assert before + rate.duration <= end <= time.time() + rate.duration
    assert ratelimit.consume(request, **limit) is None
    assert list(internals.rate_limit_ends(portal_request(), "reauthenticate")) == []


# --- what our subclasses and tables of names rely on ----------------------------------------------


def test_rate_limits_have_the_names_by_which_we_find_them() -> None:
    assert set(ACTIONS.values()) <= set(app_settings.RATE_LIMITS)
    unused = {*ACTIONS.values(), "login_failed"} - {"reset_password"}
    assert unused & set(settings.ACCOUNT_RATE_LIMITS) == {"login_failed"}


@each_row("name", NOTICES)
def test_each_notice_has_the_name_of_one_of_allauths_emails(name: str) -> None:
    templates = resources.files("allauth") / "templates"
    assert (templates / f"{name}_message.txt").is_file()


def test_the_methods_to_confirm_have_the_ids_that_we_label(owner: User, keys: None) -> None:
    add_app(owner)
    Authenticator.objects.create(user=owner, type="webauthn", data={"name": "Laptop"})
    with request_context(portal_request(owner)):
        methods = DefaultAccountAdapter().get_reauthentication_methods(owner)
    assert {each["id"] for each in methods} == set(METHOD_LABELS)
    assert all(each["url"].startswith("/") for each in methods)


def test_errors_have_the_codes_that_we_use() -> None:
    code = rate_limit_error("%(when)s", RateLimited(60)).code
    assert code in DefaultAccountAdapter.error_messages
    assert "incorrect_code" in DefaultMFAAdapter.error_messages


def test_the_adapter_seals_the_secret_of_each_kind_in_the_field_that_we_rewrap(
    owner: User, keys: None
) -> None:
    key = add_app(owner)
    with request_context(portal_request(owner)):
        RecoveryCodes.activate(owner)
    found = {each.type: each.data[FIELDS[each.type]] for each in Authenticator.objects.all()}
    assert found.keys() == FIELDS.keys()
    assert open_factor(owner.pk, found["totp"]) == key
    assert len(open_factor(owner.pk, found["recovery_codes"])) == 80


def test_factors_have_what_the_account_page_shows(owner: User, keys: None) -> None:
    assert str(Authenticator(type="webauthn", data={"name": "Laptop"})) == "Laptop"
    with request_context(portal_request(owner)):
        codes = RecoveryCodes.activate(owner)
        assert codes.instance.data["used_mask"].bit_count() == 0
        assert codes.validate_code(codes.generate_codes()[3])
        assert codes.instance.data["used_mask"].bit_count() == 1


def test_the_form_of_an_app_stores_its_key_unsealed_so_we_skip_its_init(owner: User) -> None:
    assert ActivateTOTPForm.__bases__ == (forms.Form,)
    request = portal_request(owner)
    with request_context(request):
        form = ActivateTOTPForm(user=owner)
        assert request.session[internals.SECRET_SESSION_KEY] == form.secret

        form = ActivateTOTPForm({"code": code_of(form.secret)}, user=owner)
        form.secret = internals.generate_totp_secret()
        assert not form.is_valid(), "it checks the code with the key in `secret`"


@pytest.mark.parametrize("form_class", [AuthenticateForm, ReauthenticateForm])
def test_a_code_form_says_which_factor_a_code_belongs_to(
    owner: User, keys: None, form_class: Any
) -> None:
    key = add_app(owner)
    with request_context(portal_request(owner)):
        form = form_class({"code": code_of(key)}, user=owner)
        assert form.is_valid()
    assert (form.user, form.authenticator.user, form.authenticator.type) == (owner, owner, "totp")


@each_row(
    "method, names",
    [
        (AuthenticateWebAuthnForm.clean_credential, ["self"]),
        (AddWebAuthnForm.clean, ["self"]),
        (ActivateTOTPForm.clean_code, ["self"]),
        (AuthenticateForm.clean_code, ["self"]),
        (ActivateTOTPView.form_valid, ["self", "form"]),
        (AddWebAuthnView.form_valid, ["self", "form"]),
        (ReauthenticateWebAuthnView.form_invalid, ["self", "form"]),
        (DefaultAccountAdapter.is_open_for_signup, ["self", "request"]),
        (DefaultAccountAdapter.is_safe_url, ["self", "url"]),
        (DefaultAccountAdapter.is_reauthentication_required, ["self", "app", "kwargs"]),
        (
            DefaultAccountAdapter.send_notification_mail,
            ["self", "template_prefix", "user", "context", "email"],
        ),
        (DefaultAccountAdapter.authenticate, ["self", "request", "credentials"]),
        (DefaultMFAAdapter.encrypt, ["self", "text"]),
        (DefaultMFAAdapter.decrypt, ["self", "encrypted_text"]),
        (DefaultMFAAdapter.build_totp_svg, ["self", "url"]),
        (DefaultMFAAdapter.generate_authenticator_name, ["self", "user", "type"]),
        (DefaultMFAAdapter.get_public_key_credential_rp_entity, ["self"]),
    ],
)
def test_the_methods_that_we_replace_take_what_ours_take(method: Any, names: list[str]) -> None:
    assert list(inspect.signature(method).parameters) == names


@each_row(
    "method, name",
    [
        (DeactivateTOTPView.dispatch, "authenticator"),
        (RemoveWebAuthnView.get, "object"),
        (PasswordResetFromKeyView.dispatch, "reset_user"),
    ],
)
def test_the_views_that_we_extend_set_the_attributes_that_we_read(method: Any, name: str) -> None:
    assert name in inspect.unwrap(method).__code__.co_names
