"""Her place in the queue, as last known."""

from __future__ import annotations

from care.models import Ticket


def ticket(appointment: str) -> Ticket | None:
    """None before check-in. `as_of` says how old the picture is; `errands.refresh` makes it new."""
    return Ticket.objects.filter(appointment_id=appointment).exclude(state=Ticket.State.VOID).first()
