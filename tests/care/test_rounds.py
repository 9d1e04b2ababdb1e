"""The round that finds what news hid, and what it leaves alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from care_news import told

from care import rounds, tasks
from care.charges import actions as charges
from care.charges import queries
from care.models import Appointment, Arrival, Placement
from core import clock

NOW = timedelta(0)


def test_a_check_in_that_news_hid(wang: Any, hospital: Any) -> None:
    hospital.act("check_in", appointment=wang.appointment, means="desk")
    assert rounds.heal(NOW) == 1
    assert [row["number"] for row in told("CheckedIn")] == ["A004"]
    hospital.news()
    assert len(told("CheckedIn")) == 1


def test_a_whole_visit_that_news_hid_is_told_in_its_order(wang: Any, hospital: Any) -> None:
    from core.models import Published

    hospital.act("check_in", appointment=wang.appointment)
    hospital.act("finish", appointment=wang.appointment)
    rounds.heal(NOW)
    names = list(
        Published.objects.filter(name__in=["CheckedIn", "Called", "BillIssued", "Seen"]).order_by("pk").values_list("name", flat=True)
    )
    assert names == ["CheckedIn", "Called", "BillIssued", "Seen"]
    assert told("Seen")[0]["next_step"] == "bill"
    hospital.news()
    assert [len(told(name)) for name in names] == [1, 1, 1, 1]


def test_missed_and_withdrawn_that_news_hid(wang: Any, bind: Any, hospital: Any, drain: Any) -> None:
    li = bind("li")
    drain()
    hospital.act("miss", appointment=wang.appointment)
    hospital.act("cancel_appointment", number=li.appointment)
    assert rounds.heal(NOW) == 2
    assert told("Missed") == [{"appointment": wang.appointment}]
    assert told("AppointmentWithdrawn") == [{"appointment": li.appointment}]


def test_news_on_its_way_is_given_time(wang: Any, hospital: Any) -> None:
    hospital.act("check_in", appointment=wang.appointment)
    assert tasks.heal() == 0
    assert told("CheckedIn") == []


def test_who_binds_her_card_late_finds_her_day_as_it_stands(bind: Any, hospital: Any, drain: Any) -> None:
    appointment = hospital.sandbox.cast["wang"]["appointment"]
    hospital.act("check_in", appointment=appointment, means="desk")
    hospital.act("call", appointment=appointment)
    hospital.news()
    bind("wang")
    drain()
    assert len(told("AppointmentMade")) == len(told("CheckedIn")) == len(told("Called")) == 1
    assert Appointment.objects.get().state == "checked_in"


def test_an_attempt_nobody_asked_about_again(wang: Any, hospital: Any) -> None:
    from care.checkin import actions
    from care.queries import appointment

    arrival = actions.claim(appointment(wang.appointment), key="lost-0001", means="gps")
    actions.note(arrival, state=Arrival.State.UNCLEAR)
    rounds.heal(NOW)
    assert Arrival.objects.get().reason == "never_arrived"
    other = actions.claim(appointment(wang.appointment), key="lost-0002", means="gps")
    actions.note(other, state=Arrival.State.UNCLEAR)
    hospital.act("check_in", appointment=wang.appointment)
    rounds.heal(NOW)
    assert Arrival.objects.get(key="lost-0002").state == "recorded"
    assert told("CheckedIn")[0]["means"] == "gps"


def test_a_claim_that_never_became_an_order_is_given_back(till: Any, hospital: Any) -> None:
    from core.money import Fen
    from his import his

    charge = queries.due(till.patient.appointment)[0]
    placement = charges.claim(charge, key="V1:pay#1")
    his().lock(charge.bill, request_no=f"{placement.reference}-lock", order=placement.reference, amount_fen=Fen(charge.total))
    rounds.heal(NOW)
    assert Placement.objects.get().state == "claimed"
    Placement.objects.update(at=clock.now() - timedelta(minutes=6))
    rounds.heal(NOW)
    assert Placement.objects.get().state == "released"
    assert hospital.sandbox.books("his")["bills"][0]["state"] == "open"


def test_cut_off_between_opening_and_writing_it_down(till: Any, hospital: Any) -> None:
    """The order stands at payments, the claim does not know: giving up closes it all the same."""
    from care.charges import errands
    from payments.models import Order

    order = till.open()
    Placement.objects.update(state="claimed", order="", at=clock.now() - timedelta(minutes=6))
    assert till.open().number == order.number
    Placement.objects.update(state="claimed", order="")
    errands.release("V1:pay#1")
    assert Order.objects.get().state == "closed"
    assert Placement.objects.get().state == "released"


def test_a_silent_hospital_ends_the_round_and_nothing_changes(wang: Any, hospital: Any) -> None:
    hospital.down()
    assert rounds.heal(NOW) == 0
    assert Appointment.objects.get().state == "booked"


def test_one_visit_the_hospital_does_not_know_does_not_stop_the_others(wang: Any, hospital: Any) -> None:
    row = Appointment.objects.get()
    row.pk, row.his_id, row.read_at = None, "A-gone", row.read_at - timedelta(hours=1)
    row.save()
    hospital.act("check_in", appointment=wang.appointment)
    rounds.heal(NOW)
    assert len(told("CheckedIn")) == 1
