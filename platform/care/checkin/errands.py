"""Checking in at HIS. One tap, one number: whatever is repeated, HIS gives the same ticket."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from care.checkin import actions, fence, queries
from care.checkin.errors import AlreadySeen, CheckInUnclear, CheckInWaits, ClinicStopped, TooEarly, TooLate, VisitCancelled
from care.checkin.fence import Position
from care.models import Appointment, Arrival, Ticket
from care.queries import appointment as appointment_of
from core import clock
from core.errors import PartnerError, PartnerRefused, PartnerUnavailable, PartnerUnclear
from his import his, port

EARLIEST = timedelta(hours=4)
"""How long before its appointment check-in opens; it closes when the appointment's session ends."""
REFUSALS = {"cancelled": VisitCancelled, "already_seen": AlreadySeen, "clinic_stopped": ClinicStopped}


def take_number(appointment: str, *, key: str, means: str = "gps", position: Position | None = None) -> Ticket:
    """Check in and get the number; `appointment` is HIS's number. Who is checked in already gets her ticket again.

    `means` gps needs a position: it is looked at and not kept. Raises TooEarly, TooLate, PositionUnusable, TooFar; VisitCancelled,
    AlreadySeen, ClinicStopped as HIS says; CheckInWaits when HIS is not reached, CheckInUnclear when nobody knows.
    """
    visit = appointment_of(appointment)
    if ticket := queries.ticket(appointment):
        return ticket
    now = clock.now()
    check_state(visit)
    check_window(visit, now)
    if means == "gps":
        fence.check(position, visit.campus, now=now, accuracy=settings.CHECK_IN_ACCURACY_METRES)
    asked = queries.is_open(appointment) and ask(appointment)
    arrival = actions.claim(visit, key=key, means=means)
    return actions.record_arrival(asked or send(arrival), means=means, at=clock.now())


def check_state(visit: Appointment) -> None:
    if visit.state == Appointment.State.CANCELLED:
        raise VisitCancelled(appointment=visit.his_id)
    if visit.state == Appointment.State.SEEN:
        raise AlreadySeen(appointment=visit.his_id)


def check_window(visit: Appointment, now: datetime) -> None:
    opens = visit.starts - EARLIEST
    if now < opens:
        raise TooEarly(appointment=visit.his_id, opens=opens.isoformat())
    if now > visit.ends:
        raise TooLate(appointment=visit.his_id)


def send(arrival: Arrival) -> port.Ticket:
    """One request under the attempt's number; no answer: ask for the ticket, and only then say that nobody knows."""
    appointment = arrival.appointment_id
    try:
        return his().check_in(appointment, request_no=arrival.request_no, means=arrival.means)
    except PartnerUnavailable as silent:
        raise CheckInWaits("his", appointment=appointment) from silent
    except PartnerRefused as no:
        actions.note(arrival, state=Arrival.State.REFUSED, reason=no.reason)
        if no.reason not in REFUSALS:
            raise
        raise REFUSALS[no.reason](appointment=appointment) from no
    except PartnerUnclear as unclear:
        if ticket := ask_after(arrival):
            return ticket
        raise CheckInUnclear("his", appointment=appointment) from unclear


def ask_after(arrival: Arrival) -> port.Ticket | None:
    """The ticket when the attempt did arrive; else the attempt stays unclear and the next one asks first."""
    actions.note(arrival, state=Arrival.State.UNCLEAR)
    try:
        return his().ticket(arrival.appointment_id)
    except PartnerError:
        return None


def ask(appointment: str) -> port.Ticket | None:
    """What became of an earlier attempt; None: it never arrived. Raises CheckInUnclear while HIS cannot be asked."""
    try:
        return his().ticket(appointment)
    except PartnerError as silent:
        raise CheckInUnclear("his", appointment=appointment) from silent


def hear(appointment: str, *, means: str, at: datetime) -> Ticket | None:
    """HIS reported that she checked in, here or at its own desk: read the ticket and tell it. None: the ticket is void by now."""
    if ticket := queries.ticket(appointment):
        return ticket
    reading = his().ticket(appointment)
    return actions.record_arrival(reading, means=means, at=at) if reading else None


def settle(arrival: Arrival) -> None:
    """An attempt nobody asked about again: ask HIS what became of it."""
    if reading := his().ticket(arrival.appointment_id):
        actions.record_arrival(reading, means=arrival.means, at=arrival.at)
    else:
        actions.note(arrival, state=Arrival.State.REFUSED, reason="never_arrived")


def withdraw(appointment: str, *, key: str) -> None:
    """Give her number back at HIS; a repeat under the same key does nothing more. Raises AlreadySeen, and the partner errors."""
    try:
        his().withdraw(appointment, request_no=key[:64])
    except PartnerRefused as no:
        if no.reason not in REFUSALS:
            raise
        raise REFUSALS[no.reason](appointment=appointment) from no
    actions.record_withdrawal(appointment)
