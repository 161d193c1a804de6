"""Facebook: sign in with a Facebook account.

https://developers.facebook.com/documentation/facebook-login/guides/advanced/manual-flow
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from requests import Response

from connections.claims import Claims
from connections.forms import ConnectionForm, PastedField, SecretField, mixed_up
from connections.models import Outcome
from connections.normalise import printable
from connections.providers.definition import (
    Copyable,
    Definition,
    Endpoint,
    Fault,
    Group,
    Settings,
    Step,
    Text,
    https_only,
)
from connections.signin import oauth2
from connections.signin.failures import SignInFailed
from connections.signin.people import address_of, name_of
from connections.signin.reading import object_of, text_as_subject

DOCUMENTATION = (
    "https://developers.facebook.com/documentation/facebook-login/guides/advanced/manual-flow"
)
APPS = "https://developers.facebook.com/apps/"
# https://developers.facebook.com/docs/graph-api/changelog
VERSION = "v26.0"

APP_ID = re.compile(r"[0-9]{13,18}")
APP_SECRET = re.compile(r"[0-9a-f]{32}")
ANY_SECRET = re.compile(r"(?<![0-9a-fA-F])[0-9a-f]{32}(?![0-9a-fA-F])")
ACCESS_TOKEN = re.compile(r"EAA[0-9A-Za-z]{20,}|[0-9]{13,18}\|.*")
URL_OR_EMAIL = re.compile(r".*(?:://|@).*")

NOT_AN_ID = _("This is a web or e-mail address, and not a value that Facebook gave you.")
NOT_A_TOKEN = _("This is an access token. Facebook calls the right value App secret.")


class FacebookForm(ConnectionForm):
    """What Meta's App Dashboard shows of an app."""

    secret_shape = ANY_SECRET
    secret_label: ClassVar[Text] = _("Client Secret (App secret)")

    client_id = PastedField(
        label=_("Client ID (App ID)"),
        help_text=_("Only digits; it stands at the top of the app's dashboard."),
    )
    client_secret = SecretField(
        label=_("Client Secret (App secret)"),
        help_text=_("32 digits or a to f, under App settings > Basic. It is not the Client token."),
    )

    def clean_client_id(self) -> str:
        value: str = self.cleaned_data["client_id"]
        mixed_up(
            value,
            (
                (ACCESS_TOKEN, _("This is an access token. The App ID has only digits.")),
                (URL_OR_EMAIL, NOT_AN_ID),
            ),
        )
        if not APP_ID.fullmatch(value):
            self.warn(
                "client_id",
                "shape",
                _("An App ID of Facebook usually has 15 or 16 digits. Check it."),
            )
        return value

    def clean_client_secret(self) -> str:
        value: str = self.cleaned_data["client_secret"]
        if not value:
            return ""
        mixed_up(
            value,
            (
                (APP_ID, _("This is an App ID. The App secret has 32 digits or a to f.")),
                (ACCESS_TOKEN, NOT_A_TOKEN),
                (URL_OR_EMAIL, NOT_AN_ID),
            ),
        )
        if not APP_SECRET.fullmatch(value):
            self.warn(
                "client_secret",
                "shape",
                _("An App secret of Facebook usually has 32 digits or a to f. Check it."),
            )
        return value


GUIDE = (
    Step(
        title=_("Create an app at Meta for Developers"),
        body=(
            _(
                "Open My Apps, click Create app, and choose the use case "
                "“Authenticate and request data from users with Facebook Login”. "
                "Choose your business portfolio, so that the app stays when people "
                "leave."
            ),
        ),
        links=((_("Open Meta's apps"), APPS),),
    ),
    Step(
        title=_("Tell Facebook where people come back to"),
        body=(
            _(
                "Under Use cases, click Customize and open Settings of Facebook "
                "Login. Enter the callback URL from the card “Copy to the provider” "
                "under Valid OAuth Redirect URIs."
            ),
            _(
                "Under Permissions of the same use case, add email. Without it "
                "people sign in all the same, but no address comes with them."
            ),
        ),
    ),
    Step(
        title=_("Copy the App ID"),
        body=(_("Under App settings > Basic, at the top."),),
        field="client_id",
    ),
    Step(
        title=_("Copy the App secret"),
        body=(
            _(
                "It stands beside the App ID. Click Show; Facebook asks for your "
                "password. Reset makes a new one, and the old one stops working at "
                "once."
            ),
        ),
        field="client_secret",
    ),
    Step(
        title=_("Publish the app"),
        body=(
            _(
                "Until then only people with a role in the app can sign in. Facebook "
                "wants an address of your privacy policy first, and may want your "
                "business verified."
            ),
        ),
    ),
)

COPIES = (
    Copyable(
        id="callback-url",
        label=_("Valid OAuth Redirect URI"),
        help=_("Facebook compares it letter by letter."),
        value=lambda site: site.callback_url,
    ),
)

# The numbers of the Graph API; those of five digits say more exactly what a 100 means.
# https://developers.facebook.com/docs/graph-api/guides/error-handling
FAULTS = {
    "1": Fault(
        outcome=Outcome.CONFIG,
        cause=_("Facebook does not accept the App secret, or had a fault of its own."),
        fix=_("Copy the App secret again from App settings > Basic."),
    ),
    "2": Fault(
        outcome=Outcome.TEMPORARY,
        cause=_("Facebook was not available."),
        fix=_("Nothing to do unless it goes on; then ask the provider."),
    ),
    "4": Fault(
        outcome=Outcome.TEMPORARY,
        cause=_("The app has asked Facebook too often."),
        fix=_("Look at the app's dashboard, under Rate limits."),
    ),
    "100": Fault(
        outcome=Outcome.CONFIG,
        cause=_("Facebook found a value wrong: the App secret, or the callback URL."),
        fix=_("Compare both with the app's settings at Meta for Developers."),
    ),
    "101": Fault(
        outcome=Outcome.CONFIG,
        cause=_("Facebook knows no app with this App ID."),
        fix=_("Copy the App ID again. A deleted app does not come back: create a new one."),
    ),
    "190": Fault(
        outcome=Outcome.RETRY,
        cause=_("Facebook had withdrawn the person's access."),
        fix=_("Nothing to do: the person can begin again."),
    ),
    "191": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The callback URL is not among the app's Valid OAuth Redirect URIs."),
        fix=_("Copy the callback URL from this page into the app's settings."),
    ),
    "36007": Fault(
        outcome=Outcome.RETRY,
        cause=_("The code was too old."),
        fix=_("Nothing to do: the person can begin again."),
    ),
    "36008": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The callback URL is not the one with which the sign-in began."),
        fix=_("Copy the callback URL from this page into the app's settings."),
    ),
    "36009": Fault(
        outcome=Outcome.RETRY,
        cause=_("The code had been used already."),
        fix=_("Make sure that people do not reload the page while they sign in."),
    ),
    "profile_refused": Fault(
        outcome=Outcome.CONFIG,
        cause=_("Facebook did not let us read the person's profile."),
        fix=_("Check that the App secret belongs to the App ID, and that the app is published."),
    ),
}


class FacebookAdapter(oauth2.Adapter):
    """Proves with each question that it has the App secret."""

    # Facebook forgets the challenge and then refuses the verifier; its page on PKCE is about
    # another flow, "still in testing".
    # https://developers.facebook.com/documentation/facebook-login/guides/advanced/oidc-token
    pkce: ClassVar[bool] = False
    # No picture: its address expires, and leads on to hosts that nobody can list.
    fields: ClassVar[str] = "id,name,email"

    def checked_token(self, response: Response) -> dict[str, Any]:
        error = object_of(response).get("error")
        if isinstance(error, dict):
            codes = [str(error.get(name)) for name in ("error_subcode", "code")]
            known = next((code for code in codes if code in FAULTS), "unknown_code")
            trace = printable(str(error.get("fbtrace_id", "")))
            raise SignInFailed(known, code=printable(codes[1]), trace=trace)
        return super().checked_token(response)

    def person(self, access_token: str, tokens: Mapping[str, Any]) -> dict[str, Any]:
        # https://developers.facebook.com/docs/graph-api/guides/secure-requests
        secret: str = self.get_provider().app.secret
        proof = hmac.new(secret.encode(), access_token.encode(), "sha256").hexdigest()
        query = {"fields": self.fields, "appsecret_proof": proof}
        profile = self.profile("userinfo", access_token, query)
        return {**profile, "sub": text_as_subject(profile, "id")}


def read(settings: Settings, namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the person; Facebook does not say whether it has proved the address."""
    return Claims(
        namespace=namespace,
        subject=answer["sub"],
        name=name_of(answer, ("name",), answer["sub"]),
        address=address_of(answer)[0],
    )


PROVIDER = Definition(
    id="facebook",
    name="Facebook",
    brand="Facebook",
    summary=_("People sign in with their Facebook account."),
    group=Group.SOCIAL,
    search_words=("meta", "fb", "脸书", "脸谱"),
    documentation=DOCUMENTATION,
    form=FacebookForm,
    endpoints={
        "authorize": Endpoint(f"/{VERSION}/dialog/oauth", base="https://www.facebook.com"),
        "token": Endpoint(f"/{VERSION}/oauth/access_token", base="https://graph.facebook.com"),
        "userinfo": Endpoint(f"/{VERSION}/me", base="https://graph.facebook.com"),
    },
    scopes=("public_profile", "email"),
    login=FacebookAdapter,
    claims=read,
    # Every app has numbers of its own for people.
    # https://developers.facebook.com/documentation/facebook-login/overview
    known_by="`id`, the app's own",
    namespace=lambda settings: f"facebook:{settings['client_id']}",
    button_labels={"en": "Continue with Facebook", "zh-hans": "使用Facebook登录"},
    guide=GUIDE,
    copies=COPIES,
    faults=FAULTS,
    # https://developers.facebook.com/documentation/facebook-login/security
    site_warning=https_only("Facebook", or_localhost=True),
    # Of a code that it never gave, it says the same (100) as of other mistakes; a token for the app
    # alone takes nothing but id and secret.
    # https://developers.facebook.com/documentation/facebook-login/guides/access-tokens
    probe="connections.signin.probing.send_credentials_alone",
    # Those of Android, since phishing had grown there.
    # https://developers.facebook.com/docs/facebook-login/android/deprecating-webviews
    refuses_embedded=True,
)
