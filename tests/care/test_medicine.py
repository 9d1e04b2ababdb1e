"""Medicine: preparing, ready, collected; twice, late, out of order."""

from __future__ import annotations

from typing import Any

from care_news import due_again, say, told

from care.pharmacy import errands, queries


def paid_at_counter(patient: Any, hospital: Any) -> None:
    bill = hospital.sandbox.books("his")["bills"][0]["id"]
    hospital.act("settle_bill", number=bill)
    hospital.news()


def test_ready_then_collected(billed: Any, hospital: Any) -> None:
    paid_at_counter(billed, hospital)
    hospital.act("ready", appointment=billed.appointment)
    hospital.news()
    found = queries.dispensing(billed.appointment)
    assert found is not None and (found.state, found.window) == ("ready", "西药房 6 号窗")
    assert told("MedicineReady") == [{"appointment": billed.appointment, "window": "西药房 6 号窗"}]
    hospital.act("dispense", appointment=billed.appointment)
    hospital.news()
    assert told("MedicineCollected") == [{"appointment": billed.appointment, "lines": len(found.lines)}]
    assert len(found.lines) > 0


def test_late_and_twice_it_is_told_once(billed: Any, hospital: Any) -> None:
    paid_at_counter(billed, hospital)
    hospital.act("ready", appointment=billed.appointment)
    hospital.act("dispense", appointment=billed.appointment)
    say("drug.dispensed", billed)
    say("drug.ready", billed, window="西药房 6 号窗")
    hospital.drain()
    hospital.news()
    assert len(told("MedicineCollected")) == 1
    assert told("MedicineReady") == []
    found = queries.dispensing(billed.appointment)
    assert found is not None and found.state == "collected"


def test_nothing_prescribed(arrived: Any, hospital: Any) -> None:
    say("drug.ready", arrived, window="1")
    hospital.drain()
    assert errands.refresh(arrived.appointment) is None
    assert told("MedicineReady") == []


def test_hospital_down_is_heard_later(billed: Any, hospital: Any, drain: Any) -> None:
    paid_at_counter(billed, hospital)
    hospital.act("ready", appointment=billed.appointment)
    say("drug.ready", billed)
    hospital.down()
    drain()
    assert told("MedicineReady") == []
    hospital.down(False)
    due_again()
    drain()
    assert len(told("MedicineReady")) == 1


def test_collected_stays_collected_whatever_is_said_later(billed: Any) -> None:
    from care.pharmacy import actions
    from core import clock
    from his import port

    for state in ("ready", "collected", "preparing", "ready", "collected", "something_new"):
        actions.record(port.Dispensing(billed.appointment, state, "西药房 6 号窗"), read_at=clock.now())
    found = queries.dispensing(billed.appointment)
    assert found is not None and found.state == "collected"
    assert len(told("MedicineReady")) == len(told("MedicineCollected")) == 1
