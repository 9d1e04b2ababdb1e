"""The queue: how many are ahead, called, passed; twice, late and out of order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from care_news import say, told

from care.models import Ticket
from care.queueing import errands, queries
from core import clock


def ticket(patient: Any) -> Ticket:
    found = queries.ticket(patient.appointment)
    assert found is not None
    return found


def test_the_queue_moves_and_she_is_called(arrived: Any, hospital: Any) -> None:
    hospital.act("call_next", doctor="D11")
    hospital.news()
    assert (ticket(arrived).ahead, ticket(arrived).state) == (2, "waiting")
    hospital.act("call", appointment=arrived.appointment)
    hospital.news()
    assert [row["ahead"] for row in told("QueueMoved")][-2:] == [1, 0]
    assert (ticket(arrived).state, ticket(arrived).room) == ("called", "A3 诊室")
    called = told("Called")
    assert len(called) == 1
    assert (called[0]["room"], called[0]["turn"]) == ("A3 诊室", f"{arrived.appointment}-1")
    assert called[0]["minutes_waited"] == 0


def test_called_twice_is_told_once(arrived: Any, hospital: Any) -> None:
    hospital.act("call", appointment=arrived.appointment)
    hospital.news()
    say("queue.called", arrived, room="A3 诊室")
    say("queue.called", arrived, room="A3 诊室", at=clock.now() - timedelta(minutes=1))
    hospital.news()
    errands.refresh(arrived.appointment)
    assert len(told("Called")) == 1


def test_an_older_move_never_overwrites_a_newer(arrived: Any, hospital: Any) -> None:
    now = clock.now()
    say("queue.moved", arrived, ahead=1, at=now + timedelta(seconds=20))
    say("queue.moved", arrived, ahead=2, at=now + timedelta(seconds=10))
    hospital.news()
    assert ticket(arrived).ahead == 1
    assert ticket(arrived).minutes_low is None


def test_a_move_after_the_call_does_not_send_her_back(arrived: Any, hospital: Any) -> None:
    now = clock.now()
    say("queue.called", arrived, room="A3 诊室", at=now + timedelta(seconds=20))
    say("queue.moved", arrived, ahead=1, at=now + timedelta(seconds=10))
    hospital.news()
    assert ticket(arrived).state == "called"


def test_within_one_second_the_ticket_is_asked(arrived: Any, hospital: Any) -> None:
    """HIS writes whole seconds: three ahead and one ahead at the same moment."""
    hospital.act("call_next", doctor="D11")
    hospital.act("call_next", doctor="D11")
    at = clock.now() + timedelta(seconds=30)
    say("queue.moved", arrived, ahead=1, at=at)
    say("queue.moved", arrived, ahead=2, at=at)
    hospital.drain()
    assert ticket(arrived).ahead == 1


def test_called_and_passed_in_one_second(arrived: Any, hospital: Any) -> None:
    hospital.act("call", appointment=arrived.appointment)
    hospital.act("pass", appointment=arrived.appointment)
    hospital.news()
    assert ticket(arrived).state == "passed"
    assert len(told("Called")) == len(told("Passed")) == 1


def test_passed_back_in_line_and_called_again(arrived: Any, hospital: Any) -> None:
    hospital.act("call", appointment=arrived.appointment)
    hospital.news()
    hospital.act("pass", appointment=arrived.appointment)
    hospital.news()
    hospital.act("rejoin", appointment=arrived.appointment)
    hospital.news()
    assert ticket(arrived).state == "waiting"
    say("queue.called", arrived, room="A3 诊室", at=clock.now() + timedelta(seconds=5))
    hospital.news()
    turns = [row["turn"] for row in told("Called") + told("Passed")]
    assert len(turns) == len(set(turns)) == 3


def test_a_call_that_comes_after_the_consultation_is_still_told(arrived: Any, hospital: Any) -> None:
    at = clock.now()
    say("visit.seen", arrived, next_step="none", at=at + timedelta(seconds=30))
    say("queue.called", arrived, room="A3 诊室", at=at + timedelta(seconds=10))
    hospital.drain()
    assert len(told("Called")) == len(told("Seen")) == 1


def test_an_older_pass_after_a_newer_call_is_not_told(arrived: Any, hospital: Any) -> None:
    at = clock.now()
    say("queue.called", arrived, room="A3 诊室", at=at + timedelta(seconds=30))
    say("queue.passed", arrived, at=at + timedelta(seconds=10))
    hospital.drain()
    assert told("Passed") == []
    assert ticket(arrived).state == "called"


def test_the_call_may_be_heard_before_the_check_in(wang: Any, hospital: Any) -> None:
    hospital.act("check_in", appointment=wang.appointment, means="desk")
    hospital.act("call", appointment=wang.appointment)
    say("queue.called", wang, room="A3 诊室")
    hospital.drain()
    assert len(told("Called")) == 1
    hospital.news()
    assert len(told("Called")) == len(told("CheckedIn")) == 1
    assert told("CheckedIn")[0]["means"] == "desk"
    assert ticket(wang).state == "called"


def test_read_when_stale_and_old_but_honest_when_the_hospital_is_silent(arrived: Any, hospital: Any) -> None:
    hospital.act("call_next", doctor="D11")
    fresh = errands.current(arrived.appointment)
    assert fresh is not None and fresh.ahead == 3
    read = errands.current(arrived.appointment, fresh=timedelta(0))
    assert read is not None and (read.ahead, read.minutes_low, read.minutes_high) == (2, 8, 16)
    hospital.down()
    old = errands.current(arrived.appointment, fresh=timedelta(0))
    assert old is not None and (old.ahead, old.as_of) == (2, read.as_of)


def test_of_two_readings_the_later_stays(arrived: Any, hospital: Any) -> None:
    from care.queueing import actions
    from his import his

    left = clock.now()
    early = his().ticket(arrived.appointment)
    assert early is not None
    hospital.act("call_next", doctor="D11")
    errands.refresh(arrived.appointment)
    actions.record_ticket(early, read_at=left)
    assert ticket(arrived).ahead == 2


def test_no_ticket_before_check_in(wang: Any) -> None:
    assert queries.ticket(wang.appointment) is None
    assert errands.current(wang.appointment) is None
    assert errands.refresh(wang.appointment) is None
