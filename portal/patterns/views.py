"""A page with every component in every state, in both themes, for development."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from applications.sample_sign_in import SampleStep
from connections.checking.steps import CheckStep, StepName
from connections.forms.connection_form import EditConflict
from connections.health.numbers import Bar, Totals
from connections.models import StepVerdict
from connections.providers import catalogue
from connections.providers.definition import Definition
from portal.applications.sample_sign_in_views import show
from portal.connections.checking.page_context import ShownCheckStep, show_step
from portal.connections.conflict_details import ConflictDetail, describe_conflict
from portal.connections.drafts.differences import Difference
from portal.health.charts import Chart, draw_chart
from portal.health.periods import PeriodLink
from portal.history.rows import list_facts
from portal.shell.sign_in_steps import FactGroup, ShownFact, ShownStep

THEMES = ("light", "dark")
LEVELS = ("info", "success", "warning", "danger")
OUTCOMES = ("ok", "cancelled", "retry", "config", "temporary", "reject", "policy")
LONG_LABEL = "Mit dem Unternehmenskonto der Donaudampfschifffahrtsgesellschaft anmelden"


@dataclass(frozen=True)
class SampleExpiry:
    """A secret that expires, for badges and the banner."""

    days_left: int
    has_expired: bool = False
    field: str = "client_secret"
    url: str = "#"

    @property
    def connection(self) -> SampleConnection:
        """The connection of the secret."""
        return SampleConnection()

    @property
    def sentence(self) -> str:
        """What expires and when."""
        return f"Client Secret expires in {self.days_left} days, on 1 Dec 2026."


@dataclass(frozen=True)
class SampleConnection:
    """A connection for the list."""

    words: str = "Sign in with WeChat"
    alias: str = "wechat-web"
    enabled: bool = True
    missing_secret: bool = False
    unreadable_secret: bool = False
    check_failed_at: datetime | None = None
    expiring: SampleExpiry | None = None
    last_failed: bool = False
    is_unpublished: bool = False
    has_draft: bool = False
    updated_by_name: str = "Mei Lin"
    updated_at: Any = field(default_factory=lambda: now() - timedelta(hours=3))
    provider: str = "wechat_web"

    @property
    def labels(self) -> dict[str, str]:
        """The words on the button, the same in every language."""
        return {language: self.words for language, _name in settings.LANGUAGES}

    def get_absolute_url(self) -> str:
        """A link that leads nowhere."""
        return "#"


@dataclass(frozen=True)
class SampleProject:
    """A project for the switcher."""

    name: str
    slug: str

    def get_absolute_url(self) -> str:
        """A link that leads nowhere."""
        return "#"


class EntranceForm(forms.Form):
    """A short form like the portal's sign-in form."""

    email = forms.EmailField(label="Email")


class SampleForm(forms.Form):
    """A form with a field in each state; it is never submitted."""

    secret_names: ClassVar = ["secret", "replaced_secret"]
    LABEL_LANGUAGES: ClassVar = {"label_en": "en", "label_zh_hans": "zh-hans"}
    notices: ClassVar = {"noticed": ["Converted to lower case."]}
    warnings: ClassVar = {"doubtful": ["An AppID is usually wx and 16 digits or a to f."]}
    warning_codes: ClassVar = "doubtful.shape"
    warning_codes_by_field: ClassVar = {"doubtful": "doubtful.shape"}
    needs_acceptance: ClassVar = True
    offers_acceptance: ClassVar = True

    plain = forms.CharField(label="Client ID (AppID)", help_text="It begins with wx.")
    optional = forms.CharField(label="Description", required=False)
    wrong = forms.CharField(label="Account ID (原始ID)")
    doubtful = forms.CharField(label="Client ID with a doubt")
    noticed = forms.CharField(label="Client ID, changed a little")
    choice = forms.ChoiceField(label="Language", choices=[("en", "English"), ("zh", "简体中文")])
    chosen = forms.FileField(label="Metadata file", widget=forms.FileInput)
    long = forms.CharField(label="Certificate", widget=forms.Textarea(attrs={"class": "mono"}))
    secret = forms.CharField(label="Client Secret (AppSecret)", widget=forms.PasswordInput)
    replaced_secret = forms.CharField(label="Private key", widget=forms.PasswordInput)
    agreed = forms.BooleanField(label="Test account without unionid", help_text="Rarely needed.")
    enabled = forms.BooleanField(label="Show the button on the sign-in page")
    label_en = forms.CharField(label="Button label in English")
    label_zh_hans = forms.CharField(label="Button label in Chinese (简体中文)")

    @property
    def button_fields(self) -> list[forms.BoundField]:
        """The words on the button, a field per language."""
        return [self[name] for name in self.LABEL_LANGUAGES]


@require_safe
def patterns(request: HttpRequest) -> HttpResponse:
    """Render all components once in each theme."""
    return render(request, "patterns.html", {"panels": [panel(theme) for theme in THEMES]})


def panel(theme: str) -> dict[str, Any]:
    """Return the context of one theme's column."""
    definition = catalogue.get("wechat_web")
    form = sample_form(theme)
    return {
        "theme": theme,
        "form": form,
        "conflict": sample_conflicts(form),
        "differences": [
            Difference("label.en", "Button label in English", "empty", "Continue with WeChat"),
            Difference("secret.client_secret", "Client Secret", "Set", "Missing", is_loss=True),
        ],
        "facts": list_facts({"field": "alg", "received": "HS256", "expected": "RS256"}),
        "set": {"set_at": now(), "set_by_name": "Mei Lin", "last4": "b2a1"},
        "levels": LEVELS,
        "page": {"newer": "2", "older": "1"},
        "outcomes": OUTCOMES,
        "definition": definition,
        "logo": static("brand/favicon.svg"),
        "connections": [
            SampleConnection(),
            SampleConnection(words="微信登录", alias="wechat-shop", enabled=False),
            SampleConnection(words=LONG_LABEL, missing_secret=True),
            SampleConnection(words="Acme SSO", unreadable_secret=True),
            SampleConnection(words="Google", check_failed_at=now(), enabled=False),
            SampleConnection(words="Microsoft", expiring=SampleExpiry(12)),
            SampleConnection(words="Okta", expiring=SampleExpiry(-1, has_expired=True)),
            SampleConnection(words="GitHub", last_failed=True, has_draft=True),
            SampleConnection(words="GitLab", enabled=False, is_unpublished=True),
        ],
        "expiring": [SampleExpiry(days) for days in (1, 3, 5, 7)],
        "labels": ["Sign in with WeChat", "微信登录", LONG_LABEL],
        "messages": [Message(constants.SUCCESS, "Saved. “Sign in with WeChat” is live.")],
        "projects": [SampleProject("Acme", "acme"), SampleProject("空项目", "empty")],
        "languages": [("en", "English"), ("zh-hans", "简体中文")],
        "entrance": EntranceForm(auto_id=f"{theme}_entrance_%s"),
        "steps": definition.guide[:1],
        "sign_in_steps": [
            show(SampleStep("request", is_ok=True, facts={"scope": "openid profile"})),
            show(SampleStep("answer", is_ok=False, facts={"error": "access_denied"})),
            ShownStep(
                title="The code is redeemed for tokens",
                is_ok=False,
                milliseconds=128,
                groups=[
                    FactGroup("Sent", [ShownFact("code", "(not shown)")]),
                    FactGroup("Received", [ShownFact("errcode", "40125")]),
                ],
                cause="WeChat does not accept the AppSecret.",
                remedy="Copy the AppSecret again, or reset it in the console.",
                code="40125",
                trace="5f0c1a-71c2d9",
            ),
            ShownStep(
                title="What would have happened",
                note="This existing user would have been signed in.",
                is_ok=True,
                url="#",
                url_label="Mei Lin",
            ),
        ],
        "charts": [sample_chart(f"{theme}-{count}", count) for count in (24, 30)],
        "periods": [PeriodLink(label, "#", label == "7 days") for label in ("24 hours", "7 days")],
        "check_steps": sample_check_steps(definition),
        "step": definition.guide[0],
        "table_step": definition.appendix[0],
    }


def sample_chart(name: str, count: int) -> Chart:
    """Return a chart of so many bars: busy days, a quiet night, and an hour in which all failed."""
    step = timedelta(days=1) if count == 30 else timedelta(hours=1)
    first = datetime(2026, 11, 1, tzinfo=UTC)
    bars = []
    for place in range(count):
        busy = (place * 7 % 12) * (place % 9)
        down = 30 if place == count - 4 else place % 3
        totals = Totals(
            started=busy + down + busy // 5,
            signed_in=0 if down == 30 else busy,
            unreturned=busy // 5,
            failed=down,
        )
        bars.append(Bar(first + place * step, first + (place + 1) * step, totals))
    return draw_chart(name, f"Sign-ins over time, {name}", bars)


def sample_check_steps(definition: Definition) -> list[ShownCheckStep]:
    """Return a step of a check with each verdict."""
    steps = [
        CheckStep(StepName.REACHABLE, StepVerdict.PASSED, milliseconds=84),
        CheckStep(
            StepName.CREDENTIALS,
            StepVerdict.FAILED,
            "40125",
            code="40125",
            facts={"request": "GET https://api.weixin.qq.com/sns/oauth2/access_token"},
            milliseconds=1204,
        ),
        CheckStep(StepName.CALLBACK, StepVerdict.DOUBTFUL, "own_host_http"),
        CheckStep(StepName.DOMAIN_FILE, StepVerdict.NOT_CHECKED, "file_none"),
    ]
    return [show_step(definition, each) for each in steps]


def sample_conflicts(form: SampleForm) -> list[ConflictDetail]:
    """Return a conflict for an edited field, for another field, and for a secret."""
    details = []
    for name, mine in (("plain", "wx8f7b2c1d9e0a3f46"), ("optional", None), ("secret", None)):
        conflict = EditConflict(
            was="wx0123456789abcdef",
            now="wx2222222222222222",
            mine=mine,
            is_secret=name == "secret",
            who="Mei Lin",
            at=now() - timedelta(minutes=5),
            by_same_person=False,
        )
        details.append(describe_conflict(form[name], conflict))
    return details


def sample_form(theme: str) -> SampleForm:
    """Return a bound form, so that its fields have errors and warnings."""
    data = {
        "plain": "wx8f7b2c1d9e0a3f46",
        "wrong": "wx8f7b2c1d9e0a3f46",
        "doubtful": "wx12",
        "noticed": "wx8f7b2c1d9e0a3f46",
        "long": "-----BEGIN CERTIFICATE-----",
        "secret": "typed",
        "replaced_secret": "typed",
        "agreed": "on",
        "enabled": "on",
        "choice": "en",
        "label_en": "Sign in with WeChat",
        "label_zh_hans": "微信登录",
    }
    form = SampleForm(data, auto_id=f"{theme}_%s")
    form.add_error("wrong", "This is an AppID (it begins with wx). The 原始ID begins with gh_.")
    return form
