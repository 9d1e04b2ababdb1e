"""Binding a card: the HIS confirms name, document and phone together, and not too often."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from scripted_partner import Scripted

from core.errors import PartnerUnavailable
from patients import errands
from patients.errors import CardNotFound, CardRefused, IdNumberWrong, PhoneDiffers, TriedTooOften
from patients.models import Account, Membership, Patient

Accounts = Callable[..., Account]
pytestmark = pytest.mark.django_db(transaction=True)
CARD = {"patient": "H1", "card_no": "9000000001", "sex": "female", "birth_date": "1988-04-12"}
SAID = {"name": "测试甲", "id_type": "passport", "id_no": "x0000001", "phone": "100 1230 0001"}


def says(script: Scripted, status: int, body: Any) -> None:
    script.says = lambda *_: (status, body)


def nobody() -> bool:
    return not (Patient.objects.exists() or Membership.objects.exists())


def test_a_confirmed_card_is_bound(account: Accounts, hospital: Scripted) -> None:
    says(hospital, 200, CARD)
    hers = account()
    patient = errands.bind_card(hers, **SAID)
    assert (patient.his_patient_id, patient.card.reveal(), patient.id_no.reveal(), patient.sex, patient.birth_year) == (
        "H1", "9000000001", "X0000001", "female", 1988,
    )  # fmt: skip
    method, path, _, body = hospital.heard[0]
    assert (method, path) == ("POST", "/patients/match")
    assert json.loads(body) == {"name": "测试甲", "id_type": "passport", "id_no": "X0000001", "phone": "10012300001"}
    assert errands.bind_card(hers, **SAID).number == patient.number


@pytest.mark.parametrize(
    ("status", "code", "refusal"),
    [
        (404, "patient_unknown", CardNotFound),
        (409, "phone_differs", PhoneDiffers),
        (409, "card_frozen", CardRefused),
        (401, "signature", CardRefused),
    ],
)
def test_each_no_of_the_his_is_told_with_the_way_out(
    account: Accounts, hospital: Scripted, status: int, code: str, refusal: type[CardRefused]
) -> None:
    says(hospital, status, {"code": code, "message": "测试甲 不行"})
    with pytest.raises(refusal) as caught:
        errands.bind_card(account(), **SAID)
    told = caught.value.as_problem()
    assert told["remedy"].endswith("。")
    assert "测试甲" not in json.dumps(told, ensure_ascii=False)
    assert nobody()


def test_a_wrong_number_is_refused_before_anyone_is_asked(account: Accounts, hospital: Scripted) -> None:
    with pytest.raises(IdNumberWrong):
        errands.bind_card(account(), **{**SAID, "id_type": "resident", "id_no": "110105194912310021"})
    assert (hospital.heard, nobody()) == ([], True)


def test_six_tries_an_hour_for_an_account(account: Accounts, hospital: Scripted) -> None:
    says(hospital, 404, {"code": "patient_unknown", "message": "没有"})
    hers = account()
    for number in range(6):
        with pytest.raises(CardNotFound):
            errands.bind_card(hers, **{**SAID, "id_no": f"X100000{number}"})
    with pytest.raises(TriedTooOften) as caught:
        errands.bind_card(hers, **{**SAID, "id_no": "X2000000"})
    assert (caught.value.status, len(hospital.heard)) == (429, 6)


def test_many_accounts_cannot_guess_at_one_person(account: Accounts, hospital: Scripted) -> None:
    says(hospital, 409, {"code": "phone_differs", "message": "不一致"})
    for number in range(6):
        with pytest.raises(PhoneDiffers):
            errands.bind_card(account(f"oGuess{number}"), **{**SAID, "phone": f"1001230000{number}"})
    says(hospital, 200, CARD)
    with pytest.raises(TriedTooOften):
        errands.bind_card(account("oGuess9"), **SAID)
    assert nobody()


@pytest.mark.parametrize("answer", [None, (500, {}), (200, {}), (200, {**CARD, "birth_date": "soon"})])
def test_a_his_that_is_down_binds_nothing(account: Accounts, hospital: Scripted, answer: tuple[int, Any] | None) -> None:
    hospital.says = lambda *_: answer
    with pytest.raises(PartnerUnavailable):
        errands.bind_card(account(), **SAID)
    assert nobody()
