"""Appointments as the rooms above ask for them."""

from __future__ import annotations

from datetime import datetime

from care.models import Appointment
from care.queries import appointment
from core import clock

OPEN = (Appointment.State.BOOKED, Appointment.State.CHECKED_IN)


def today_of(patient: str) -> list[Appointment]:
    """Her appointments of today that still stand, in the order of the day; `patient` is our number."""
    rows = Appointment.objects.select_related("campus", "department").filter(patient=patient, date=clock.today())
    return list(rows.exclude(state=Appointment.State.CANCELLED))


def unwatched(before: datetime, *, limit: int) -> list[Appointment]:
    """Today's open appointments not read since `before`, the longest unread first."""
    return list(Appointment.objects.filter(date=clock.today(), state__in=OPEN, read_at__lt=before).order_by("read_at")[:limit])


__all__ = ["appointment", "today_of", "unwatched"]
