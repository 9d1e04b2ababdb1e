"""What happened to an order, in the past tense. `key` is the key the order was opened under; amounts in fen; nothing personal."""

from __future__ import annotations

from dataclasses import dataclass

from core import outbox


@outbox.event
@dataclass(frozen=True)
class OrderOpened:
    order: str
    key: str
    purpose: str
    subject: str
    amount: int


@outbox.event
@dataclass(frozen=True)
class OrderPaid:
    """All the money is in. `paid_at` is the channel's moment, ISO 8601."""

    order: str
    key: str
    purpose: str
    subject: str
    amount: int
    channel: str
    channel_no: str
    paid_at: str


@outbox.event
@dataclass(frozen=True)
class OrderBooked:
    order: str
    key: str
    purpose: str
    subject: str


@outbox.event
@dataclass(frozen=True)
class OrderClosed:
    """No money was taken for it, and none can be any more."""

    order: str
    key: str
    purpose: str
    subject: str
    reason: str


@outbox.event
@dataclass(frozen=True)
class OrderInTrouble:
    order: str
    key: str
    reason: str


@outbox.event
@dataclass(frozen=True)
class RefundSucceeded:
    refund: str
    order: str
    key: str


@outbox.event
@dataclass(frozen=True)
class RefundHeld:
    refund: str
    order: str
    key: str
    reason: str


@outbox.event
@dataclass(frozen=True)
class DeskDecided:
    """The money desk decided about an order in trouble (`payments.desk.DECISIONS`); it is carried out after the decision stands."""

    order: str
    decision: str
    receipt: str
    reason: str
    by: str
    process: int
