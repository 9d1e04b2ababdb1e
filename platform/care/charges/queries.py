"""Bills and the orders on them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from django.db.models import Q

from care.charges.errors import ChargeNotFound
from care.models import Charge, Placement
from his import port

DUE = (Charge.State.OPEN, Charge.State.LOCKED)


def due(appointment: str) -> list[Charge]:
    """What is still to be paid for this visit, the oldest first; a bill of nothing is among them until HIS was told."""
    return list(Charge.objects.filter(appointment_id=appointment, state__in=DUE))


def of(appointment: str) -> list[Charge]:
    """Every bill of this visit, the oldest first."""
    return list(Charge.objects.filter(appointment_id=appointment))


def charge(bill: str) -> Charge:
    """Raises ChargeNotFound."""
    row = Charge.objects.select_related("appointment__department").filter(bill=bill).first()
    if row is None:
        raise ChargeNotFound(bill=bill)
    return row


def placement(key: str) -> Placement | None:
    return Placement.objects.select_related("charge__appointment").filter(key=key).first()


def alive(bill: str) -> Placement | None:
    """Our order on this bill that is neither booked, refused nor given back."""
    return Placement.objects.filter(charge_id=bill, state__in=Placement.LIVE).first()


def is_ours(bill: port.Bill) -> bool:
    """HIS names an order of ours on it."""
    return bool(bill.order) and Placement.objects.filter(charge_id=bill.id, reference=bill.order).exists()


def lines_of(bill: port.Bill) -> list[dict[str, str | int]]:
    """The items as they are kept: name, spec, unit, quantity (a decimal as text), price_fen, amount_fen."""
    return [asdict(line) for line in bill.lines]


def differs(charge: Charge, bill: port.Bill) -> bool:
    """HIS asks for something else than was told: another sum or other items. Locking and settling alone are no difference."""
    return charge.total != bill.total_fen or charge.lines != lines_of(bill)


def contradicts(placement: Placement, bill: port.Bill) -> bool:
    """What HIS has now cannot be paid by this order."""
    if bill.state == Charge.State.SETTLED:
        return bill.order != placement.reference
    return bill.state == Charge.State.WITHDRAWN or bill.total_fen != placement.amount


def under_way(*, claimed_before: datetime, booking_before: datetime, opened_before: datetime) -> list[Placement]:
    """Orders on bills that stand in one state longer than they should, the oldest first."""
    late = (
        Q(state=Placement.State.CLAIMED, at__lt=claimed_before)
        | Q(state=Placement.State.BOOKING, at__lt=booking_before)
        | Q(state=Placement.State.OPENED, at__lt=opened_before)
    )
    return list(Placement.objects.filter(late).order_by("at")[:50])
