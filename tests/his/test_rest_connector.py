"""The REST connector: which of the three things went wrong, and what is not in the contract."""

from __future__ import annotations

import json
import socket
from datetime import date, datetime
from typing import Any

import pytest
from django.db import transaction
from scripted_partner import Scripted

from core.errors import LeftWithTransactionOpen, PartnerRefused, PartnerUnavailable, PartnerUnclear
from core.money import Fen
from his import his, signature
from his.errors import AnswerUnusable, OutcomeUnusable
from his.port import Bill, Identity, Settlement

from .conftest import KEY, KEY_ID

BILL = {
    "id": "B1", "appointment": "A1", "patient": "H1", "state": "open", "total_fen": 1250, "version": 1, "kind": "drug",
    "issued_at": "2026-11-24T09:30:00+08:00", "order": None, "receipt": None,
    "lines": [{"name": "布洛芬", "spec": "100ml", "unit": "瓶", "quantity": "1", "price_fen": 1250, "amount_fen": 1250}],
}  # fmt: skip


def says(script: Scripted, status: int, body: Any) -> None:
    script.says = lambda *_: (status, body)


def lock() -> Bill:
    return his().lock("B1", request_no="r-1", order="O1", amount_fen=Fen(1250))


def test_a_bill_is_read(scripted: Scripted) -> None:
    says(scripted, 200, {**BILL, "unknown_field": 1})
    bill = his().bill("B1")
    assert (bill.total_fen, bill.lines[0].amount_fen, bill.issued_at.isoformat()) == (1250, 1250, "2026-11-24T09:30:00+08:00")


def test_each_request_is_signed_over_its_raw_path(scripted: Scripted) -> None:
    says(scripted, 200, {"appointments": []})
    assert his().appointments("H 1/&?", date(2026, 11, 24)) == []
    method, path, headers, body = scripted.heard[0]
    assert path == "/hospital/appointments?patient=H+1%2F%26%3F&date=2026-11-24"
    signature.verify(method, path, headers, body, keys={KEY_ID: KEY}, at=int(headers["X-Time"]))


def test_an_id_cannot_leave_its_place_in_the_path(scripted: Scripted) -> None:
    says(scripted, 404, {"code": "unknown", "message": "没有"})
    with pytest.raises(PartnerRefused):
        his().bill("../patients?x=1")
    assert scripted.heard[0][1] == "/hospital/bills/..%2Fpatients%3Fx%3D1"


def test_a_changing_call_carries_its_request_number(scripted: Scripted) -> None:
    says(scripted, 200, {**BILL, "state": "settled", "order": "O1", "receipt": "R1"})
    paid = Settlement(
        order="O1", amount_fen=Fen(1250), channel="wechat", channel_no="42", paid_at=datetime.fromisoformat("2026-11-24T23:30:00+00:00")
    )
    assert his().settle("B1", paid, request_no="r-9").receipt == "R1"
    assert json.loads(scripted.heard[0][3]) == {
        "request_no": "r-9", "order": "O1", "amount_fen": 1250, "channel": "wechat", "channel_no": "42",
        "paid_at": "2026-11-25T07:30:00+08:00", "insurance": {},
    }  # fmt: skip


def test_a_no_is_a_no_with_its_code(scripted: Scripted) -> None:
    says(scripted, 409, {"code": "bill_changed", "message": "金额变了"})
    with pytest.raises(PartnerRefused) as caught:
        lock()
    assert (caught.value.partner, caught.value.reason, caught.value.message) == ("his", "bill_changed", "金额变了")
    assert "金额" not in str(caught.value.as_problem()["facts"])


@pytest.mark.parametrize(
    ("status", "body"), [(500, {"code": "x"}), (503, b""), (404, b"<html>"), (403, {"code": 7}), (302, b""), (429, [1])]
)
def test_anything_else_is_not_known(scripted: Scripted, status: int, body: Any) -> None:
    """Also a 4xx without the contract's shape: a proxy said it, perhaps after the HIS had done it."""
    says(scripted, status, body)
    with pytest.raises(PartnerUnclear):
        lock()
    with pytest.raises(PartnerUnavailable):
        his().bill("B1")


def test_silence_is_unclear_for_a_change_and_unavailable_for_a_read(scripted: Scripted) -> None:
    scripted.says = lambda *_: None
    with pytest.raises(PartnerUnclear):
        lock()
    with pytest.raises(PartnerUnavailable):
        his().bill("B1")
    with pytest.raises(PartnerUnavailable):
        his().match(Identity("某某", "passport", "X0000000", "10000000000"))


def test_nobody_at_home_is_unavailable_for_both(settings: Any) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings.HIS = {"default": {**settings.HIS["default"], "OPTIONS": {"url": f"http://127.0.0.1:{port}", "key_id": "k", "key": "k"}}}
    with pytest.raises(PartnerUnavailable):
        lock()
    with pytest.raises(PartnerUnavailable):
        his().campuses()


@pytest.mark.parametrize(
    "wrong",
    [
        {"total_fen": "1250"}, {"total_fen": 12.5}, {"total_fen": -1}, {"total_fen": None}, {"total_fen": True},
        {"issued_at": "2026-11-24T09:30:00"},
        {"lines": None}, {"lines": [{}]}, {"id": "B2"}, {"state": None}, {"id": ""},
    ],
)  # fmt: skip
def test_a_wrong_shape_is_refused_by_name(scripted: Scripted, wrong: dict[str, Any]) -> None:
    says(scripted, 200, {**BILL, **wrong})
    with pytest.raises(AnswerUnusable) as read:
        his().bill("B1")
    with pytest.raises(OutcomeUnusable) as changed:
        lock()
    assert (read.value.code, changed.value.code) == ("his.answer_unusable", "his.outcome_unusable")


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b"\xff", b'"x"'])
def test_no_answer_of_any_shape_is_a_key_error(scripted: Scripted, body: bytes) -> None:
    says(scripted, 200, body)
    hospital, day = his(), date(2026, 11, 24)
    reads = [
        hospital.campuses, lambda: hospital.departments("C1"), lambda: hospital.doctors("D1"),
        lambda: hospital.slots("D1", day),
        lambda: hospital.appointments("H1", day), lambda: hospital.appointment("A1"), lambda: hospital.ticket("A1"),
        lambda: hospital.bills("A1"),
        lambda: hospital.bill("B1"), lambda: hospital.dispensing("A1"), lambda: hospital.ledger(day=day), lambda: hospital.events(0),
        lambda: hospital.match(Identity("某某", "passport", "X0000000", "10000000000")),
    ]  # fmt: skip
    for read in reads:
        with pytest.raises(AnswerUnusable):
            read()


def test_the_fields_at_fault_are_told_without_their_values(scripted: Scripted) -> None:
    says(scripted, 200, {"patient": "H1", "card_no": 6680010001, "sex": "female", "birth_date": "某某"})
    with pytest.raises(AnswerUnusable) as caught:
        his().match(Identity("某某", "passport", "X0000000", "10000000000"))
    assert caught.value.facts["fields"] == "card_no,birth_date"
    assert "某某" not in str(caught.value)


def test_an_unknown_state_is_handed_on_as_it_is(scripted: Scripted) -> None:
    says(scripted, 200, {**BILL, "state": "suspended"})
    assert his().bill("B1").state == "suspended"


@pytest.mark.parametrize(("ask", "code"), [("ticket", "no_ticket"), ("dispensing", "no_prescription")])
def test_nothing_there_yet_is_none(scripted: Scripted, ask: str, code: str) -> None:
    says(scripted, 404, {"code": code, "message": "还没有"})
    assert getattr(his(), ask)("A1") is None
    says(scripted, 404, {"code": "unknown", "message": "没有"})
    with pytest.raises(PartnerRefused):
        getattr(his(), ask)("A1")


def test_an_identity_is_not_printed() -> None:
    shown = repr(Identity("某某", "passport", "X0000000", "10000000000"))
    assert ("某某" in shown, "X0000000" in shown, "10000000000" in shown) == (False, False, False)


@pytest.mark.django_db(transaction=True)
def test_nobody_leaves_with_a_transaction_open(scripted: Scripted) -> None:
    with transaction.atomic(), pytest.raises(LeftWithTransactionOpen):
        his().campuses()
    assert scripted.heard == []
