"""The REST dialect of docs/partners/his-rest.md: our types in, wire out, wire in, our types out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import TypeVar

from django.utils import timezone

from core.errors import PartnerRefused
from core.money import Fen
from his import wire
from his.connectors.rest_wire import Reader, Wire, about, address
from his.port import (
    Appointment,
    Bill,
    Campus,
    Card,
    Department,
    Dispensing,
    Doctor,
    FeedPage,
    Identity,
    LedgerRow,
    Settlement,
    Slot,
    Ticket,
)  # fmt: skip

T = TypeVar("T")


@dataclass(frozen=True)
class Campuses:
    campuses: list[Campus]


@dataclass(frozen=True)
class Departments:
    departments: list[Department]


@dataclass(frozen=True)
class Doctors:
    doctors: list[Doctor]


@dataclass(frozen=True)
class Slots:
    slots: list[Slot]


@dataclass(frozen=True)
class Appointments:
    appointments: list[Appointment]


@dataclass(frozen=True)
class Bills:
    bills: list[Bill]


@dataclass(frozen=True)
class Rows:
    rows: list[LedgerRow]


class RestHis:
    """Implements `his.port.Hospital`. Refusal codes are the HIS's own, in `PartnerRefused.facts["reason"]`."""

    def __init__(self, *, url: str, key_id: str, key: str) -> None:
        self.wire = Wire(url=url, key_id=key_id, key=key)

    # Registry

    def campuses(self) -> list[Campus]:
        return self.wire.read(address("campuses"), about(Campuses)).campuses

    def departments(self, campus: str) -> list[Department]:
        return self.wire.read(address("departments", campus=campus), about(Departments)).departments

    def doctors(self, department: str) -> list[Doctor]:
        return self.wire.read(address("doctors", department=department), about(Doctors)).doctors

    def match(self, identity: Identity) -> Card:
        return self.wire.ask(address("patients", "match"), asdict(identity), about(Card))

    # Schedule

    def slots(self, department: str, day: date) -> list[Slot]:
        return self.wire.read(address("schedules", department=department, date=day.isoformat()), about(Slots)).slots

    def appointments(self, patient: str, day: date) -> list[Appointment]:
        return self.wire.read(address("appointments", patient=patient, date=day.isoformat()), about(Appointments)).appointments

    def appointment(self, appointment: str) -> Appointment:
        return self.wire.read(address("appointments", appointment), about(Appointment, id=appointment))

    def book(self, *, request_no: str, patient: str, slot: str, kind: str) -> Appointment:
        content = {"request_no": request_no, "patient": patient, "slot": slot, "kind": kind}
        return self.wire.change(address("appointments"), content, about(Appointment, patient=patient))

    # Queue

    def ticket(self, appointment: str) -> Ticket | None:
        return self._or_none("no_ticket", address("appointments", appointment, "ticket"), about(Ticket, appointment=appointment))

    def check_in(self, appointment: str, *, request_no: str, means: str) -> Ticket:
        content = {"request_no": request_no, "means": means}
        return self.wire.change(address("appointments", appointment, "check-in"), content, about(Ticket, appointment=appointment))

    def withdraw(self, appointment: str, *, request_no: str) -> Appointment:
        return self.wire.change(
            address("appointments", appointment, "withdraw"), {"request_no": request_no}, about(Appointment, id=appointment)
        )

    # Billing

    def bills(self, appointment: str) -> list[Bill]:
        return self.wire.read(address("bills", appointment=appointment), about(Bills)).bills

    def bill(self, bill: str) -> Bill:
        return self.wire.read(address("bills", bill), about(Bill, id=bill))

    def lock(self, bill: str, *, request_no: str, order: str, amount_fen: Fen) -> Bill:
        content = {"request_no": request_no, "order": order, "amount_fen": amount_fen}
        return self.wire.change(address("bills", bill, "lock"), content, about(Bill, id=bill))

    def settle(self, bill: str, settlement: Settlement, *, request_no: str) -> Bill:
        paid_at = timezone.localtime(settlement.paid_at, timezone.get_default_timezone())  # the HIS books by the hospital's day
        content = {**asdict(settlement), "paid_at": paid_at.isoformat(), "request_no": request_no, "insurance": {}}
        return self.wire.change(address("bills", bill, "settle"), content, about(Bill, id=bill))

    def unlock(self, bill: str, *, request_no: str, order: str) -> Bill:
        return self.wire.change(address("bills", bill, "unlock"), {"request_no": request_no, "order": order}, about(Bill, id=bill))

    def reverse(self, bill: str, *, request_no: str, order: str, refund: str, amount_fen: Fen, channel_no: str) -> Bill:
        content = {
            "request_no": request_no,
            "order": order,
            "refund": refund,
            "amount_fen": amount_fen,
            "channel_no": channel_no,
            "insurance": {},
        }
        return self.wire.change(address("bills", bill, "reverse"), content, about(Bill, id=bill))

    def ledger(self, *, day: date | None = None, order: str = "") -> list[LedgerRow]:
        path = address("ledger", date=day.isoformat() if day else "", order=order)
        return self.wire.read(path, about(Rows)).rows

    # Pharmacy

    def dispensing(self, appointment: str) -> Dispensing | None:
        return self._or_none(
            "no_prescription", address("appointments", appointment, "dispensing"), about(Dispensing, appointment=appointment)
        )

    # Feed

    def events(self, after: int, *, limit: int = wire.LARGEST_PAGE) -> FeedPage:
        return self.wire.read(address("events", after=str(after), limit=str(limit)), wire.page)

    def _or_none(self, code: str, path: str, reader: Reader[T]) -> T | None:
        try:
            return self.wire.read(path, reader)
        except PartnerRefused as no:
            if no.facts.get("reason") == code:
                return None
            raise
