"""Places, and which appointments patients have: fetched, reported, withdrawn; twice and out of order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from care_news import due_again, say, told

from care.appointments import errands, queries
from care.models import Appointment, Campus, Department
from core import clock


def test_the_directory_is_read_once_and_again_without_change(hospital: Any) -> None:
    before = list(Department.objects.order_by("his_id").values())
    errands.sync_directory()
    assert Campus.objects.count() == 2
    assert Department.objects.filter(campus__his_id="C2").count() == 3
    assert list(Department.objects.order_by("his_id").values()) == before
    assert Campus.objects.get(his_id="C1").fence_metres == 300
    assert Department.objects.get(his_id="K1").place == "门诊楼 3 楼 A 区"


def test_binding_a_card_fetches_the_day(wang: Any) -> None:
    row = Appointment.objects.get(his_id=wang.appointment)
    assert (row.patient, row.campus_id, row.department_id, row.state) == (wang.row.number, "C1", "K1", "booked")
    assert row.kind == "first"
    assert told("AppointmentMade") == [{"appointment": wang.appointment}]


def test_fetching_twice_tells_once(wang: Any) -> None:
    assert [row.his_id for row in errands.fetch_today(wang.row)] == [wang.appointment]
    assert [row.his_id for row in errands.fetch_today(wang.row)] == [wang.appointment]
    assert len(told("AppointmentMade")) == 1


def test_of_a_stranger_nothing_is_kept(hospital: Any) -> None:
    hospital.act("check_in", appointment=hospital.sandbox.cast["li"]["appointment"])
    hospital.news()
    assert not Appointment.objects.exists()
    assert told("AppointmentMade") == told("CheckedIn") == []


def test_an_appointment_sold_at_the_counter_is_heard(bind: Any, hospital: Any, drain: Any) -> None:
    ma = bind("ma")
    drain()
    sold = hospital.act("sell_today", patient="ma", doctor="D51")
    hospital.news()
    assert told("AppointmentMade") == [{"appointment": sold["id"]}]
    assert queries.appointment(sold["id"]).campus_id == "C2"
    assert queries.today_of(ma.row.number)[0].his_id == sold["id"]


def test_withdrawn_at_the_hospital_is_told_once(wang: Any, hospital: Any) -> None:
    hospital.act("cancel_appointment", number=wang.appointment)
    hospital.news()
    say("appointment.cancelled", wang)
    say("appointment.made", wang, at=clock.now() - timedelta(hours=1))
    hospital.news()
    assert told("AppointmentWithdrawn") == [{"appointment": wang.appointment}]
    assert queries.appointment(wang.appointment).state == "cancelled"
    assert queries.today_of(wang.row.number) == []


def test_what_was_cancelled_before_anyone_knew_is_not_kept(bind: Any, hospital: Any, drain: Any) -> None:
    hospital.act("cancel_appointment", number=hospital.sandbox.cast["wang"]["appointment"])
    wang = bind("wang")
    drain()
    hospital.news()
    assert errands.fetch_today(wang.row) == []
    assert told("AppointmentMade") == []


def test_an_older_reading_changes_nothing(wang: Any, hospital: Any) -> None:
    """Two workers read; the one that left first writes last."""
    from care.appointments import actions
    from his import his

    left = clock.now()
    reading = his().appointment(wang.appointment)
    hospital.act("shift", appointment=wang.appointment, minutes=90)
    errands.refresh(wang.appointment)
    newer = queries.appointment(wang.appointment).starts
    actions.record(reading, patient=wang.row.number, read_at=left)
    assert queries.appointment(wang.appointment).starts == newer


def test_hospital_silent_while_the_news_comes_is_heard_later(bind: Any, hospital: Any, drain: Any) -> None:
    bind("wang")
    hospital.down()
    drain()
    assert not Appointment.objects.exists()
    hospital.down(False)
    due_again()
    drain()
    assert len(told("AppointmentMade")) == 1


def test_a_new_campus_is_asked_for(bind: Any, hospital: Any, drain: Any) -> None:
    Department.objects.all().delete()
    Campus.objects.all().delete()
    wang = bind("wang")
    drain()
    assert queries.appointment(wang.appointment).campus.name == "岭海医院本部"


def test_seen_with_what_comes_next_is_told_once(arrived: Any, hospital: Any) -> None:
    hospital.act("finish", appointment=arrived.appointment, next_step="none")
    hospital.news()
    say("visit.seen", arrived, next_step="bill")
    say("visit.missed", arrived)
    hospital.news()
    assert told("Seen") == [{"appointment": arrived.appointment, "next_step": "none"}]
    assert told("BillNone") == [{"appointment": arrived.appointment}]
    assert told("Missed") == []
    assert queries.appointment(arrived.appointment).state == "seen"


def test_missed_is_told_once_and_she_may_still_be_seen(wang: Any, hospital: Any) -> None:
    hospital.act("miss", appointment=wang.appointment)
    hospital.news()
    say("visit.missed", wang)
    say("visit.seen", wang, next_step="none")
    hospital.news()
    assert told("Missed") == [{"appointment": wang.appointment}]
    assert told("Seen") == [{"appointment": wang.appointment, "next_step": "none"}]
