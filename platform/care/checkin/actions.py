"""That she is here, written down once, whoever said it first."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from care.events import CheckedIn
from care.models import Appointment, Arrival, Ticket
from core import audit, clock, numbers, outbox
from his import port

State = Appointment.State


@transaction.atomic
def claim(appointment: Appointment, *, key: str, means: str) -> Arrival:
    """The attempt of this key, recorded before it leaves. A repeat goes out under the same number, unless the first was answered."""
    Appointment.objects.select_for_update().get(pk=appointment.pk)
    number = numbers.mint("C")
    row, created = Arrival.objects.get_or_create(key=key, defaults={"appointment": appointment, "means": means, "request_no": number})
    if not created and row.state in (Arrival.State.REFUSED, Arrival.State.RECORDED):
        row.state, row.reason, row.request_no, row.means, row.at = Arrival.State.CLAIMED, "", number, means, clock.now()
        row.save()
    return row


@transaction.atomic
def note(arrival: Arrival, *, state: str, reason: str = "") -> None:
    Arrival.objects.filter(pk=arrival.pk).exclude(state=Arrival.State.RECORDED).update(state=state, reason=reason)


@transaction.atomic
def record_arrival(reading: port.Ticket, *, means: str, at: datetime) -> Ticket:
    """Keep her number and tell that she is here; known already, it only settles open attempts. A later state is never lowered."""
    appointment = Appointment.objects.select_for_update().get(his_id=reading.appointment)
    Arrival.objects.filter(appointment=appointment, state__in=["claimed", "unclear"]).update(state=Arrival.State.RECORDED, reason="")
    row = Ticket.objects.filter(appointment=appointment).first() or begin(appointment, reading, at)
    if row.state == Ticket.State.VOID:
        row = again(row, reading)
    if row.means:
        return row
    row.means, row.arrived_at = means, at
    row.save()
    if appointment.state == State.BOOKED:
        appointment.state = State.CHECKED_IN
        appointment.save(update_fields=["state"])
    early = max(0, int((appointment.starts - at).total_seconds() // 60))
    audit.record("his", "care.checked_in", appointment.his_id, means=means)
    outbox.publish(CheckedIn(appointment=appointment.his_id, number=row.number, means=means, minutes_early=early))
    return row


def begin(appointment: Appointment, reading: port.Ticket, at: datetime) -> Ticket:
    """A reading that is past waiting gives the number only; the queue tells the rest by itself, in order."""
    if reading.state != Ticket.State.WAITING:
        return Ticket(appointment=appointment, number=reading.number, as_of=min(at, reading.as_of))
    return Ticket(
        appointment=appointment, number=reading.number, ahead=reading.ahead, room=reading.room or "", as_of=reading.as_of,
        minutes_low=reading.minutes_low, minutes_high=reading.minutes_high,
    )  # fmt: skip


def again(row: Ticket, reading: port.Ticket) -> Ticket:
    """A new number after the old one was given back; the turns go on counting."""
    row.number, row.ahead, row.as_of, row.state, row.means = reading.number, reading.ahead, reading.as_of, Ticket.State.WAITING, ""
    row.minutes_low, row.minutes_high, row.room = reading.minutes_low, reading.minutes_high, reading.room or ""
    return row


@transaction.atomic
def record_withdrawal(his_id: str) -> None:
    """Her number is void and the appointment stands as before check-in."""
    appointment = Appointment.objects.select_for_update().get(his_id=his_id)
    Ticket.objects.filter(appointment=appointment).update(state=Ticket.State.VOID, means="", turn_state="")
    if appointment.state == State.CHECKED_IN:
        appointment.state = State.BOOKED
        appointment.save(update_fields=["state"])
        audit.record("his", "care.check_in_withdrawn", his_id)
