"""Her medicine, as last known."""

from __future__ import annotations

from care.models import Dispensing


def dispensing(appointment: str) -> Dispensing | None:
    """None while nothing was prescribed."""
    return Dispensing.objects.filter(appointment_id=appointment).first()
