"""Every write of this room: a message is left once, and read."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from core import clock, masking, numbers
from messaging.errors import MessageEmpty
from messaging.models import Message
from messaging.queries import number_of
from patients.models import Patient


@transaction.atomic
def leave_message(patient: Patient | str, *, key: str, title: str, body: str = "", target: str = "") -> Message:
    """Put a message into the patient's inbox. The same `key` again gives the first message and changes nothing.

    What looks like an identity or mobile number is masked; texts too long are cut. Raises MessageEmpty.
    """
    if not key or not title:
        raise MessageEmpty
    said = {
        "number": numbers.mint("M"), "target": target,
        "title": masking.scrub(title)[:60], "body": masking.scrub(body)[:500],
    }  # fmt: skip
    message, _ = Message.objects.get_or_create(patient=number_of(patient), key=key, defaults=said)
    return message


@transaction.atomic
def mark_read(patient: Patient | str, messages: Iterable[str] | None = None) -> int:
    """Mark these of her messages (by number; None: all) as read; returns how many were not before."""
    fresh = Message.objects.filter(patient=number_of(patient), read_at=None)
    if messages is not None:
        fresh = fresh.filter(number__in=list(messages))
    return fresh.update(read_at=clock.now())
