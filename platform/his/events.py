"""What the hospital system told us."""

from __future__ import annotations

from dataclasses import dataclass

from core import outbox


@outbox.event
@dataclass(frozen=True)
class HisReported:
    """An event of docs/partners/his-rest.md, heard for the first time (pushed or polled). It may come late and out of order.

    `at` is ISO 8601; `bill_id` is empty where the event has no bill; `data` is JSON text without personal data.
    """

    event_id: str
    type: str
    at: str
    patient_id: str
    appointment_id: str
    bill_id: str
    data: str
