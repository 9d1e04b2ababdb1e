"""Bills and orders between HIS and the channel: lock, open; close, unlock; book, or give back.

Each claim has one reference for ever. HIS answers a repeated request_no as before, so a step that was cut off is done again under it.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from care.charges import actions, queries
from care.charges.errors import BillGone, BillHasChanged, BillPaidElsewhere, BillTaken, NothingDue, PlacementReleased
from care.models import Charge, Placement
from care.queries import is_known
from core import clock, numbers
from core.errors import PartnerRefused, PartnerUnclear
from core.money import Fen
from his import his, port
from payments import queries as orders
from payments.actions import mark_booked, open_order, report_trouble
from payments.errands import close, refund
from payments.errors import OrderSettled, SubjectHasOrder
from payments.events import OrderPaid
from payments.models import Order

PURPOSE = "bill"
FREE = "none"
REFUSALS = {"bill_changed": BillHasChanged, "bill_settled": BillPaidElsewhere, "bill_withdrawn": BillGone, "bill_locked": BillTaken}
REASONS = {"settled": "bill_settled", "withdrawn": "bill_withdrawn"}
RETURNED = (Order.State.REFUNDING, Order.State.REFUNDED)
FINAL = ("bill_settled", "bill_withdrawn", "amount_differs")
Claim = Placement.State


# Reading


def refresh(appointment: str) -> list[Charge]:
    """Every bill of this visit, read now."""
    left = clock.now()
    for bill in his().bills(appointment):
        keep(bill, left)
    return queries.of(appointment)


def refresh_bill(bill: str) -> Charge | None:
    """One bill, read now; None when it belongs to nobody of ours."""
    left = clock.now()
    return keep(his().bill(bill), left)


def keep(bill: port.Bill, read_at: datetime) -> Charge | None:
    """Write a reading down; an order of ours that cannot pay this bill any more is closed. None when it belongs to nobody of ours."""
    if not is_known(bill.appointment):
        return None
    row = actions.record_bill(bill, read_at=read_at)
    placement = queries.alive(bill.id)
    if placement is not None and queries.contradicts(placement, bill):
        release(placement.key, reason=REASONS.get(bill.state, "bill_changed"))
    return row


# Opening


def place_order(charge: Charge, *, key: str, expires_at: datetime) -> Order:
    """The order for this charge: the bill is locked at HIS, then the order opened. The same key gives the same order.

    Raises NothingDue (HIS was told), BillHasChanged, BillGone, BillPaidElsewhere, BillTaken, and the partner errors, after which the same
    key goes on where it stopped.
    """
    placement = actions.claim(charge, key=key)
    if placement.state != Claim.CLAIMED:
        return standing(placement)
    lock(placement)
    if placement.amount == 0:
        book_nothing(placement)
        raise NothingDue(bill=charge.bill)
    order = open_at_payments(charge, placement, expires_at)
    try:
        actions.record_opened(key, order=order.number)
    except PlacementReleased:
        close(order.number, reason="given_up")
        unlock(placement)
        raise
    return order


def open_at_payments(charge: Charge, placement: Placement, expires_at: datetime) -> Order:
    """An order that payments still holds for this bill (its money is going back) leaves no room for another."""
    visit = charge.appointment
    try:
        return open_order(
            key=placement.key, purpose=PURPOSE, subject=charge.bill, patient=visit.patient, campus=visit.campus_id,
            amount=Fen(placement.amount), description=f"{visit.department.name} 门诊费用",
            expires_at=expires_at, number=placement.reference,
        )  # fmt: skip
    except SubjectHasOrder as held:
        give_back(placement.key, reason="taken")
        raise BillTaken(bill=charge.bill) from held


def standing(placement: Placement) -> Order:
    if placement.amount == 0:
        raise NothingDue(bill=placement.charge_id)
    return orders.order(placement.order)


def lock(placement: Placement) -> None:
    """提交订单. Refused: the claim is given back and the bill read again, so that the rooms above hear why."""
    try:
        his().lock(
            placement.charge_id, request_no=f"{placement.reference}-lock", order=placement.reference, amount_fen=Fen(placement.amount)
        )
    except PartnerUnclear:
        bill = his().bill(placement.charge_id)
        if bill.state != Charge.State.LOCKED or bill.order != placement.reference:
            raise
    except PartnerRefused as no:
        refresh_bill(placement.charge_id)
        actions.release(placement.key, reason=no.reason)
        if no.reason not in REFUSALS:
            raise
        raise REFUSALS[no.reason](bill=placement.charge_id) from no


def book_nothing(placement: Placement) -> None:
    """A bill of nothing is settled at HIS without an order."""
    nothing = port.Settlement(
        order=placement.reference, amount_fen=Fen(0), channel=FREE, channel_no=placement.reference, paid_at=clock.now()
    )
    booked = his().settle(placement.charge_id, nothing, request_no=f"{placement.reference}-zero")
    actions.record_booked(placement.key, receipt=booked.receipt or "")


# Giving up


def release(key: str, *, reason: str = "given_up") -> Placement | None:
    """Close the order at the channel, then unlock the bill. Money that came first wins: then it is booked, and nothing is released.

    The channel not sure yet: the order stays *closing*, and `give_back` follows when it is closed. `reason` is what OrderClosed will say.
    A repeat does nothing.
    """
    placement = queries.placement(key)
    if placement is None or not is_held(placement):
        return placement
    order = orders.order_of(key)
    if order and close(order.number, reason=reason).state != Order.State.CLOSED:
        return queries.placement(key)
    given = give_back(key, reason=reason)
    return release(key, reason=reason) if order is None and is_held(given) else given


def give_back(key: str, *, reason: str) -> Placement | None:
    """取消订单 at HIS where no order is alive; one that was opened in this very moment stays. A repeat does nothing."""
    placement = queries.placement(key)
    if placement is None or not is_held(placement):
        return placement
    unlock(placement)
    actions.release(key, reason=reason)
    return queries.placement(key)


def is_held(placement: Placement | None) -> bool:
    """HIS may hold the bill for it, and no money is in."""
    return placement is not None and placement.state in (Claim.CLAIMED, Claim.OPENED)


def unlock(placement: Placement) -> None:
    """A bill settled or withdrawn by now is not locked any more. Each call has its own number: a lock may have come between two."""
    try:
        his().unlock(placement.charge_id, request_no=numbers.mint("U"), order=placement.reference)
    except PartnerRefused as no:
        if no.reason not in ("bill_settled", "bill_withdrawn"):
            raise


# Booking


def book(paid: OrderPaid) -> None:
    """The money is in: tell HIS, then payments. HIS silent: raises, and is called again; the order stays *paid* until it is known."""
    placement = actions.begin_booking(paid)
    if placement is not None:
        finish_booking(placement)
        return
    with suppress(OrderSettled):
        report_trouble(paid.order, "收到了钱，但没有等它的账单")


def finish_booking(placement: Placement) -> None:
    """From wherever it stopped to booked or given back. What the money desk gave back meanwhile is not booked any more."""
    order = orders.order(placement.order)
    if order.state in RETURNED:
        take_back(placement)
        return
    if placement.state == Claim.BOOKING and (bill := settle(placement)):
        placement = actions.record_booked(placement.key, receipt=bill.receipt or "")
    else:
        placement = queries.placement(placement.key) or placement
    if placement.state == Claim.REFUSED:
        refund(placement.order, key=f"{placement.key}:back", amount=Fen(placement.amount), reason="医院没有收这笔钱，原路退回")
    elif placement.state == Claim.BOOKED:
        mark_booked(placement.order, receipt=queries.charge(placement.charge_id).receipt)


def take_back(placement: Placement) -> None:
    """The money is on its way back: what HIS may have booked of it is reversed."""
    if placement.state != Claim.BOOKING:
        return
    if booked_for_us(placement):
        number = f"{placement.reference}-back"
        his().reverse(
            placement.charge_id, request_no=number, order=placement.reference, refund=number, amount_fen=Fen(placement.amount),
            channel_no=placement.channel_no,
        )  # fmt: skip
    actions.record_refused(placement.key, reason="returned")


def settle(placement: Placement) -> port.Bill | None:
    """确认支付: the booked bill; None when HIS finally says no, which is then on record. Asks first after a call that may have arrived."""
    if placement.asked and (bill := booked_for_us(placement)):
        return bill
    payment = port.Settlement(
        order=placement.reference, amount_fen=Fen(placement.amount), channel=placement.channel, channel_no=placement.channel_no,
        paid_at=datetime.fromisoformat(placement.paid_at),
    )  # fmt: skip
    try:
        return his().settle(placement.charge_id, payment, request_no=f"{placement.reference}-settle")
    except PartnerUnclear:
        actions.note_asked(placement.key)
        if bill := booked_for_us(placement):
            return bill
        raise
    except PartnerRefused as no:
        if bill := booked_for_us(placement):
            return bill
        if no.reason not in FINAL:
            raise
        actions.record_refused(placement.key, reason=no.reason)
        return None


def booked_for_us(placement: Placement) -> port.Bill | None:
    """What HIS's books say: the bill when it is settled under our reference. Whatever it is, it is kept."""
    left = clock.now()
    bill = his().bill(placement.charge_id)
    actions.record_bill(bill, read_at=left)
    return bill if bill.state == Charge.State.SETTLED and bill.order == placement.reference else None
