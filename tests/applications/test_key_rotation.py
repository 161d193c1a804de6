"""Signing keys are published before they sign, and removed after the last ID token."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection as database
from django.db.models import F
from django.utils import timezone

from applications.keys.job import KeysNotRotated, rotate_old_keys
from applications.keys.rotation import LIFETIME, LONGEST_ID_TOKEN, rotate_keys
from applications.models import SigningKey
from applications.services import ApplicationFields, add_application
from connections.secrets import check_keys
from projects.models import Event, Project
from tests.connections.concurrent import all_at_once

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def shop(project: Project) -> Project:
    """A project with an application, and so with keys."""
    check_keys()
    add_application(project, ApplicationFields(name="Shop"), actor=None)
    return project


def let_pass(time: timedelta) -> None:
    """Make everything so much older."""
    SigningKey.objects.update(active_at=F("active_at") - time, created_at=F("created_at") - time)


def published(project: Project) -> set[str]:
    return set(project.signing_keys.values_list("kid", flat=True))


def signing(project: Project) -> set[str]:
    """The key of each algorithm that signs now."""
    present = project.signing_keys.filter(active_at__lte=timezone.now()).order_by("active_at")
    return set({key.alg: key.kid for key in present}.values())


def test_a_key_signs_a_day_after_it_was_published_and_goes_after_the_last_token(
    shop: Project,
) -> None:
    old = signing(shop)
    let_pass(LIFETIME - HOUR)
    rotate_old_keys(0)
    assert published(shop) == signing(shop) == old

    let_pass(2 * HOUR)
    rotate_old_keys(0)
    new = published(shop) - old
    assert len(new) == 2
    assert signing(shop) == old

    let_pass(DAY - HOUR)
    rotate_old_keys(0)
    assert (signing(shop), published(shop)) == (old, old | new)

    let_pass(2 * HOUR)
    rotate_old_keys(0)
    assert (signing(shop), published(shop)) == (new, old | new)

    let_pass(LONGEST_ID_TOKEN - HOUR)
    rotate_old_keys(0)
    assert published(shop) == old | new

    let_pass(HOUR)
    rotate_old_keys(0)
    assert published(shop) == signing(shop) == new
    assert Event.objects.filter(action="project:signing-keys-rotated").count() == 1


def test_no_token_becomes_unverifiable(shop: Project) -> None:
    """Every key is published for a day before it signs, and for a day after that."""
    seen = dict.fromkeys(published(shop), -LIFETIME)
    signed: dict[str, timedelta] = {}
    let_pass(LIFETIME - 2 * DAY)
    for hours in range(0, 7 * 24, 5):
        now = timedelta(hours=hours)
        rotate_old_keys(0)
        for kid in published(shop):
            seen.setdefault(kid, now)
        for kid in signing(shop):
            assert now - seen[kid] >= DAY
            signed[kid] = now
        valid = {kid for kid, last in signed.items() if now - last < LONGEST_ID_TOKEN}
        assert valid <= published(shop)
        let_pass(timedelta(hours=5))
    assert (len(signed), len(published(shop))) == (4, 2)


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_rotates(shop: Project) -> None:
    let_pass(LIFETIME + HOUR)

    all_at_once([lambda: rotate_old_keys(0)] * 2)

    assert shop.signing_keys.count() == 4
    assert Event.objects.filter(action="project:signing-keys-rotated").count() == 1
    assert all_at_once([lambda: rotate_keys(shop)] * 2) == [[], []]


@pytest.fixture
def broken(shop: Project) -> Iterator[None]:
    """PostgreSQL refuses every further key of the project."""
    with database.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN IF NEW.project_id = '{shop.pk}' THEN"
            " RAISE EXCEPTION 'no space left: quoted-value'; END IF; RETURN NEW; END $$;"
            "CREATE TRIGGER refuse BEFORE INSERT ON applications_signingkey"
            " FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
    yield
    with database.cursor() as cursor:
        cursor.execute("DROP TRIGGER refuse ON applications_signingkey; DROP FUNCTION refuse()")


@pytest.mark.usefixtures("broken")
def test_a_project_that_fails_does_not_stop_the_others(
    shop: Project, other_project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    add_application(other_project, ApplicationFields(name="Shop"), actor=None)
    let_pass(LIFETIME + HOUR)

    with pytest.raises(KeysNotRotated, match="1 projects"):
        rotate_old_keys(0)

    assert (shop.signing_keys.count(), other_project.signing_keys.count()) == (2, 4)
    said = [each.getMessage() for each in caplog.records if each.levelno == logging.ERROR]
    assert said == ["The signing keys of project acme were not replaced: ProgrammingError"]
    assert "quoted-value" not in caplog.text


def test_removal_leaves_keys_of_other_projects_and_algorithms(
    shop: Project, other_project: Project
) -> None:
    add_application(other_project, ApplicationFields(name="Shop"), actor=None)
    other_project.signing_keys.filter(alg="ES256").delete()
    theirs = published(other_project)
    let_pass(DAY)
    rotate_keys(shop)
    let_pass(3 * DAY)

    rotate_old_keys(0)

    assert shop.signing_keys.count() == 2
    assert published(other_project) == theirs
