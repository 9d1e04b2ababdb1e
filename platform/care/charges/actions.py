"""Bills as HIS has them and our claims on them, written down. The appointment is the row that is locked."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from care.charges import queries
from care.charges.errors import BillTaken, PlacementReleased
from care.events import BillChanged, BillIssued, BillNone, BillSettledElsewhere, BillWithdrawn, ChargeRefused, ChargeSettled
from care.models import Appointment, Charge, Placement
from core import audit, numbers, outbox
from his import port
from payments import queries as orders
from payments.events import OrderPaid
from payments.models import Order

Bill, Claim = Charge.State, Placement.State


def lock(appointment: str) -> Appointment:
    return Appointment.objects.select_for_update().get(his_id=appointment)


# Bills


@transaction.atomic
def record_bill(bill: port.Bill, *, read_at: datetime) -> Charge | None:
    """Keep what HIS said and tell what is new. None: a state not known yet.

    A change that our order on the bill stands against is kept at once, and told by whatever ends that order.
    """
    lock(bill.appointment)
    row = Charge.objects.filter(bill=bill.id).first()
    if bill.state not in Bill.values or (row and read_at < row.read_at):
        return row
    was = row.state if row else ""
    changed = bool(row and queries.differs(row, bill)) or (bill.state == Bill.WITHDRAWN) != (was == Bill.WITHDRAWN)
    row = row or Charge(bill=bill.id, appointment_id=bill.appointment, issued_at=bill.issued_at)
    row.total, row.version, row.state, row.kind = bill.total_fen, str(bill.version), bill.state, bill.kind
    row.lines, row.receipt, row.read_at = queries.lines_of(bill), bill.receipt or row.receipt, read_at
    row.untold = bill.state != Bill.SETTLED and (row.untold or changed)
    row.save()
    tell(row, bill, was=was)
    return row


def tell(row: Charge, bill: port.Bill, *, was: str) -> None:
    if not was and row.state != Bill.WITHDRAWN:
        outbox.publish(BillIssued(appointment=row.appointment_id, bill=row.bill, due_fen=row.total, lines=len(row.lines)))
    if row.state == Bill.SETTLED and was != Bill.SETTLED and not queries.is_ours(bill):
        outbox.publish(BillSettledElsewhere(appointment=row.appointment_id, bill=row.bill, amount_fen=row.total))
    placement = queries.alive(row.bill)
    if placement is None or not queries.contradicts(placement, bill):
        tell_change(row)


def tell_change(row: Charge) -> None:
    """Tell what was kept back, now that no order of ours stands against it."""
    if not row.untold:
        return
    row.untold = False
    row.save(update_fields=["untold"])
    if row.state == Bill.WITHDRAWN:
        outbox.publish(BillWithdrawn(appointment=row.appointment_id, bill=row.bill))
        return
    outbox.publish(BillChanged(appointment=row.appointment_id, bill=row.bill, version=row.version, due_fen=row.total, lines=len(row.lines)))


@transaction.atomic
def record_none(appointment: str) -> None:
    """The doctor has finished and nothing is to be paid."""
    row = lock(appointment)
    if row.unbilled:
        return
    row.unbilled = True
    row.save(update_fields=["unbilled"])
    outbox.publish(BillNone(appointment=appointment))


# Our claims


@transaction.atomic
def claim(charge: Charge, *, key: str) -> Placement:
    """The claim of this key, made now when there is none. Raises BillTaken while another one is alive, PlacementReleased after it ended."""
    lock(charge.appointment_id)
    if found := Placement.objects.filter(key=key).first():
        if found.state in (Claim.RELEASED, Claim.REFUSED):
            raise PlacementReleased(bill=found.charge_id)
        return found
    if queries.alive(charge.bill):
        raise BillTaken(bill=charge.bill)
    return Placement.objects.create(key=key, charge=charge, amount=charge.total, reference=numbers.mint("O"))


@transaction.atomic
def record_opened(key: str, *, order: str) -> Placement:
    """Payments has the order. Raises PlacementReleased when the claim was given back meanwhile."""
    row = claimed(key)
    if row.state == Claim.RELEASED:
        raise PlacementReleased(bill=row.charge_id)
    if row.state == Claim.CLAIMED:
        row.state, row.order = Claim.OPENED, order
        row.save(update_fields=["state", "order"])
        Charge.objects.filter(bill=row.charge_id).update(order=order)
        Charge.objects.filter(bill=row.charge_id, state=Bill.OPEN).update(state=Bill.LOCKED)
    return row


@transaction.atomic
def release(key: str, *, reason: str) -> None:
    """HIS holds the bill for us no longer. Not while its order is alive: that may have been opened in this very moment."""
    row, order = claimed(key), orders.order_of(key)
    if row.state not in (Claim.CLAIMED, Claim.OPENED) or (order and order.state != Order.State.CLOSED):
        return
    row.state, row.reason = Claim.RELEASED, reason
    row.save(update_fields=["state", "reason"])
    charge = row.charge
    if charge.state == Bill.LOCKED:
        charge.state = Bill.OPEN
        charge.save(update_fields=["state"])
    tell_change(charge)


def claimed(key: str) -> Placement:
    """The claim and its charge, with the appointment locked."""
    lock(Placement.objects.values_list("charge__appointment__his_id", flat=True).get(key=key))
    return Placement.objects.select_related("charge").get(key=key)


@transaction.atomic
def begin_booking(paid: OrderPaid) -> Placement | None:
    """The money is in. None when nobody here asked for it, or another order of ours holds the bill: then it goes to the desk."""
    if not Placement.objects.filter(key=paid.key).exists():
        return None
    row = claimed(paid.key)
    if row.state in (Claim.BOOKING, Claim.BOOKED, Claim.REFUSED):
        return row
    other = queries.alive(row.charge_id)
    if other is not None and other.pk != row.pk:
        return None
    row.state, row.order, row.channel, row.channel_no, row.paid_at = Claim.BOOKING, paid.order, paid.channel, paid.channel_no, paid.paid_at
    row.save()
    return row


@transaction.atomic
def note_asked(key: str) -> None:
    """A call may have arrived unanswered: the next one begins by asking."""
    Placement.objects.filter(key=key).update(asked=True)


@transaction.atomic
def record_booked(key: str, *, receipt: str) -> Placement:
    """HIS has booked it under `receipt`."""
    row = claimed(key)
    if row.state != Claim.BOOKED:
        row.state, row.asked = Claim.BOOKED, False
        row.save(update_fields=["state", "asked"])
        Charge.objects.filter(bill=row.charge_id).update(state=Bill.SETTLED, receipt=receipt, order=row.order, untold=False)
        audit.record("his", "care.charge_booked", row.charge_id, order=row.order, amount=row.amount)
    return row


@transaction.atomic
def record_refused(key: str, *, reason: str) -> None:
    """HIS will not book money that is in; `reason` is its code."""
    row = claimed(key)
    if row.state != Claim.BOOKING:
        return
    row.state, row.reason, row.asked = Claim.REFUSED, reason, False
    row.save(update_fields=["state", "reason", "asked"])
    audit.record("his", "care.charge_refused", row.charge_id, order=row.order, reason=reason, amount=row.amount)
    outbox.publish(ChargeRefused(appointment=row.charge.appointment_id, bill=row.charge_id, order=row.order, key=key, reason=reason))
    tell_change(row.charge)


@transaction.atomic
def tell_settled(key: str) -> None:
    """Payments knows that HIS booked it: now it is told, once. The receipt a person of the money desk entered by hand counts as well."""
    if not Placement.objects.filter(key=key, told=False).exists():
        return
    row = claimed(key)
    if row.told:
        return
    row.state, row.told = Claim.BOOKED, True
    row.save(update_fields=["state", "told"])
    outbox.publish(
        ChargeSettled(
            appointment=row.charge.appointment_id, bill=row.charge_id, order=row.order, key=key, amount_fen=row.amount,
            channel=row.channel, receipt=row.charge.receipt,
        )
    )  # fmt: skip
