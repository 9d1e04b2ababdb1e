"""The round through the house that looks for what news hid. It joins the alcoves; no alcove stands on it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import takewhile

from care.appointments import actions as appointments
from care.appointments import errands as appointment_errands
from care.appointments import queries as appointment_queries
from care.charges import errands as charge_errands
from care.charges import queries as charge_queries
from care.checkin import errands as checkin
from care.checkin import queries as checkin_queries
from care.models import Appointment, Placement
from care.pharmacy import errands as pharmacy
from care.queueing import errands as queueing
from core import clock
from core.errors import PartnerUnavailable, Problem
from payments import queries as orders
from payments.models import Order

log = logging.getLogger("care")

GRACE = timedelta(minutes=2)
"""News on its way gets this long before HIS is asked."""
ORDER_GRACE = timedelta(minutes=5)
AT_ONCE = 50
State = Appointment.State


def heal(grace: timedelta = GRACE) -> int:
    """Ask HIS about today's open visits, and push on what stands still. How many were looked at."""
    now = clock.now()
    visits = [row.his_id for row in appointment_queries.unwatched(now - grace, limit=AT_ONCE)]
    late = charge_queries.under_way(
        claimed_before=now - max(grace, ORDER_GRACE), booking_before=now - grace, opened_before=now - 12 * grace
    )
    work = [
        *(partial(push_on, placement) for placement in late),
        *(partial(checkin.settle, arrival) for arrival in checkin_queries.forgotten(now - grace)),
        *(partial(look_at, appointment) for appointment in visits),
    ]
    return sum(1 for _ in takewhile(attempt, work))


def attempt(work: Callable[[], None]) -> bool:
    """False when HIS or the channel is not reached: the rest waits for the next round. One that fails alone does not stop the others."""
    try:
        work()
    except PartnerUnavailable as silent:
        log.warning("round cut short: %s", silent.code)
        return False
    except Problem as problem:
        log.warning("left for the next round: %s", problem)
    return True


def look_at(appointment: str) -> None:
    """Read one visit and tell what was missed."""
    row = appointment_errands.refresh(appointment)
    if row is not None and row.reported != row.state:
        catch_up(row)
    elif row is not None and row.state == State.CHECKED_IN:
        queueing.refresh(appointment)


def catch_up(row: Appointment) -> None:
    """HIS is further on than was told: tell the steps between, in their order. What comes next is told as far as bills show it."""
    if row.reported in (State.CHECKED_IN, State.SEEN):
        checkin.hear(row.his_id, means="desk", at=clock.now())
        queueing.refresh(row.his_id)
    if row.reported == State.SEEN:
        charge_errands.refresh(row.his_id)
        appointments.record_seen(row.his_id, next_step="bill" if charge_queries.due(row.his_id) else "")
        pharmacy.refresh(row.his_id)
    if row.reported == State.MISSED:
        appointments.record_missed(row.his_id)


def push_on(placement: Placement) -> None:
    """One order that stands still: book the money that is in, give back what is not going to be paid."""
    if placement.state == Placement.State.BOOKING:
        charge_errands.finish_booking(placement)
    elif placement.state == Placement.State.CLAIMED:
        charge_errands.release(placement.key)
    elif orders.order(placement.order).state == Order.State.CLOSED:
        charge_errands.give_back(placement.key, reason="closed")
