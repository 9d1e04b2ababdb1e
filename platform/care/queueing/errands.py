"""Looking at the queue."""

from __future__ import annotations

from datetime import datetime, timedelta

from care.models import Ticket
from care.queueing import actions, queries
from core import clock
from core.errors import PartnerError
from his import his

FRESH = timedelta(seconds=20)


def refresh(appointment: str) -> Ticket | None:
    """Read her ticket now; None before check-in."""
    left = clock.now()
    reading = his().ticket(appointment)
    return actions.record_ticket(reading, read_at=left) if reading else queries.ticket(appointment)


def current(appointment: str, *, fresh: timedelta = FRESH) -> Ticket | None:
    """Her ticket, read again when it is older than `fresh`. HIS silent: the last picture, whose `as_of` tells its age."""
    row = queries.ticket(appointment)
    if row is None or row.state == Ticket.State.SEEN or clock.now() - row.read_at < fresh:
        return row
    try:
        return refresh(appointment)
    except PartnerError:
        return row


def hear_move(appointment: str, *, ahead: int, at: datetime) -> None:
    """HIS reported a move; where its whole seconds leave the order open, the ticket is read."""
    if not known(appointment) or not actions.record_move(appointment, ahead=ahead, at=at):
        refresh(appointment)


def hear_turn(appointment: str, *, state: str, room: str, at: datetime) -> None:
    """HIS reported a call or a pass; see `hear_move`."""
    if not known(appointment) or not actions.record_turn(appointment, state=state, room=room, at=at):
        refresh(appointment)


def known(appointment: str) -> bool:
    """The check-in's own news may still be on its way: then the whole ticket is read instead."""
    return queries.ticket(appointment) is not None
