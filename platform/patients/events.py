"""What happened to accounts and patients."""

from __future__ import annotations

from dataclasses import dataclass

from core import outbox


@outbox.event
@dataclass(frozen=True)
class CardBound:
    """An account may now act for this patient. `patient` is our number."""

    patient: str
    his_patient_id: str
