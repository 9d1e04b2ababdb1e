"""What happened to a patient, told to the rooms above. Each fact is told once; a subscriber may still hear it twice.

`appointment` and `bill` are HIS's numbers, `order` and `key` those of payments. Money is fen. Nothing here says who the patient is.
"""

from __future__ import annotations

from dataclasses import dataclass

from core import outbox


@outbox.event
@dataclass(frozen=True)
class AppointmentMade:
    """HIS has this appointment for one of our patients; `models.Appointment` holds the rest."""

    appointment: str


@outbox.event
@dataclass(frozen=True)
class AppointmentWithdrawn:
    appointment: str


@outbox.event
@dataclass(frozen=True)
class CheckedIn:
    """`number` is the ticket's; `means` is gps, desk or kiosk; `minutes_early` is 0 for who came late."""

    appointment: str
    number: str
    means: str
    minutes_early: int


@outbox.event
@dataclass(frozen=True)
class QueueMoved:
    appointment: str
    number: str
    ahead: int


@outbox.event
@dataclass(frozen=True)
class Called:
    """`turn` is unique for each call. `ahead` and `minutes_waited` are those of the moment; None: not known."""

    appointment: str
    turn: str
    room: str
    ahead: int | None
    minutes_waited: int | None


@outbox.event
@dataclass(frozen=True)
class Passed:
    """She was called and did not come; `turn` is unique for each time."""

    appointment: str
    turn: str


@outbox.event
@dataclass(frozen=True)
class Seen:
    """`next_step` is bill, none or exam; empty when HIS did not say."""

    appointment: str
    next_step: str


@outbox.event
@dataclass(frozen=True)
class Missed:
    appointment: str


@outbox.event
@dataclass(frozen=True)
class BillIssued:
    """`due_fen` 0: HIS issued a bill of nothing. `lines` counts its items."""

    appointment: str
    bill: str
    due_fen: int
    lines: int


@outbox.event
@dataclass(frozen=True)
class BillNone:
    """The doctor has finished and there is nothing to pay."""

    appointment: str


@outbox.event
@dataclass(frozen=True)
class BillWithdrawn:
    """An order of ours for it was closed before this is told; one that was paid meanwhile ends in ChargeSettled or ChargeRefused."""

    appointment: str
    bill: str


@outbox.event
@dataclass(frozen=True)
class BillChanged:
    """Told once for each `version` of the bill, under the same rule as BillWithdrawn."""

    appointment: str
    bill: str
    version: str
    due_fen: int
    lines: int


@outbox.event
@dataclass(frozen=True)
class BillSettledElsewhere:
    """Paid at the hospital's counter. An order of ours is being closed, or its money goes back."""

    appointment: str
    bill: str
    amount_fen: int


@outbox.event
@dataclass(frozen=True)
class ChargeSettled:
    """The money is in and HIS has booked it under `receipt`; `channel` says how it was paid."""

    appointment: str
    bill: str
    order: str
    key: str
    amount_fen: int
    channel: str
    receipt: str


@outbox.event
@dataclass(frozen=True)
class ChargeRefused:
    """HIS would not book money that is in, so it goes back by itself. `reason`: bill_settled, bill_withdrawn,
    amount_differs; or returned, when the money desk gave it back before HIS had booked it.
    """

    appointment: str
    bill: str
    order: str
    key: str
    reason: str


@outbox.event
@dataclass(frozen=True)
class MedicineReady:
    appointment: str
    window: str


@outbox.event
@dataclass(frozen=True)
class MedicineCollected:
    """`lines` counts the medicines handed over."""

    appointment: str
    lines: int
