"""The queue as HIS tells it. News older than what is kept changes nothing, whatever order it comes in."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from care.events import Called, Passed, QueueMoved
from care.models import Appointment, Ticket
from core import outbox
from his import port

State = Ticket.State
TURNS: dict[str, str] = {"called": "called", "seen": "called", "passed": "passed"}


@transaction.atomic
def record_ticket(reading: port.Ticket, *, read_at: datetime) -> Ticket:
    """Keep a whole reading, and tell what is new in it. `read_at`, our clock when it left, orders readings of one second of HIS's clock."""
    Appointment.objects.select_for_update().get(his_id=reading.appointment)
    row = Ticket.objects.filter(appointment_id=reading.appointment).first()
    if row is None:
        row = Ticket(appointment_id=reading.appointment, number=reading.number, as_of=reading.as_of, read_at=read_at)
    elif reading.as_of < row.as_of or read_at < row.read_at:
        return row
    before = picture(row)
    row.number, row.room, row.as_of, row.read_at = reading.number, reading.room or row.room, reading.as_of, read_at
    row.ahead, row.minutes_low, row.minutes_high = reading.ahead, reading.minutes_low, reading.minutes_high
    row.state = reading.state if reading.state in State.values else row.state
    tell_turn(row, reading.state, reading.as_of)
    tell_move(row, before)
    row.save()
    return row


@transaction.atomic
def record_move(appointment: str, *, ahead: int, at: datetime) -> bool:
    """So many are ahead now. False: the time alone does not say whether this is newer than what is kept; ask."""
    row = locked(appointment)
    if row is None or at < row.as_of or row.state in (State.SEEN, State.VOID):
        return True
    if at == row.as_of and (row.state != State.WAITING or row.ahead is None or ahead > row.ahead):
        return False
    before = picture(row)
    if ahead != row.ahead:
        row.minutes_low = row.minutes_high = None
    row.ahead, row.as_of, row.state = ahead, at, State.WAITING
    tell_move(row, before)
    row.save()
    return True


@transaction.atomic
def record_turn(appointment: str, *, state: str, room: str, at: datetime) -> bool:
    """She is called, or was called and passed; told late as well, unless a newer turn was told. False: as of `record_move`."""
    row = locked(appointment)
    if row is None:
        return True
    if at == row.turn_at and state != row.turn_state:
        return False
    tell_turn(row, state, at, room=room)
    if at >= row.as_of and row.state not in (State.SEEN, State.VOID):
        row.state, row.as_of, row.room = state, at, room or row.room
        row.ahead = 0 if state == State.CALLED else row.ahead
    row.save()
    return True


def locked(appointment: str) -> Ticket | None:
    return Ticket.objects.select_for_update().filter(appointment_id=appointment).first()


def tell_turn(row: Ticket, state: str, at: datetime, *, room: str = "") -> None:
    """Who is with the doctor has been called. A turn as old as the one told, or older, is known already."""
    kind = TURNS.get(state)
    if kind is None or is_told(row, kind, at):
        return
    row.turns, row.turn_state, row.turn_at = row.turns + 1, kind, at
    turn = f"{row.appointment_id}-{row.turns}"
    if kind == State.PASSED:
        outbox.publish(Passed(appointment=row.appointment_id, turn=turn))
        return
    waited = max(0, int((at - row.arrived_at).total_seconds() // 60)) if row.arrived_at else None
    outbox.publish(Called(appointment=row.appointment_id, turn=turn, room=room or row.room, ahead=row.ahead, minutes_waited=waited))


def is_told(row: Ticket, kind: str, at: datetime) -> bool:
    if row.turn_at is None:
        return False
    return at < row.turn_at or row.turn_state == kind


def tell_move(row: Ticket, before: tuple[object, ...]) -> None:
    if row.state == State.WAITING and row.ahead is not None and picture(row) != before:
        outbox.publish(QueueMoved(appointment=row.appointment_id, number=row.number, ahead=row.ahead))


def picture(row: Ticket) -> tuple[object, ...]:
    return (row.number, row.state, row.ahead, row.minutes_low, row.minutes_high, row.room)
