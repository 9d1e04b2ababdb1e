"""What care does with the news of HIS, of payments and of a card newly bound. Called twice, or out of order, it ends the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from care import rounds
from care.appointments import actions as appointments
from care.appointments import errands as appointment_errands
from care.charges import actions as charges
from care.charges import errands as charge_errands
from care.checkin import errands as checkin
from care.models import Ticket
from care.pharmacy import errands as pharmacy
from care.queries import is_known, patient_of
from care.queueing import errands as queueing
from core import outbox
from his.events import HisReported
from patients import queries as patients
from patients.events import CardBound
from payments.events import OrderBooked, OrderClosed, OrderPaid


@dataclass(frozen=True)
class Report:
    """An event of HIS with its times and facts read."""

    appointment: str
    bill: str
    at: datetime
    data: dict[str, Any]

    def text(self, name: str) -> str:
        value = self.data.get(name)
        return value if isinstance(value, str) else ""


def read_appointment(report: Report) -> None:
    appointment_errands.refresh(report.appointment)


def arrived(report: Report) -> None:
    checkin.hear(report.appointment, means=report.text("means") or "desk", at=report.at)


def moved(report: Report) -> None:
    ahead = report.data.get("ahead")
    if isinstance(ahead, int):
        queueing.hear_move(report.appointment, ahead=max(0, ahead), at=report.at)


def turn(state: str) -> Callable[[Report], None]:
    def told(report: Report) -> None:
        queueing.hear_turn(report.appointment, state=state, room=report.text("room"), at=report.at)

    return told


def seen(report: Report) -> None:
    appointments.record_seen(report.appointment, next_step=report.text("next_step"))


def missed(report: Report) -> None:
    appointments.record_missed(report.appointment)


def read_bill(report: Report) -> None:
    if report.bill:
        charge_errands.refresh_bill(report.bill)
    else:
        charge_errands.refresh(report.appointment)


def nothing_to_pay(report: Report) -> None:
    charges.record_none(report.appointment)


def read_medicine(report: Report) -> None:
    pharmacy.refresh(report.appointment)


REACTIONS: dict[str, Callable[[Report], None]] = {
    "appointment.made": read_appointment,
    "appointment.cancelled": read_appointment,
    "checkin.recorded": arrived,
    "queue.moved": moved,
    "queue.called": turn(Ticket.State.CALLED),
    "queue.passed": turn(Ticket.State.PASSED),
    "visit.seen": seen,
    "visit.missed": missed,
    "bill.issued": read_bill,
    "bill.changed": read_bill,
    "bill.withdrawn": read_bill,
    "bill.settled": read_bill,
    "bill.none": nothing_to_pay,
    "drug.ready": read_medicine,
    "drug.dispensed": read_medicine,
}


@outbox.subscriber(HisReported, name="care.hear")
def hear(event: HisReported) -> None:
    """Only visits of patients who bound their card here concern us; of others nothing is kept."""
    reaction = REACTIONS.get(event.type)
    if reaction is None or not concerns_us(event):
        return
    data = json.loads(event.data or "{}")
    reaction(Report(event.appointment_id, event.bill_id, datetime.fromisoformat(event.at), data if isinstance(data, dict) else {}))


def concerns_us(event: HisReported) -> bool:
    """The appointment is asked for when its own news has not come yet."""
    if not event.appointment_id:
        return False
    if is_known(event.appointment_id):
        return True
    return bool(event.patient_id and patient_of(event.patient_id) and appointment_errands.refresh(event.appointment_id))


@outbox.subscriber(CardBound, name="care.welcome")
def welcome(event: CardBound) -> None:
    """What HIS told before she bound her card was not kept: her day is fetched as it stands."""
    for row in appointment_errands.fetch_today(patients.by_number(event.patient)):
        if row.reported != row.state:
            rounds.catch_up(row)


@outbox.subscriber(OrderPaid, name="care.book")
def book(event: OrderPaid) -> None:
    if event.purpose == charge_errands.PURPOSE:
        charge_errands.book(event)


@outbox.subscriber(OrderBooked, name="care.tell_settled")
def tell_settled(event: OrderBooked) -> None:
    if event.purpose == charge_errands.PURPOSE:
        charges.tell_settled(event.key)


@outbox.subscriber(OrderClosed, name="care.give_back")
def give_back(event: OrderClosed) -> None:
    if event.purpose == charge_errands.PURPOSE:
        charge_errands.give_back(event.key, reason=event.reason)
