"""Bills at the sandbox HIS: locked, settled, reversed; twice, late, wrong amount, unclear; and the counter that is quicker."""

from __future__ import annotations

from typing import Any

import pytest
import requests

PAID = {"amount_fen": 12485, "channel": "wechat", "channel_no": "4200000001", "paid_at": "2026-11-25T09:00:00+08:00", "insurance": {}}


def path(bill: dict[str, Any], verb: str) -> str:
    return f"/bills/{bill['id']}/{verb}"


def code(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def test_lock_settle_reverse(his: Any, sandbox: Any, bill: dict[str, Any]) -> None:
    assert (bill["state"], bill["total_fen"]) == ("open", 12485)
    locked = his.change(path(bill, "lock"), order="O1", amount_fen=12485).json()
    assert (locked["state"], locked["order"]) == ("locked", "O1")
    settled = his.change(path(bill, "settle"), order="O1", **PAID).json()
    assert (settled["state"], settled["order"]) == ("settled", "O1")
    assert settled["receipt"]
    assert his.change(path(bill, "settle"), order="O1", **PAID).json() == settled
    back = {"order": "O1", "refund": "F1", "amount_fen": 12485, "channel_no": "5030000001", "insurance": {}}
    opened = his.change(path(bill, "reverse"), **back).json()
    assert (opened["state"], opened["order"], opened["receipt"]) == ("open", None, None)
    assert his.change(path(bill, "reverse"), **back).json() == opened
    rows = his.get("/ledger?order=O1").json()["rows"]
    assert [(row["kind"], row["amount_fen"], row["channel"]) for row in rows] == [("settle", 12485, "wechat"), ("reverse", 12485, "wechat")]
    assert set(rows[0]) == {"bill", "order", "kind", "amount_fen", "channel", "channel_no", "receipt", "at"}
    assert sandbox.books("his")["sum_fen"] == 0


def test_lock_refusals_change_nothing(his: Any, sandbox: Any, bill: dict[str, Any]) -> None:
    assert code(his.change(path(bill, "lock"), order="O1", amount_fen=12484)) == (409, "bill_changed")
    assert his.get(f"/bills/{bill['id']}").json() == bill
    his.change(path(bill, "lock"), order="O1", amount_fen=12485)
    assert his.change(path(bill, "lock"), order="O1", amount_fen=12485).status_code == 200
    assert code(his.change(path(bill, "lock"), order="O2", amount_fen=12485)) == (409, "bill_locked")
    assert his.change(path(bill, "unlock"), order="O2").json()["order"] == "O1"
    assert his.change(path(bill, "unlock"), order="O1").json()["state"] == "open"
    sandbox.his_act("withdraw_bill", number=bill["id"])
    assert code(his.change(path(bill, "lock"), order="O3", amount_fen=12485)) == (409, "bill_withdrawn")
    assert code(his.change(path(bill, "settle"), order="O3", **PAID)) == (409, "bill_withdrawn")
    assert sandbox.books("his")["rows"] == []


def test_settle_refuses_another_order_and_a_wrong_amount(his: Any, sandbox: Any, bill: dict[str, Any]) -> None:
    his.change(path(bill, "lock"), order="O1", amount_fen=12485)
    assert code(his.change(path(bill, "settle"), order="O1", **{**PAID, "amount_fen": 12484})) == (409, "amount_differs")
    assert code(his.change(path(bill, "settle"), order="O2", **PAID)) == (409, "bill_locked")
    his.change(path(bill, "settle"), order="O1", **PAID)
    assert code(his.change(path(bill, "settle"), order="O2", **PAID)) == (409, "bill_settled")
    assert code(his.change(path(bill, "unlock"), order="O1")) == (409, "bill_settled")
    assert len(sandbox.books("his")["rows"]) == 1


def test_the_counter_is_quicker(his: Any, sandbox: Any, bill: dict[str, Any]) -> None:
    sandbox.his_act("settle_bill", number=bill["id"])
    assert code(his.change(path(bill, "lock"), order="O1", amount_fen=12485)) == (409, "bill_settled")
    assert sandbox.events()[-1]["data"] == {"by": "counter", "order": None}


def test_the_counter_does_not_take_money_for_a_locked_bill(his: Any, sandbox: Any, bill: dict[str, Any]) -> None:
    his.change(path(bill, "lock"), order="O1", amount_fen=12485)
    with pytest.raises(AssertionError, match="bill_locked"):
        sandbox.his_act("settle_bill", number=bill["id"])
    sandbox.his_act("change_bill", number=bill["id"], amount_fen=9000, force=True)
    assert code(his.change(path(bill, "settle"), order="O1", **PAID)) == (409, "amount_differs")


def test_a_changed_bill_has_a_new_version(his: Any, sandbox: Any, bill: dict[str, Any]) -> None:
    sandbox.his_act("change_bill", number=bill["id"], amount_fen=9000)
    changed = his.get(f"/bills/{bill['id']}").json()
    assert (changed["version"], changed["total_fen"]) == (2, 9000)
    assert sandbox.events()[-1]["type"] == "bill.changed"
    assert code(his.change(path(bill, "lock"), order="O1", amount_fen=12485)) == (409, "bill_changed")


def test_medicine_is_not_prepared_unpaid_and_not_refunded_once_collected(his: Any, sandbox: Any, bill: dict[str, Any]) -> None:
    with pytest.raises(AssertionError, match="not_settled"):
        sandbox.his_act("ready", appointment=bill["appointment"])
    his.change(path(bill, "settle"), order="O1", **PAID)
    sandbox.his_act("ready", appointment=bill["appointment"])
    sandbox.his_act("dispense", appointment=bill["appointment"])
    assert his.get(f"/appointments/{bill['appointment']}/dispensing").json()["state"] == "collected"
    back = {"order": "O1", "refund": "F1", "amount_fen": 12485, "channel_no": "5030000001"}
    assert code(his.change(path(bill, "reverse"), **back)) == (409, "dispensed")
    assert sandbox.books("his")["sum_fen"] == 12485


def test_silent_after_commit_has_settled_all_the_same(his: Any, sandbox: Any, bill: dict[str, Any]) -> None:
    sandbox.fault("his", "silent", "settle")
    with pytest.raises(requests.ConnectionError):
        his.post(path(bill, "settle"), request_no="s-1", order="O1", **PAID)
    assert his.get(f"/bills/{bill['id']}").json()["state"] == "settled"
    sandbox.fault("his", "silent", False)
    assert his.post(path(bill, "settle"), request_no="s-1", order="O1", **PAID).json()["receipt"]
    assert len(sandbox.books("his")["rows"]) == 1


def test_down_does_nothing(his: Any, sandbox: Any, bill: dict[str, Any]) -> None:
    sandbox.fault("his", "down")
    assert his.change(path(bill, "settle"), order="O1", **PAID).status_code == 503
    sandbox.fault("his", "down", "cut")
    with pytest.raises(requests.ConnectionError):
        his.get("/campuses")
    sandbox.fault("his", "down", False)
    assert his.get(f"/bills/{bill['id']}").json() == bill


def test_books_one_fen_less(his: Any, sandbox: Any, bill: dict[str, Any]) -> None:
    sandbox.fault("his", "books_one_fen_less")
    his.change(path(bill, "settle"), order="O1", **PAID)
    assert his.get("/ledger?order=O1").json()["rows"][0]["amount_fen"] == 12484
    assert sandbox.books("his")["sum_fen"] == 12484


@pytest.mark.parametrize("amount", [-1, 1.5, "12485", True, None])
def test_money_is_whole_fen(his: Any, bill: dict[str, Any], amount: Any) -> None:
    assert code(his.change(path(bill, "lock"), order="O1", amount_fen=amount)) == (400, "malformed")
