"""One day in the sandbox hospital: check-in, queue, doctor, pharmacy, counter; and the feed that tells of it in order."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest


def types(events: list[dict[str, Any]], appointment: str) -> list[str]:
    return [event["type"] for event in events if event["appointment"] == appointment]


def tomorrow() -> str:
    return (datetime.now(timezone(timedelta(hours=8))) + timedelta(days=1)).date().isoformat()


def test_checking_in_twice_gives_the_same_ticket(his: Any, visit: str) -> None:
    assert his.get(f"/appointments/{visit}/ticket").json()["code"] == "no_ticket"
    first = his.change(f"/appointments/{visit}/check-in", means="gps").json()
    again = his.change(f"/appointments/{visit}/check-in", means="kiosk").json()
    assert set(first) == {"appointment", "number", "ahead", "state", "room", "minutes_low", "minutes_high", "as_of"}
    assert (first["number"], first["ahead"], first["state"]) == (again["number"], 3, "waiting")
    assert his.get(f"/appointments/{visit}").json()["state"] == "checked_in"


def test_a_request_no_gives_the_first_answer_again(his: Any, sandbox: Any, visit: str) -> None:
    path = f"/appointments/{visit}/check-in"
    first = his.post(path, request_no="r-1", means="gps")
    sandbox.his_act("call", appointment=visit)
    again = his.post(path, request_no="r-1", means="gps")
    assert again.json() == first.json()
    other = his.post(path, request_no="r-1", means="kiosk")
    assert (other.status_code, other.json()["code"]) == (409, "request_no_reused")


def test_checking_in_is_refused_when_it_cannot_be(his: Any, sandbox: Any, visit: str) -> None:
    path = f"/appointments/{visit}/check-in"
    sandbox.his_act("stop_clinic", doctor="D11")
    assert his.change(path, means="gps").json()["code"] == "clinic_stopped"
    sandbox.his_act("stop_clinic", doctor="D11", stopped=False)
    assert his.change(path, means="gps").status_code == 200
    sandbox.his_act("finish", appointment=visit)
    assert his.change(path, means="gps").json()["code"] == "already_seen"
    cancelled = sandbox.cast["li"]["appointment"]
    sandbox.his_act("cancel_appointment", number=cancelled)
    assert his.change(f"/appointments/{cancelled}/check-in", means="gps").json()["code"] == "cancelled"


def test_withdrawing_a_check_in_gives_the_place_up(his: Any, visit: str) -> None:
    first = his.change(f"/appointments/{visit}/check-in", means="gps").json()
    assert his.change(f"/appointments/{visit}/withdraw").json()["state"] == "booked"
    assert his.get(f"/appointments/{visit}/ticket").status_code == 404
    assert his.change(f"/appointments/{visit}/check-in", means="gps").json()["number"] != first["number"]


def test_the_clock_moves_the_queue_to_the_doctor_and_the_pharmacy(his: Any, sandbox: Any, visit: str) -> None:
    his.change(f"/appointments/{visit}/check-in", means="gps")
    seen = []
    for _ in range(4):
        sandbox.clock(ticks=1)
        ticket = his.get(f"/appointments/{visit}/ticket").json()
        seen.append((ticket["state"], ticket["ahead"]))
    assert seen == [("waiting", 2), ("waiting", 1), ("waiting", 0), ("called", 0)]
    sandbox.clock(ticks=4)
    bills = his.get(f"/bills?appointment={visit}").json()["bills"]
    assert [bill["state"] for bill in bills] == ["open"]
    sandbox.his_act("settle_bill", number=bills[0]["id"])
    sandbox.clock(ticks=1)
    assert his.get(f"/appointments/{visit}/dispensing").json()["state"] == "ready"


def test_a_whole_visit_is_told_in_the_order_of_the_contract(his: Any, sandbox: Any, visit: str) -> None:
    his.change(f"/appointments/{visit}/check-in", means="gps")
    sandbox.his_act("call", appointment=visit)
    bill = sandbox.his_act("finish", appointment=visit)["id"]
    sandbox.his_act("withdraw_bill", number=bill)
    bill = sandbox.his_act("issue_bill", appointment=visit)["id"]
    sandbox.his_act("settle_bill", number=bill)
    sandbox.his_act("ready", appointment=visit)
    sandbox.his_act("dispense", appointment=visit)
    events = [event for event in sandbox.events() if event["appointment"] == visit]
    assert [event["type"] for event in events] == [
        "appointment.made", "checkin.recorded", "queue.moved", "queue.moved", "queue.moved", "queue.moved", "queue.called", "visit.seen",
        "bill.issued", "bill.withdrawn", "bill.issued", "bill.settled", "drug.ready", "drug.dispensed",
    ]  # fmt: skip
    data = {event["type"]: event["data"] for event in events}
    assert [event["data"]["ahead"] for event in events if event["type"] == "queue.moved"] == [3, 2, 1, 0]
    assert data["checkin.recorded"]["means"] == "gps"
    assert data["visit.seen"] == {"next_step": "bill"}
    assert data["bill.settled"] == {"by": "counter", "order": None}
    assert data["drug.ready"] == {"window": "西药房 6 号窗"}
    assert all(set(event) == {"id", "seq", "type", "at", "campus", "patient", "appointment", "bill", "data"} for event in events)


def test_nothing_to_pay_is_an_event_of_its_own(his: Any, sandbox: Any) -> None:
    visit = sandbox.cast["zhou"]["appointment"]
    his.change(f"/appointments/{visit}/check-in", means="gps")
    sandbox.his_act("finish", appointment=visit)
    assert types(sandbox.events(), visit)[-2:] == ["visit.seen", "bill.none"]
    assert his.get(f"/appointments/{visit}/dispensing").json()["code"] == "no_prescription"


def test_passed_over_and_back_in_line(his: Any, sandbox: Any, visit: str) -> None:
    his.change(f"/appointments/{visit}/check-in", means="gps")
    sandbox.his_act("call", appointment=visit)
    assert sandbox.his_act("pass", appointment=visit)["state"] == "passed"
    assert sandbox.his_act("rejoin", appointment=visit)["state"] == "waiting"
    assert "queue.passed" in types(sandbox.events(), visit)


def test_a_day_that_ends_without_the_patient(sandbox: Any, visit: str) -> None:
    sandbox.his_act("miss", appointment=visit)
    assert types(sandbox.events(), visit)[-1] == "visit.missed"


def test_the_feed_pages_and_never_changes(his: Any, sandbox: Any) -> None:
    first = his.get("/events?after=0&limit=2").json()
    assert len(first["events"]) == 2
    assert first["last"] == first["events"][-1]["seq"]
    assert his.get("/events?after=0&limit=2").json() == first
    assert his.get(f"/events?after={sandbox.last_event}").json() == {"events": [], "last": sandbox.last_event}
    assert sandbox.cast["wang"]["name"] not in his.get("/events?after=0").text


def test_the_counter_sells_the_last_place(his: Any, sandbox: Any) -> None:
    slot = his.get(f"/schedules?department=K2&date={tomorrow()}").json()["slots"][0]
    sandbox.his_act("leave_places", slot=slot["id"], places=1)
    sold = sandbox.his_act("sell", patient="li", slot=slot["id"])
    late = his.change("/appointments", patient=sandbox.cast["wang"]["patient"], slot=slot["id"], kind="first")
    assert (late.status_code, late.json()["code"]) == (409, "slot_taken")
    assert his.get(f"/schedules?department=K2&date={tomorrow()}").json()["slots"][0]["left"] == 0
    assert sandbox.events()[-1]["appointment"] == sold["id"]
    sandbox.his_act("cancel_appointment", number=sold["id"])
    assert his.get(f"/schedules?department=K2&date={tomorrow()}").json()["slots"][0]["left"] == 1


def test_of_many_who_want_the_last_place_one_gets_it(his: Any, sandbox: Any) -> None:
    slot = his.get(f"/schedules?department=K3&date={tomorrow()}").json()["slots"][0]["id"]
    sandbox.his_act("leave_places", slot=slot, places=1)
    patient = sandbox.cast["wang"]["patient"]
    with ThreadPoolExecutor(6) as many:
        answers = list(many.map(lambda _: his.change("/appointments", patient=patient, slot=slot, kind="first"), range(6)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409, 409]


def test_unknown_slots_and_patients(his: Any, sandbox: Any) -> None:
    patient = sandbox.cast["wang"]["patient"]
    for slot in ("S-D11-2020-01-01-am", "S-D99-2020-01-01-am", "nonsense"):
        assert his.change("/appointments", patient=patient, slot=slot, kind="first").json()["code"] == "slot_unknown"
    slot = his.get(f"/schedules?department=K1&date={tomorrow()}").json()["slots"][0]["id"]
    assert his.change("/appointments", patient="P9999", slot=slot, kind="first").json()["code"] == "patient_unknown"
    assert his.change("/appointments", patient=patient, slot=slot, kind="often").json()["code"] == "malformed"


def test_fresh_books_forget_everything_but_the_numbers(sandbox: Any, visit: str) -> None:
    sandbox.his_act("check_in", appointment=visit)
    sandbox.fault("his", "slow", 0.01)
    last = sandbox.last_event
    sandbox.fresh()
    assert sandbox.cast["wang"]["appointment"] > visit
    assert sandbox.books("his")["bills"] == []
    assert sandbox.get("his", "faults")["on"] == {}
    assert min(event["seq"] for event in sandbox.events()) > last


@pytest.mark.parametrize("action", ["dance", ""])
def test_the_control_api_names_what_it_does_not_know(sandbox: Any, action: str) -> None:
    with pytest.raises(AssertionError, match="act_unknown"):
        sandbox.his_act(action)
    with pytest.raises(AssertionError, match="malformed"):
        sandbox.his_act("call", patient=secrets.token_hex(2))
