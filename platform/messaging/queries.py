"""What a patient was told."""

from __future__ import annotations

from messaging.models import Message
from patients.models import Patient

SHOWN = 50


def number_of(patient: Patient | str) -> str:
    return patient if isinstance(patient, str) else patient.number


def inbox(patient: Patient | str, *, limit: int = SHOWN) -> list[Message]:
    """Her messages, newest first. Ask `patients.queries` first who is looking."""
    return list(Message.objects.filter(patient=number_of(patient)).order_by("-id")[:limit])


def unread(patient: Patient | str) -> int:
    return Message.objects.filter(patient=number_of(patient), read_at=None).count()
