"""Amazon: sign in with the account of Amazon's shop.

https://developer.amazon.com/docs/login-with-amazon/documentation-overview.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from connections.claims import Claims
from connections.forms import ConnectionForm, PastedField, SecretField, mixed_up
from connections.models import Outcome
from connections.providers.definition import (
    Definition,
    Endpoint,
    Fault,
    Group,
    Settings,
    Step,
    exact_callback_url,
    https_only,
)
from connections.signin import oauth2
from connections.signin.people import address_of, name_of
from connections.signin.reading import text_as_subject

DOCUMENTATION = "https://developer.amazon.com/docs/login-with-amazon/authorization-code-grant.html"
CONSOLE = "https://developer.amazon.com/loginwithamazon/console/site/lwa/overview.html"

CLIENT_ID = re.compile(r"amzn1\.application-oa2-client\.[0-9a-f]{32}")
APP_ID = re.compile(r"amzn1\.application\.[0-9a-f]+")
ANY_SECRET = re.compile(r"amzn1\.oa2-cs\.v1\.[0-9a-f]{64}")
CLIENT_SECRET = re.compile(r"amzn1\.oa2-cs\.v1\.[0-9a-f]{64}|[0-9a-f]{64}")
ACCESS_KEY = re.compile(r"A(?:KIA|SIA)[0-9A-Z]{16}")
URL_OR_EMAIL = re.compile(r".*(?:://|@).*")


class AmazonForm(ConnectionForm):
    """What Login with Amazon shows of a security profile."""

    secret_shape = ANY_SECRET

    client_id = PastedField(
        label=_("Client ID"), help_text=_("It begins with amzn1.application-oa2-client.")
    )
    client_secret = SecretField(
        label=_("Client Secret"), help_text=_("It usually begins with amzn1.oa2-cs.v1.")
    )

    def clean_client_id(self) -> str:
        value: str = self.cleaned_data["client_id"]
        mixed_up(
            value,
            (
                (APP_ID, _("This is the App ID. The Client ID has “-oa2-client” in it.")),
                (
                    ACCESS_KEY,
                    _(
                        "This is an access key of AWS. Create a security profile "
                        "for Login with Amazon."
                    ),
                ),
                (
                    URL_OR_EMAIL,
                    _("This is a web or e-mail address, and not the Client ID."),
                ),
            ),
        )
        if not CLIENT_ID.fullmatch(value):
            self.warn(
                "client_id",
                "shape",
                _(
                    "A Client ID of Amazon usually begins with "
                    "amzn1.application-oa2-client. Check it."
                ),
            )
        return value

    def clean_client_secret(self) -> str:
        value: str = self.cleaned_data["client_secret"]
        if value:
            mixed_up(
                value,
                ((CLIENT_ID, _("This is the Client ID. Click Show Secret at Amazon.")),),
            )
        if value and not CLIENT_SECRET.fullmatch(value):
            self.warn(
                "client_secret",
                "shape",
                _("A client secret of Amazon usually begins with amzn1.oa2-cs.v1. Check it."),
            )
        return value


class AmazonAdapter(oauth2.Adapter):
    """Reads the customer profile."""

    def person(self, access_token: str, tokens: Mapping[str, Any]) -> dict[str, Any]:
        profile = self.profile("userinfo", access_token)
        return {**profile, "sub": text_as_subject(profile, "user_id")}


def read(settings: Settings, namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the person; Amazon does not say whether the address was proved."""
    address, _verified = address_of(answer)
    return Claims(
        namespace=namespace,
        subject=answer["sub"],
        name=name_of(answer, ("name",), answer["sub"]),
        address=address,
    )


GUIDE = (
    Step(
        title=_("Create a security profile"),
        body=(
            _(
                "In the developer console, open Login with Amazon and click Create a New Security "
                "Profile. Enter a name, which people read when they are asked, a description, "
                "and the address of your privacy policy as Consent Privacy Notice URL. Click Save."
            ),
        ),
        links=((_("Open Login with Amazon"), CONSOLE),),
    ),
    Step(
        title=_("Tell Amazon where people come back to"),
        body=(
            _(
                "In the list, point at the gear (Manage) beside the profile, choose Web Settings "
                "and click Edit. Enter the callback URL from the card “Copy to the provider” "
                "under Allowed Return URLs, and click Save."
            ),
        ),
    ),
    Step(
        title=_("Copy the Client ID"),
        body=(_("In the list, click Show Client ID and Client Secret beside the profile."),),
        field="client_id",
    ),
    Step(
        title=_("Copy the client secret"),
        body=(_("It stands below the Client ID."),),
        field="client_secret",
    ),
)

COPIES = exact_callback_url(_("Allowed Return URLs"))

# https://developer.amazon.com/docs/login-with-amazon/authorization-code-grant.html
FAULTS = {
    "invalid_client": Fault(
        outcome=Outcome.CONFIG,
        cause=_("Amazon does not accept the Client ID with this client secret."),
        fix=_("Copy both again from the security profile."),
    ),
    "unauthorized_client": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The security profile may not sign people in this way."),
        fix=_("See that Web Settings of the profile have the callback URL."),
    ),
}

PROVIDER = Definition(
    id="amazon",
    name="Amazon",
    brand="Amazon",
    summary=_("People sign in with the account with which they shop at Amazon."),
    group=Group.SOCIAL,
    search_words=("login with amazon", "lwa", "亚马逊"),
    documentation=DOCUMENTATION,
    form=AmazonForm,
    endpoints={
        "authorize": Endpoint("/ap/oa", base="https://www.amazon.com"),
        "token": Endpoint("/auth/o2/token", base="https://api.amazon.com"),
        "userinfo": Endpoint("/user/profile", base="https://api.amazon.com"),
    },
    scopes=("profile",),
    login=AmazonAdapter,
    claims=read,
    known_by="`user_id`, the same in all apps of a company",
    # Another company learns another one of the same person.
    # https://developer.amazon.com/docs/login-with-amazon/customer-profile.html
    namespace=lambda settings: "amazon",
    # https://developer.amazon.com/docs/login-with-amazon/brand.html
    button_labels={"en": "Login with Amazon", "zh-hans": "使用Amazon登录"},
    guide=GUIDE,
    copies=COPIES,
    faults=FAULTS,
    # https://developer.amazon.com/docs/login-with-amazon/register-web.html
    site_warning=https_only("Amazon", or_localhost=True),
)
