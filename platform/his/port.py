"""What a hospital system must be able to do for us. A connector implements these Protocols; nobody else knows its wire.

Every call may raise PartnerUnavailable (it never arrived, or a read got no answer: try again), PartnerRefused (answered no; `reason` holds
the HIS's code) or, for a changing call, PartnerUnclear (it may have arrived: ask what happened). A changing call carries `request_no`,
minted by the caller before leaving: the same number with the same content gets the first answer again. Results and wards get their own
Protocols when their rooms exist.

Ids are opaque strings of the HIS. A `state` or `kind` not listed in a docstring is *not known yet*: neither success nor failure.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Protocol

from pydantic import AwareDatetime, BeforeValidator, Field

from core.money import Fen

Id = Annotated[str, Field(min_length=1, max_length=64)]
Sum = Annotated[Fen, Field(ge=0, le=10**12)]
Text = Annotated[str, Field(max_length=200)]

KNOWN_FACTS = frozenset({"means", "number", "ahead", "room", "next_step", "due_fen", "by", "order", "window"})
"""What an event may say beside its ids. Anything else is dropped at the door, so that no name can come in with it."""


def known_facts(given: object) -> object:
    return {name: value for name, value in given.items() if name in KNOWN_FACTS} if isinstance(given, dict) else given


Facts = Annotated[dict[str, str | int | bool | None], BeforeValidator(known_facts)]


@dataclass(frozen=True)
class Place:
    building: Text = ""
    floor: Text = ""
    room: Text = ""
    hint: Annotated[str, Field(max_length=500)] = ""


@dataclass(frozen=True)
class Campus:
    """Position in GCJ-02; `fence_metres` is how near one must be to check in by GPS."""

    id: Id
    name: Text
    address: Text
    lng: Annotated[float, Field(ge=-180, le=180)]
    lat: Annotated[float, Field(ge=-90, le=90)]
    fence_metres: Annotated[int, Field(ge=0, le=100_000)]


@dataclass(frozen=True)
class Department:
    id: Id
    campus: Id
    name: Text
    pinyin: Text = ""
    place: Place = field(default_factory=Place)


@dataclass(frozen=True)
class Doctor:
    id: Id
    department: Id
    name: Text
    title: Text = ""
    skill: Annotated[str, Field(max_length=1000)] = ""


@dataclass(frozen=True)
class Slot:
    """`session` is am or pm; `left` places are free."""

    id: Id
    doctor: Id
    date: date
    session: Text
    starts: AwareDatetime
    ends: AwareDatetime
    left: int
    fee_fen: Sum


@dataclass(frozen=True)
class Card:
    """What the HIS says when name, document and phone belong to one of its patients. `sex`: male, female, unknown."""

    patient: Id
    card_no: Id
    sex: Text
    birth_date: date


@dataclass(frozen=True)
class Appointment:
    """`kind`: first, again, chronic, emergency. `state`: booked, checked_in, seen, missed, cancelled. `insured` None: not known."""

    id: Id
    patient: Id
    campus: Id
    department: Id
    department_name: Text
    doctor: Text
    doctor_name: Text
    date: date
    session: Text
    starts: AwareDatetime
    ends: AwareDatetime
    kind: Text
    state: Text
    fee_fen: Sum
    insured: bool | None = None
    place: Place = field(default_factory=Place)


@dataclass(frozen=True)
class Ticket:
    """`state`: waiting, called, passed, seen. Minutes None: not known."""

    appointment: Id
    number: Text
    ahead: Annotated[int, Field(ge=0)]
    state: Text
    room: Text | None
    minutes_low: int | None
    minutes_high: int | None
    as_of: AwareDatetime


@dataclass(frozen=True)
class BillLine:
    """`quantity` is a decimal as text."""

    name: Text
    spec: Text
    unit: Text
    quantity: Text
    price_fen: Sum
    amount_fen: Sum


@dataclass(frozen=True)
class Bill:
    """`state`: open, locked, settled, withdrawn. `order` is ours, set while locked or settled; `receipt` is the HIS's."""

    id: Id
    appointment: Id
    patient: Id
    state: Text
    total_fen: Sum
    version: int | str
    kind: Text
    issued_at: AwareDatetime
    lines: tuple[BillLine, ...] = ()
    order: Text | None = None
    receipt: Text | None = None


@dataclass(frozen=True)
class DispensedLine:
    name: Text
    spec: Text
    quantity: Text


@dataclass(frozen=True)
class Dispensing:
    """`state`: preparing, ready, collected."""

    appointment: Id
    state: Text
    window: Text | None
    lines: tuple[DispensedLine, ...] = ()


@dataclass(frozen=True)
class LedgerRow:
    """One row of the HIS's books. `kind`: settle or reverse; the amount is positive for both."""

    bill: Id
    order: Text | None
    kind: Text
    amount_fen: Sum
    channel: Text | None
    channel_no: Text | None
    receipt: Text | None
    at: AwareDatetime


@dataclass(frozen=True)
class HisEvent:
    """Something that happened at the HIS. `id` and `seq` never change over repeats; `data` holds no personal data."""

    id: Id
    seq: Annotated[int, Field(ge=1, lt=2**63)]
    type: Text
    at: AwareDatetime
    campus: Text | None = None
    patient: Text | None = None
    appointment: Text | None = None
    bill: Text | None = None
    data: Facts = field(default_factory=dict)


@dataclass(frozen=True)
class FeedPage:
    """Events by `seq`; `unusable` holds the seq of each one that is not in the contract (0 when even that is missing)."""

    events: tuple[HisEvent, ...] = ()
    unusable: tuple[int, ...] = ()


@dataclass(frozen=True)
class Identity:
    """Who someone says she is. Lives only on its way to the HIS: never stored, never logged.

    `id_type`: resident, passport, hk_macau, taiwan, foreign_residence.
    """

    name: str = field(repr=False)
    id_type: str
    id_no: str = field(repr=False)
    phone: str = field(repr=False)


@dataclass(frozen=True)
class Settlement:
    """Money that reached us for a locked bill, as the HIS must book it. `channel_no` is the channel's own number."""

    order: str
    amount_fen: Fen
    channel: str
    channel_no: str
    paid_at: datetime


class Registry(Protocol):
    def campuses(self) -> list[Campus]: ...

    def departments(self, campus: str) -> list[Department]: ...

    def doctors(self, department: str) -> list[Doctor]: ...

    def match(self, identity: Identity) -> Card:
        """The card of this person. Changes nothing. Refused: `patient_unknown`, `phone_differs`."""
        ...


class Schedule(Protocol):
    def slots(self, department: str, day: date) -> list[Slot]: ...

    def appointments(self, patient: str, day: date) -> list[Appointment]: ...

    def appointment(self, appointment: str) -> Appointment: ...

    def book(self, *, request_no: str, patient: str, slot: str, kind: str) -> Appointment:
        """Refused: `slot_taken`."""
        ...


class Queue(Protocol):
    def ticket(self, appointment: str) -> Ticket | None:
        """None before check-in."""
        ...

    def check_in(self, appointment: str, *, request_no: str, means: str) -> Ticket:
        """`means`: gps, desk, kiosk. Refused: `cancelled`, `already_seen`, `clinic_stopped`. A repeat gives the same ticket."""
        ...

    def withdraw(self, appointment: str, *, request_no: str) -> Appointment:
        """The check-in is undone and the ticket void. Refused: `already_seen`."""
        ...


class Billing(Protocol):
    def bills(self, appointment: str) -> list[Bill]: ...

    def bill(self, bill: str) -> Bill: ...

    def lock(self, bill: str, *, request_no: str, order: str, amount_fen: Fen) -> Bill:
        """提交订单. Refused: `bill_changed` (amount differs), `bill_settled`, `bill_withdrawn`, `bill_locked` (by another order)."""
        ...

    def settle(self, bill: str, settlement: Settlement, *, request_no: str) -> Bill:
        """确认支付. The same order again gets the same answer. Refused: `bill_settled` (by another), `bill_withdrawn`, `amount_differs`."""
        ...

    def unlock(self, bill: str, *, request_no: str, order: str) -> Bill:
        """取消订单. A bill not locked by this order stays as it is. Refused: `bill_settled`."""
        ...

    def reverse(self, bill: str, *, request_no: str, order: str, refund: str, amount_fen: Fen, channel_no: str) -> Bill:
        """退费: the bill is open again. Refused: `dispensed`."""
        ...

    def ledger(self, *, day: date | None = None, order: str = "") -> list[LedgerRow]:
        """The HIS's books of one day, or of one order of ours."""
        ...


class Pharmacy(Protocol):
    def dispensing(self, appointment: str) -> Dispensing | None:
        """None when nothing was prescribed."""
        ...


class Feed(Protocol):
    def events(self, after: int, *, limit: int = 200) -> FeedPage:
        """What happened after this `seq`; at most 200."""
        ...


class Hospital(Registry, Schedule, Queue, Billing, Pharmacy, Feed, Protocol):
    """A whole hospital system, as `his.his()` gives it."""


__all__ = [
    "Appointment",
    "Bill",
    "BillLine",
    "Billing",
    "Campus",
    "Card",
    "Department",
    "DispensedLine",
    "Dispensing",
    "Doctor",
    "Feed",
    "FeedPage",
    "HisEvent",
    "Hospital",
    "Identity",
    "LedgerRow",
    "Pharmacy",
    "Place",
    "Queue",
    "Registry",
    "Schedule",
    "Settlement",
    "Slot",
    "Ticket",
]  # fmt: skip
