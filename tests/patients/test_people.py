"""Whose record it is, who may see it, and how it is drawn for her."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from at_once import at_once
from django.db import connection

from core import clock
from core.models import Entry, Published
from patients import actions, queries
from patients.errors import ModeUnknown, PatientUnknown
from patients.models import Account, Membership, Patient
from patients.platforms.port import HostIdentity

Accounts = Callable[..., Account]
Bound = Callable[..., Patient]
pytestmark = pytest.mark.django_db(transaction=True)


def elder_born() -> int:
    return clock.today().year - 60


def test_the_first_card_is_hers_and_the_next_the_familys(account: Accounts, bound: Bound) -> None:
    hers = account()
    first, second = bound(hers, "H1"), bound(hers, "H2", name="测试乙")
    rows = queries.patients_of(hers)
    assert [(row.patient, row.relation_text) for row in rows] == [(first, "本人"), (second, "家人")]


def test_a_child_bound_first_is_family(account: Accounts, bound: Bound) -> None:
    hers = account()
    bound(hers, "H1", born=clock.today().year - 13)
    bound(hers, "H2", born=clock.today().year - 14)
    assert [row.relation_text for row in queries.patients_of(hers)] == ["家人", "本人"]


def test_binding_is_told_once(account: Accounts, bound: Bound) -> None:
    hers = account()
    patient = bound(hers)
    assert bound(hers) == patient
    assert [row.payload for row in Published.objects.filter(name="CardBound")] == [{"patient": patient.number, "his_patient_id": "H1"}]
    assert Entry.objects.filter(action="patients.card_bound", subject=patient.number).count() == 1


def test_binding_again_brings_the_record_up_to_date(account: Accounts, bound: Bound) -> None:
    hers = account()
    first = bound(hers, phone="10012300001")
    again = bound(hers, phone="10012300002")
    assert (again.number, Patient.objects.count(), again.phone.masked, Patient.objects.get().phone.reveal()) == (
        first.number, 1, "100****0002", "10012300002",
    )  # fmt: skip
    assert Patient.objects.filter(phone="10012300002").exists()
    assert not Patient.objects.filter(phone="10012300001").exists()


def test_two_accounts_of_one_family_share_the_patient(account: Accounts, bound: Bound) -> None:
    mother, father = account(), account("oTest0000000000000000000002")
    assert bound(mother, "H3") == bound(father, "H3")
    assert Published.objects.filter(name="CardBound").count() == 2


def test_a_strangers_patient_is_not_there(account: Accounts, bound: Bound) -> None:
    mother, stranger = account(), account("oTest0000000000000000000002")
    patient = bound(mother)
    assert queries.patient_for(mother, patient.number) == patient
    for number in (patient.number, "P-none", ""):
        with pytest.raises(PatientUnknown) as caught:
            queries.patient_for(stranger, number)
        assert (caught.value.status, caught.value.facts) == (404, {})


def test_nothing_plain_is_in_the_tables(account: Accounts, bound: Bound) -> None:
    bound(account("oPlain000000000000000000009"), "H7", name="测试丙", phone="10012300007")
    plain = ["oPlain000000000000000000009", "测试丙", "10012300007", "XH700000", "90000H7"]
    for model in (Account, Patient, Membership, Entry, Published):
        with connection.cursor() as cursor:
            cursor.execute(f"select * from {model._meta.db_table}")
            kept = repr(cursor.fetchall())
        assert [text for text in plain if text in kept] == []


def test_what_is_printed_is_masked(account: Accounts, bound: Bound) -> None:
    hers = account("oPlain000000000000000000009")
    patient = bound(hers, name="测试丙")
    assert "测试丙" not in f"{patient} {patient!r} {hers} {hers!r}"
    assert "oPlain0" not in f"{hers} {hers!r} {HostIdentity('oPlain0')!r}"


def test_one_person_signing_in_twice_at_once_is_one_account() -> None:
    found = at_once(*[lambda: actions.keep_account("wechat", HostIdentity("oTwice000000000000000000001"))] * 4)
    assert (len(set(found)), Account.objects.count()) == (1, 1)


def test_one_card_bound_by_two_at_once_is_one_patient(account: Accounts, bound: Bound) -> None:
    accounts = [account(f"oTest000000000000000000010{n}") for n in range(4)]
    found = at_once(*[lambda who=who: bound(who, "H9") for who in accounts])
    assert (len(set(found)), Patient.objects.count(), Membership.objects.count()) == (1, 1, 4)


# How screens are drawn


def shown(account: Account, font: float | None = None) -> tuple[str, str, bool]:
    mode = queries.display_mode(account, host_font=font)
    return mode.mode, mode.source, bool(mode.prompt)


def test_normal_unless_there_is_a_reason(account: Accounts, bound: Bound) -> None:
    hers = account()
    assert shown(hers) == ("normal", "default", False)
    bound(hers, born=elder_born() + 1)
    assert shown(hers) == ("normal", "default", False)
    assert shown(hers, 21.9) == ("normal", "default", False)


def test_an_elder_patient_is_shown_the_elder_version(account: Accounts, bound: Bound, settings: Any) -> None:
    hers = account()
    bound(hers, born=elder_born())
    assert shown(hers) == ("elder", "age", True)
    settings.ELDER_AGE = 61
    assert shown(hers) == ("normal", "default", False)


def test_large_text_on_the_phone_goes_before_age(account: Accounts, bound: Bound) -> None:
    hers = account()
    assert shown(hers, 23.8) == ("elder", "host", True)
    bound(hers, born=elder_born())
    assert shown(hers, 23.8) == ("elder", "host", True)


def test_only_the_first_patients_age_counts(account: Accounts, bound: Bound) -> None:
    daughter = account()
    bound(daughter, "H1")
    bound(daughter, "H2", born=elder_born() - 20)
    assert shown(daughter) == ("normal", "default", False)


@pytest.mark.parametrize("mode", ["normal", "elder"])
def test_her_own_choice_wins(account: Accounts, bound: Bound, mode: str) -> None:
    hers = account()
    bound(hers, born=elder_born())
    actions.choose_display(hers, mode)
    assert shown(hers, 30) == (mode, "account", False)
    actions.choose_display(hers, "auto")
    assert shown(hers, 30) == ("elder", "host", True)
    assert Account.objects.get(pk=hers.pk).display == "auto"


def test_an_unknown_mode_changes_nothing(account: Accounts) -> None:
    hers = account()
    with pytest.raises(ModeUnknown):
        actions.choose_display(hers, "huge")
    assert Account.objects.get(pk=hers.pk).display == "auto"


def test_a_choice_and_a_new_card_are_seen_at_once(account: Accounts, bound: Bound) -> None:
    hers = account()
    assert (queries.remembered(hers.pk) or hers).birth_year is None
    bound(hers, born=1940)
    assert (queries.remembered(hers.pk) or hers).birth_year == 1940
    actions.choose_display(hers, "normal")
    assert (queries.remembered(hers.pk) or hers).display == "normal"
