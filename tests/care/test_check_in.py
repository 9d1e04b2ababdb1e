"""A patient says that she is here: by phone, at the desk, twice, too far, while HIS is down or keeps silent."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest
from care_news import due_again, here, say, told

from care.appointments import errands as appointments
from care.checkin import errands
from care.checkin.errors import (
    AlreadySeen,
    CheckInUnclear,
    CheckInWaits,
    ClinicStopped,
    PositionUnusable,
    TooEarly,
    TooFar,
    TooLate,
    VisitCancelled,
)
from care.errors import AppointmentNotFound
from care.models import Appointment, Arrival, Ticket
from care.queries import appointment
from core import clock


def tap(patient: Any, *, key: str = "tap-00000001", **position: Any) -> Ticket:
    return errands.take_number(patient.appointment, key=key, means="gps", position=here(patient.appointment, **position))


def refused(patient: Any, kind: type[Exception], **position: Any) -> Any:
    with pytest.raises(kind) as problem:
        tap(patient, **position)
    assert not Ticket.objects.exists()
    assert told("CheckedIn") == []
    assert appointment(patient.appointment).state == "booked"
    return problem.value


def test_she_checks_in_by_phone_and_gets_her_number(wang: Any, hospital: Any) -> None:
    ticket = tap(wang, metres_north=250)
    assert (ticket.number, ticket.ahead, ticket.state, ticket.means) == ("A004", 3, "waiting", "gps")
    assert appointment(wang.appointment).state == "checked_in"
    assert told("CheckedIn") == [{"appointment": wang.appointment, "number": "A004", "means": "gps", "minutes_early": 0}]
    hospital.news()
    assert len(told("CheckedIn")) == 1
    assert Arrival.objects.get().state == "recorded"


def test_two_taps_give_one_number_and_one_request(wang: Any, hospital: Any) -> None:
    first, again, other = tap(wang), tap(wang), tap(wang, key="tap-00000002")
    assert first.number == again.number == other.number
    assert hospital.calls("/check-in") == 1
    assert len(told("CheckedIn")) == 1


def test_at_the_desk_no_position_is_asked(wang: Any) -> None:
    assert errands.take_number(wang.appointment, key="desk-0000001", means="desk").means == "desk"


def test_checked_in_at_the_counter_is_heard_and_the_phone_gets_the_same_number(wang: Any, hospital: Any) -> None:
    hospital.act("check_in", appointment=wang.appointment, means="kiosk")
    hospital.news()
    ticket = tap(wang, metres_north=9000)
    assert ticket.means == "kiosk"
    assert told("CheckedIn", means="kiosk") == told("CheckedIn")
    assert len(told("CheckedIn")) == 1
    assert hospital.calls("/check-in") == 0


def test_how_early_she_is_goes_along(wang: Any, hospital: Any) -> None:
    hospital.act("shift", appointment=wang.appointment, minutes=61)
    appointments.refresh(wang.appointment)
    tap(wang)
    assert told("CheckedIn")[0]["minutes_early"] == 60


def test_too_far(wang: Any, hospital: Any) -> None:
    problem = refused(wang, TooFar, metres_north=1200)
    assert problem.facts["distance"] in (1200, 1201)
    assert problem.facts["limit"] == 300
    assert problem.as_problem()["title"] == f"您离院区还有 {problem.facts['distance']} 米"
    assert hospital.calls("/check-in") == 0
    assert not Arrival.objects.exists()


@pytest.mark.parametrize(
    ("position", "reason"),
    [
        ({"accuracy": 201}, "inaccurate"),
        ({"at": timedelta(seconds=-61)}, "old"),
        ({"at": timedelta(seconds=30)}, "future"),
    ],
)
def test_a_position_that_proves_nothing(wang: Any, hospital: Any, position: dict[str, Any], reason: str) -> None:
    if "at" in position:
        position = {"at": clock.now() + position["at"]}
    assert refused(wang, PositionUnusable, **position).facts == {"reason": reason}
    assert hospital.calls("/check-in") == 0


def test_the_limit_of_accuracy_is_a_setting(wang: Any, settings: Any) -> None:
    settings.CHECK_IN_ACCURACY_METRES = 50
    refused(wang, PositionUnusable, accuracy=51)
    assert tap(wang, accuracy=50).number == "A004"


def test_no_position(wang: Any) -> None:
    with pytest.raises(PositionUnusable):
        errands.take_number(wang.appointment, key="tap-00000001", means="gps", position=None)


def test_each_campus_has_its_own_fence(bind: Any, hospital: Any, drain: Any) -> None:
    zhou = bind("zhou")
    drain()
    assert tap(zhou, metres_north=450).number
    assert appointment(zhou.appointment).campus_id == "C2"


@pytest.mark.parametrize(("minutes", "kind"), [(260, TooEarly), (-250, TooLate)])
def test_outside_the_window(wang: Any, hospital: Any, minutes: int, kind: type[Exception]) -> None:
    moment = clock.now() + timedelta(minutes=minutes)
    Appointment.objects.filter(his_id=wang.appointment).update(starts=moment, ends=moment + timedelta(hours=4))
    refused(wang, kind)
    assert hospital.calls("/check-in") == 0


def test_an_appointment_nobody_knows(hospital: Any) -> None:
    with pytest.raises(AppointmentNotFound):
        errands.take_number("A-none", key="tap-00000001", means="desk")


def test_cancelled_meanwhile(wang: Any, hospital: Any) -> None:
    hospital.act("cancel_appointment", number=wang.appointment)
    refused(wang, VisitCancelled)
    assert Arrival.objects.get().reason == "cancelled"


def test_clinic_stopped_and_open_again(wang: Any, hospital: Any) -> None:
    hospital.act("stop_clinic", doctor="D11")
    refused(wang, ClinicStopped)
    hospital.act("stop_clinic", doctor="D11", stopped=False)
    assert tap(wang).number == "A004"


def test_seen_already(arrived: Any, hospital: Any) -> None:
    Ticket.objects.all().delete()
    hospital.act("finish", appointment=arrived.appointment)
    with pytest.raises(AlreadySeen):
        tap(arrived)


@pytest.mark.parametrize("how", [True, "cut"])
def test_hospital_down_tells_her_what_to_do_and_loses_nothing(wang: Any, hospital: Any, how: Any) -> None:
    hospital.down(how)
    with pytest.raises((CheckInWaits, CheckInUnclear)) as problem:
        tap(wang)
    words = problem.value.as_problem()
    assert words["status"] == 503
    assert "导诊台" in words["remedy"]
    assert appointment(wang.appointment).state == "booked"
    hospital.down(False)
    assert tap(wang).number == "A004"
    assert Arrival.objects.get().state == "recorded"


def test_hospital_unreachable(wang: Any, hospital: Any, settings: Any) -> None:
    """Nothing listens there: nothing was sent."""
    options = settings.HIS["default"]["OPTIONS"]
    settings.HIS = {"default": {**settings.HIS["default"], "OPTIONS": {**options, "url": "http://127.0.0.1:9"}}}
    problem = refused(wang, CheckInWaits)
    assert problem.as_problem()["title"] == "医院系统暂时连不上，还没有报到"


def test_silent_after_commit_is_asked_about_and_not_repeated(wang: Any, hospital: Any) -> None:
    hospital.sandbox.fault("his", "silent", "check-in")
    assert tap(wang).number == "A004"
    assert hospital.calls("/check-in") == 1
    assert len(told("CheckedIn")) == 1


def test_silent_and_then_down_is_asked_at_the_next_tap(wang: Any, hospital: Any) -> None:
    """She checked in, nobody could say so; the next tap finds her number and takes no second one."""
    hospital.down()
    with pytest.raises(CheckInUnclear):
        tap(wang)
    assert Arrival.objects.get().state == "unclear"
    hospital.down(False)
    hospital.act("check_in", appointment=wang.appointment)
    before = hospital.calls("/check-in")
    assert tap(wang, key="tap-00000002").number == "A004"
    assert hospital.calls("/check-in") == before
    assert set(Arrival.objects.values_list("state", flat=True)) == {"recorded"}


def test_while_nobody_can_be_asked_nothing_is_sent_again(wang: Any, hospital: Any) -> None:
    hospital.down()
    with pytest.raises(CheckInUnclear):
        tap(wang)
    before = hospital.calls("/check-in")
    with pytest.raises(CheckInUnclear):
        tap(wang, key="tap-00000002")
    assert hospital.calls("/check-in") == before


def test_the_news_may_come_before_its_answer_is_written_and_again_later(wang: Any, hospital: Any) -> None:
    hospital.act("check_in", appointment=wang.appointment, means="gps")
    hospital.news()
    say("checkin.recorded", wang, means="desk", number="A009")
    say("appointment.made", wang, at=clock.now() - timedelta(hours=2))
    hospital.news()
    assert told("CheckedIn", means="gps") == told("CheckedIn")
    assert len(told("CheckedIn")) == 1


def test_news_while_the_hospital_is_down_is_told_later(wang: Any, hospital: Any, drain: Any) -> None:
    hospital.act("check_in", appointment=wang.appointment)
    say("checkin.recorded", wang, means="desk")
    hospital.down()
    drain()
    assert told("CheckedIn") == []
    hospital.down(False)
    due_again()
    drain()
    assert len(told("CheckedIn")) == 1


def test_given_back_the_number_is_void_and_a_new_one_can_be_taken(arrived: Any, hospital: Any) -> None:
    errands.withdraw(arrived.appointment, key="undo-1")
    errands.withdraw(arrived.appointment, key="undo-1")
    assert appointment(arrived.appointment).state == "booked"
    assert Ticket.objects.get().state == "void"
    again = errands.take_number(arrived.appointment, key="arrived-1", position=here(arrived.appointment))
    assert again.state == "waiting"
    assert [row["number"] for row in told("CheckedIn")] == ["A004", again.number]


def test_after_she_was_seen_her_number_cannot_be_given_back(arrived: Any, hospital: Any) -> None:
    hospital.act("finish", appointment=arrived.appointment)
    with pytest.raises(AlreadySeen):
        errands.withdraw(arrived.appointment, key="undo-1")


def test_nothing_of_her_position_is_kept_anywhere(wang: Any, hospital: Any, caplog: Any) -> None:
    """Neither her reading nor her distance stands in a table or a log, whether she was near enough or not."""
    from django.db import connection

    caplog.set_level(logging.DEBUG)
    marks = ("113.2817", "23.1311", "14.25", "23.1911")
    position = errands.Position(113.28171234, 23.13111234, 14.25, clock.now())
    far = errands.Position(113.28171234, 23.19111234, 14.25, clock.now())
    with pytest.raises(TooFar) as refusal:
        errands.take_number(wang.appointment, key="tap-00000001", means="gps", position=far)
    errands.take_number(wang.appointment, key="tap-00000002", means="gps", position=position)
    hospital.news()
    marks = (*marks, f"={refusal.value.facts['distance']}")
    assert not [mark for mark in marks if mark in caplog.text]
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'select t::text from "{table}" t')
            rows = "\n".join(str(row[0]) for row in cursor.fetchall())
            assert not [mark for mark in marks if mark in rows], table
