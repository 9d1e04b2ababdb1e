"""Attempts to check in."""

from __future__ import annotations

from datetime import datetime

from care.models import Arrival, Ticket

OPEN = (Arrival.State.CLAIMED, Arrival.State.UNCLEAR)


def ticket(appointment: str) -> Ticket | None:
    """Her ticket once it was told that she is here."""
    return Ticket.objects.filter(appointment_id=appointment).exclude(means="").exclude(state=Ticket.State.VOID).first()


def is_open(appointment: str) -> bool:
    """An attempt may have arrived at HIS, and nobody knows yet."""
    return Arrival.objects.filter(appointment_id=appointment, state__in=OPEN).exists()


def forgotten(before: datetime) -> list[Arrival]:
    """Attempts whose result is still not known, older than `before`."""
    return list(Arrival.objects.filter(state__in=OPEN, at__lt=before).order_by("at")[:50])
