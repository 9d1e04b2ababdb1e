"""Bills: issued, changed, withdrawn, paid at the counter; an order opened on one, and given up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from care_news import due_again, say, told

from care.charges import errands, queries
from care.charges.errors import BillGone, BillHasChanged, BillPaidElsewhere, BillTaken, ChargeNotFound, NothingDue, PlacementReleased
from care.models import Charge, Placement
from core import clock
from core.errors import PartnerError
from payments.models import Order

TOTAL = 12485


def bill_of(patient: Any) -> Charge:
    return queries.of(patient.appointment)[0]


def his_bill(hospital: Any, number: str) -> dict[str, Any]:
    return next(row for row in hospital.sandbox.books("his")["bills"] if row["id"] == number)


# Reading


def test_a_bill_is_issued(billed: Any) -> None:
    charge = bill_of(billed)
    assert (charge.total, charge.state, charge.kind) == (TOTAL, "open", "drug")
    assert sum(line["amount_fen"] for line in charge.lines) == TOTAL
    assert set(charge.lines[0]) == {"name", "spec", "unit", "quantity", "price_fen", "amount_fen"}
    issued = {"appointment": billed.appointment, "bill": charge.bill, "due_fen": TOTAL, "lines": len(charge.lines)}
    assert told("BillIssued") == [issued]
    assert told("Seen") == [{"appointment": billed.appointment, "next_step": "bill"}]
    assert queries.due(billed.appointment) == [charge]
    assert queries.charge(charge.bill) == charge


def test_heard_twice_and_late_it_is_told_once(billed: Any, hospital: Any) -> None:
    bill = bill_of(billed).bill
    say("bill.issued", billed, bill=bill, due_fen=TOTAL)
    say("bill.changed", billed, bill=bill, due_fen=1, at=clock.now() - timedelta(hours=1))
    say("bill.withdrawn", billed, bill=bill, at=clock.now() - timedelta(hours=1))
    hospital.drain()
    assert len(told("BillIssued")) == 1
    assert told("BillChanged") == told("BillWithdrawn") == []
    assert bill_of(billed).total == TOTAL


def test_an_older_reading_changes_nothing(billed: Any, hospital: Any) -> None:
    from his import his

    left = clock.now()
    early = his().bill(bill_of(billed).bill)
    hospital.act("change_bill", number=early.id, amount_fen=5000)
    hospital.news()
    errands.keep(early, left)
    assert bill_of(billed).total == 5000
    assert len(told("BillChanged")) == 1


def test_changed_and_withdrawn_are_told_once(billed: Any, hospital: Any) -> None:
    bill = bill_of(billed).bill
    hospital.act("change_bill", number=bill, amount_fen=5000)
    hospital.news()
    errands.refresh(billed.appointment)
    changed = {"appointment": billed.appointment, "bill": bill, "version": "2", "due_fen": 5000, "lines": 1}
    assert told("BillChanged") == [changed]
    hospital.act("withdraw_bill", number=bill)
    hospital.news()
    errands.refresh(billed.appointment)
    assert told("BillWithdrawn") == [{"appointment": billed.appointment, "bill": bill}]
    assert queries.due(billed.appointment) == []


def test_paid_at_the_counter_is_told_once(billed: Any, hospital: Any) -> None:
    bill = bill_of(billed).bill
    hospital.act("settle_bill", number=bill)
    hospital.news()
    say("bill.settled", billed, bill=bill, by="counter")
    hospital.drain()
    assert told("BillSettledElsewhere") == [{"appointment": billed.appointment, "bill": bill, "amount_fen": TOTAL}]
    assert bill_of(billed).state == "settled"


def test_a_bill_first_heard_of_when_it_is_paid(arrived: Any, hospital: Any) -> None:
    made = hospital.act("finish", appointment=arrived.appointment)
    hospital.act("settle_bill", number=made["id"])
    hospital.news()
    assert len(told("BillIssued")) == len(told("BillSettledElsewhere")) == 1


def test_a_bill_of_a_stranger_is_not_kept(wang: Any, hospital: Any) -> None:
    stranger = hospital.sandbox.cast["li"]["appointment"]
    hospital.act("check_in", appointment=stranger)
    made = hospital.act("finish", appointment=stranger)
    hospital.news()
    assert errands.refresh_bill(made["id"]) is None
    assert not Charge.objects.exists()
    with pytest.raises(ChargeNotFound):
        queries.charge(made["id"])


# Opening


def test_an_order_locks_the_bill_first(till: Any, hospital: Any) -> None:
    order = till.open()
    charge = bill_of(till.patient)
    assert (order.amount, order.subject, order.purpose, order.campus) == (TOTAL, charge.bill, "bill", "C1")
    assert order.patient == till.patient.row.number
    at_his = his_bill(hospital, charge.bill)
    assert (at_his["state"], at_his["order"]) == ("locked", order.number)
    assert (charge.state, charge.order) == ("locked", order.number)
    hospital.news()
    assert told("BillChanged") == []


def test_the_same_key_gives_the_same_order_another_key_none(till: Any, hospital: Any) -> None:
    order = till.open()
    assert till.open().number == order.number
    with pytest.raises(BillTaken):
        till.open("V1:pay#2")
    assert Order.objects.count() == Placement.objects.count() == 1
    assert hospital.calls("/lock") == 1


@pytest.mark.parametrize(
    ("act", "words", "kind", "event"),
    [
        ("change_bill", {"amount_fen": 5000}, BillHasChanged, "BillChanged"),
        ("withdraw_bill", {}, BillGone, "BillWithdrawn"),
        ("settle_bill", {}, BillPaidElsewhere, "BillSettledElsewhere"),
    ],
)
def test_what_happened_to_the_bill_meanwhile_refuses_the_order(
    till: Any, hospital: Any, act: str, words: dict[str, Any], kind: type[Exception], event: str
) -> None:
    hospital.act(act, number=bill_of(till.patient).bill, **words)
    with pytest.raises(kind):
        till.open()
    assert not Order.objects.exists()
    assert Placement.objects.get().state == "released"
    assert len(told(event)) == 1
    hospital.news()
    assert len(told(event)) == 1
    with pytest.raises(PlacementReleased):
        errands.place_order(bill_of(till.patient), key="V1:pay#1", expires_at=clock.now() + timedelta(minutes=5))


def test_after_a_change_a_new_key_pays_the_new_amount(till: Any, hospital: Any) -> None:
    hospital.act("change_bill", number=bill_of(till.patient).bill, amount_fen=5000)
    with pytest.raises(BillHasChanged):
        till.open()
    assert till.open("V1:pay#2").amount == 5000


def test_another_holds_the_bill(till: Any, hospital: Any) -> None:
    from core.money import Fen
    from his import his

    his().lock(bill_of(till.patient).bill, request_no="elsewhere-1", order="elsewhere", amount_fen=Fen(TOTAL))
    with pytest.raises(BillTaken):
        till.open()
    assert not Order.objects.exists()
    assert Placement.objects.get().state == "released"


def test_a_bill_of_nothing_opens_no_order_and_tells_the_hospital(arrived: Any, hospital: Any) -> None:
    hospital.act("issue_bill", appointment=arrived.appointment, amount_fen=0)
    hospital.news()
    charge = queries.due(arrived.appointment)[0]
    for _ in range(2):
        with pytest.raises(NothingDue):
            errands.place_order(charge, key="V1:pay#1", expires_at=clock.now() + timedelta(minutes=5))
    assert his_bill(hospital, charge.bill)["state"] == "settled"
    assert not Order.objects.exists()
    assert queries.due(arrived.appointment) == []
    hospital.news()
    assert told("BillSettledElsewhere") == []


def test_silent_after_locking_is_asked_about(till: Any, hospital: Any) -> None:
    hospital.sandbox.fault("his", "silent", "lock")
    order = till.open()
    assert his_bill(hospital, order.subject)["order"] == order.number
    assert hospital.calls("/lock") == 1


@pytest.mark.parametrize("how", [True, "cut"])
def test_hospital_down_the_same_key_goes_on_later(till: Any, hospital: Any, how: Any) -> None:
    hospital.down(how)
    with pytest.raises(PartnerError):
        till.open()
    assert not Order.objects.exists()
    hospital.down(False)
    order = till.open()
    assert his_bill(hospital, order.subject)["order"] == order.number
    assert Placement.objects.get().state == "opened"


# Giving up


def test_given_up_the_bill_is_free_again(till: Any, hospital: Any) -> None:
    order = till.open()
    released = errands.release("V1:pay#1")
    assert released is not None and released.state == "released"
    assert Order.objects.get(number=order.number).state == "closed"
    assert his_bill(hospital, order.subject)["state"] == "open"
    assert bill_of(till.patient).state == "open"
    hospital.drain()
    errands.release("V1:pay#1")
    assert hospital.calls("/unlock") == 1
    assert till.open("V1:pay#2").amount == TOTAL


def test_a_key_nobody_knows_releases_nothing(till: Any) -> None:
    assert errands.release("V1:pay#9") is None


def test_closed_by_payments_alone_the_bill_is_unlocked(till: Any, hospital: Any) -> None:
    from payments.errands import close

    order = till.open()
    till.prepay(order)
    close(order.number, reason="expired")
    assert his_bill(hospital, order.subject)["state"] == "locked"
    hospital.drain()
    assert his_bill(hospital, order.subject)["state"] == "open"
    assert Placement.objects.get().reason == "expired"


def test_unlocking_waits_for_the_hospital(till: Any, hospital: Any, drain: Any) -> None:
    order = till.open()
    hospital.down()
    with pytest.raises(PartnerError):
        errands.release("V1:pay#1")
    drain()
    assert Placement.objects.get().state == "opened"
    hospital.down(False)
    due_again()
    drain()
    assert Placement.objects.get().state == "released"
    assert his_bill(hospital, order.subject)["state"] == "open"


def test_paid_first_wins_over_giving_up(till: Any, hospital: Any) -> None:
    order = till.open()
    till.sandbox.pay(till.prepay(order))
    kept = errands.release("V1:pay#1")
    assert kept is not None and kept.state == "opened"
    hospital.drain()
    assert Order.objects.get(number=order.number).state == "booked"
    assert len(told("ChargeSettled")) == 1


@pytest.mark.parametrize(
    ("act", "words", "event", "reason"),
    [
        ("change_bill", {"amount_fen": 5000, "force": True}, "BillChanged", "bill_changed"),
        ("withdraw_bill", {"force": True}, "BillWithdrawn", "bill_withdrawn"),
        ("settle_bill", {"force": True}, "BillSettledElsewhere", "bill_settled"),
    ],
)
def test_what_the_hospital_does_to_the_bill_closes_our_order(
    till: Any, hospital: Any, act: str, words: dict[str, Any], event: str, reason: str
) -> None:
    order = till.open()
    till.prepay(order)
    hospital.act(act, number=order.subject, **words)
    hospital.news()
    hospital.news()
    assert Order.objects.get(number=order.number).state == "closed"
    assert told("OrderClosed")[0]["reason"] == reason
    assert Placement.objects.get().state == "released"
    assert len(told(event)) == 1
    assert hospital.ledger() == [] or act == "settle_bill"


def test_a_change_is_told_only_after_our_order_is_closed(till: Any, hospital: Any) -> None:
    """The channel does not answer: nobody hears of the change while she could still pay the old sum."""
    order = till.open()
    till.prepay(order)
    hospital.act("change_bill", number=order.subject, amount_fen=5000, force=True)
    hospital.sandbox.fault("wechat", "down")
    hospital.news()
    assert told("BillChanged") == []
    assert bill_of(till.patient).total == 5000
    hospital.sandbox.fault("wechat", "down", False)
    Order.objects.update(ask_at=clock.now() - timedelta(seconds=1))
    from payments.errands import sweep

    sweep()
    hospital.drain()
    assert Order.objects.get(number=order.number).state == "closed"
    assert len(told("BillChanged")) == 1
