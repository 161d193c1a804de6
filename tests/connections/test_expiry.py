"""The day on which a secret or certificate expires: entered, read, and who has it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import jwt
import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from django.utils.timezone import localdate, now

from connections.expiry.parts import ExpiringPart, list_expiries, list_expiring
from connections.fields.dates import clean_date, expiry_name, read_expiry
from connections.fields.field import Check, Context, Kind, Level
from connections.forms.validation import check_values
from connections.models import Connection
from connections.protocols.oidc.discovery_cache import discovery_cache
from connections.protocols.saml.certificates import new_key_pair
from connections.protocols.saml.metadata import METADATA
from connections.providers import catalogue
from connections.values.sites import Site
from projects.models import Project
from tests.cast import make_connection
from tests.connections.servers import serving
from tests.rows import each_row
from tests.saml import IdentityProvider, pair
from tests.samples.sample import sample_of

SITE = Site("https", "acme.login.test", "/sso/oauth2/callback/mine")
FIELD = "client_secret_expires_on"
DAY = date(2027, 5, 31)
SAID = {
    "2027-05-31": "2027-05-31",
    "2027/5/31": "2027-05-31",
    "2027.05.31": "2027-05-31",
    "2027年5月31日": "2027-05-31",
    "2027 年 5 月 31 日": "2027-05-31",
    "2027-05-31T23:59:59Z": "2027-05-31",
    "2027-05-31 23:59": "2027-05-31",
    "5/31/2027": "2027-05-31",
    "31/5/2027": "2027-05-31",
    "5/31/2027, 11:59:59 PM": "2027-05-31",
    "7/7/2027": "2027-07-07",
    "01.02.2027": "2027-02-01",
    "31 May 2027": "2027-05-31",
    "31. May 2027": "2027-05-31",
    "31-May-2027": "2027-05-31",
    "May 31, 2027": "2027-05-31",
    "Sept. 5, 2027": "2027-09-05",
    " \u200b２０２７－０５－３１ ": "2027-05-31",
    "Expires: 2027-05-31": "2027-05-31",
    "": "",
    "1/2/2027": "two different dates",
    "2027-02-30": "such as 2027-05-31",
    "32/32/2027": "such as 2027-05-31",
    "31 Mai-tai 2027": "such as 2027-05-31",
    "0000-00-00": "such as 2027-05-31",
    "in two years": "such as 2027-05-31",
    "2027": "such as 2027-05-31",
    "730 days": "such as 2027-05-31",
}


@each_row("text, expected", SAID.items())
def test_dates_are_understood_as_consoles_show_them(text: str, expected: str) -> None:
    found = clean_date(text, "Expires")
    assert str(found.error).endswith(".") == bool(found.error)
    assert expected == found.value if not found.error else expected in str(found.error)


TOKENS = {
    jwt.encode({"exp": 1811764800 - 1}, "k" * 32, "HS256"): DAY,
    jwt.encode({"iss": "TEAM"}, "k" * 32, "HS256"): None,
    jwt.encode({"exp": "soon"}, "k" * 32, "HS256"): None,
    jwt.encode({"exp": True}, "k" * 32, "HS256"): None,
    jwt.encode({"exp": 10**15}, "k" * 32, "HS256"): None,
    jwt.encode({"exp": -(10**18)}, "k" * 32, "HS256"): None,
    "a.b.c": None,
    "a.W10.c": None,
    "a.AAAAA.c": None,
    "wx0123456789": None,
}


@each_row("secret, day", TOKENS.items())
def test_a_secret_that_is_a_token_says_when_it_expires(secret: str, day: date | None) -> None:
    assert read_expiry(secret) == day


@each_row("provider", catalogue.PROVIDERS)
def test_every_client_secret_has_a_day(provider: str) -> None:
    definition = catalogue.get(provider)
    names = [each.name for each in definition.fields]
    days = [each for each in definition.fields if each.kind is Kind.DATE]
    assert [each.name for each in days] == [
        expiry_name(each.name) for each in definition.fields if each.kind is Kind.SECRET
    ]
    for each in days:
        secret = definition.field(each.name.removesuffix("_expires_on"))
        assert names.index(each.name) == names.index(secret.name) + 1
        assert each.advanced == (secret.advanced or not secret.shows_expiry)
        assert str(secret.label) in str(each.label)
        assert not each.required
        assert not each.moves_secrets


def test_who_asks_beside_the_secret_and_who_has_no_day() -> None:
    beside, without = set(), set()
    for definition in map(catalogue.get, catalogue.PROVIDERS):
        days = [each for each in definition.fields if each.kind is Kind.DATE]
        if any(not each.advanced for each in days):
            beside.add(definition.id)
        if not days:
            without.add(definition.id)

    assert beside == {"entra", "microsoft", "azure_b2c", "logto", "openid_connect"}
    # Their keys do not expire, or their certificates say when.
    assert without == {"apple", "alipay", "saml"}


def checked(*, before: dict[str, Any] | None = None, **typed: Any) -> Check:
    """The form of an OpenID Connect connection; `before` are the days that were saved."""
    filled_in = {**sample_of("openid_connect").filled_in, "alias": "mine", "enabled": True}
    secret = filled_in.pop("client_secret")
    context = Context(
        provider="openid_connect",
        site=SITE,
        before=None if before is None else {**filled_in, **before},
        saved_secrets=frozenset() if before is None else frozenset({"client_secret"}),
    )
    values = {**filled_in, "client_secret": secret, **(before or {}), **typed}
    return check_values(catalogue.get("openid_connect"), values, context)


def days_from_now(days: int) -> str:
    return (localdate() + timedelta(days=days)).isoformat()


def warned(found: Check) -> str:
    assert not found.errors
    return " ".join(each.code for each in found.issues if each.field == FIELD)


TYPED = [
    # before, typed, what is said
    (None, {FIELD: days_from_now(300)}, ""),
    (None, {FIELD: ""}, ""),
    (None, {FIELD: days_from_now(-1)}, "past"),
    (None, {FIELD: days_from_now(0)}, ""),
    ({FIELD: days_from_now(-9)}, {"client_secret": ""}, ""),
    ({FIELD: days_from_now(-9)}, {"client_secret": "new"}, "kept"),
    ({FIELD: days_from_now(30)}, {"client_secret": "new"}, "kept"),
    ({FIELD: days_from_now(31)}, {"client_secret": "new"}, ""),
    ({FIELD: days_from_now(9)}, {"client_secret": "new", FIELD: days_from_now(700)}, ""),
    ({FIELD: days_from_now(9)}, {"client_secret": "new", FIELD: ""}, ""),
    ({}, {"client_secret": "new"}, ""),
    ({FIELD: days_from_now(9)}, {"client_secret": "", FIELD: days_from_now(-2)}, "past"),
]


@each_row("before, typed, said", TYPED)
def test_days_that_are_probably_wrong_are_warned_of(
    before: dict[str, Any] | None, typed: dict[str, Any], said: str
) -> None:
    assert warned(checked(before=before, **typed)) == said


def test_the_day_of_a_token_is_filled_in() -> None:
    token = jwt.encode({"exp": now() + timedelta(days=90)}, "k" * 32, "HS256")
    for typed in ("", days_from_now(5)):
        found = checked(client_secret=token, **{FIELD: typed})
        assert found.settings[FIELD] == days_from_now(90)
        assert [each.level for each in found.issues] == [Level.NOTICE]


def test_an_empty_day_is_not_stored() -> None:
    assert FIELD not in checked(**{FIELD: ""}).settings
    assert checked(**{FIELD: "31 May 2099"}).settings[FIELD] == "2099-05-31"


# --- what expires ---------------------------------------------------------------------------------

PRESENT = datetime(2027, 5, 1, 12, tzinfo=UTC)


def entered(project: Project, day: str, **given: Any) -> Connection:
    return make_connection(project, alias=f"on-{day}", **{FIELD: day}, **given)


LEFT = {
    "2027-05-31": (
        30,
        False,
        True,
        "Client Secret (AppSecret) expires in 30 days, on 31 May 2027.",
    ),
    "2027-06-01": (
        31,
        False,
        False,
        "Client Secret (AppSecret) expires in 31 days, on 1 Jun 2027.",
    ),
    "2027-05-02": (1, False, True, "Client Secret (AppSecret) expires in 1 day, on 2 May 2027."),
    "2027-05-01": (0, False, True, "Client Secret (AppSecret) expires today."),
    "2027-04-30": (-1, True, True, "Client Secret (AppSecret) expired on 30 Apr 2027."),
}


@each_row("day, expected", LEFT.items(), undo=True)
def test_a_day_that_was_entered(
    project: Project, day: str, expected: tuple[int, bool, bool, str]
) -> None:
    (part,) = list_expiries(entered(project, day), at=PRESENT)

    left, has_expired, needs_attention, sentence = expected
    assert (part.days_left, part.has_expired, part.needs_attention) == (
        left,
        has_expired,
        needs_attention,
    )
    assert part.sentence == sentence
    assert part.url == f"/projects/acme/connections/on-{day}/#id_client_secret"
    with translation.override("zh-hans"):
        assert "AppSecret" in part.sentence
        assert "身份提供方的控制台" in str(part.remedy)


def saml(project: Project, **settings: Any) -> Connection:
    own = new_key_pair("acme.login.test")[1]
    values = {
        "metadata_url": "",
        "entity_id": "https://idp.example.com/saml",
        "sso_url": "https://idp.example.com/sso",
        "certificates": pair("soon.example.com", days=9).pem,
        "subject_attribute": "",
        "own_certificate": own,
    }
    return Connection.objects.create(
        project=project, provider="saml", alias="saml", settings={**values, **settings}
    )


def said(parts: list[ExpiringPart]) -> list[tuple[str, int, str, bool]]:
    return [(str(each.name), each.days_left, each.field, each.is_current) for each in parts]


def test_certificates_say_when_they_expire(project: Project) -> None:
    first, second = list_expiries(saml(project))

    assert [each.key for each in list_expiring(project)] == [first.key]
    assert said([first]) == [("Identity provider: soon.example.com", 9, "certificates", True)]
    assert first.needs_attention
    assert "below the present one" in str(first.remedy)
    assert (str(second.name), second.needs_attention) == (
        "Our certificate for signing requests",
        False,
    )
    assert second.days_left > 3600


def test_published_certificates_count_once_they_were_read_lately(
    project: Project, settings: Any
) -> None:
    """The provider may have replaced a published one since the connection was saved."""
    idp = IdentityProvider("https://idp.example.com/saml")
    discovery_cache.clear()
    with serving(lambda peer: peer.answer(idp.metadata)) as server:
        origin = server.origin
        settings.MENKOU_PRIVATE_ORIGINS = (origin,)
        connection = saml(project, metadata_url=f"{origin}/metadata")
        before = list_expiries(connection)[0]
        assert said([before]) == [("Identity provider: soon.example.com", 9, "metadata_url", False)]
        assert not before.needs_attention
        assert list_expiring(project) == []

        discovery_cache.get(f"{origin}/metadata", METADATA)
        after = list_expiries(connection)[0]
        assert (after.is_current, after.needs_attention) == (True, False)
        assert after.days_left > 3000
    discovery_cache.clear()


def test_a_projects_connections_in_use_in_the_order_of_the_days(
    project: Project, other_project: Project
) -> None:
    for day in ("2027-05-20", "2027-05-02", "2027-04-01", "2027-08-01"):
        entered(project, day)
    entered(project, "2027-05-03", enabled=False)
    entered(other_project, "2027-05-04")
    make_connection(project, alias="never")

    def aliases(**given: Any) -> list[str]:
        return [each.connection.alias for each in list_expiring(project, at=PRESENT, **given)]

    with CaptureQueriesContext(database) as queries:
        assert aliases() == ["on-2027-04-01", "on-2027-05-02", "on-2027-05-20"]
    assert len(queries) == 1
    assert aliases(within_days=7) == ["on-2027-04-01", "on-2027-05-02"]
    assert len(aliases(within_days=100)) == 4


@pytest.mark.django_db
def test_a_provider_that_this_release_does_not_have() -> None:
    assert list_expiries(Connection(provider="gone", settings={FIELD: "2027-05-01"})) == []
