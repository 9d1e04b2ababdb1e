"""Asking the pharmacy."""

from __future__ import annotations

from care.models import Dispensing
from care.pharmacy import actions, queries
from core import clock
from his import his


def refresh(appointment: str) -> Dispensing | None:
    """Read her medicine now; None while nothing was prescribed."""
    left = clock.now()
    reading = his().dispensing(appointment)
    return actions.record(reading, read_at=left) if reading else queries.dispensing(appointment)
