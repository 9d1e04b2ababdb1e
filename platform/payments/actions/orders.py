"""An order's beginning, its booking, and its way to the money desk."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from core import audit, clock, numbers, outbox
from payments.actions.rows import locked, note
from payments.errors import AmountNotPositive, KeyUsedOtherwise, NotBookable, OrderSettled, SubjectHasOrder
from payments.events import OrderBooked, OrderInTrouble, OrderOpened
from payments.models import Order, Tender
from payments.states import OrderStates

SETTLED = (Order.State.CLOSED, Order.State.BOOKED, Order.State.REFUNDED)


@transaction.atomic
def open_order(
    *,
    key: str,
    purpose: str,
    subject: str,
    patient: str,
    campus: str,
    amount: int,
    description: str,
    expires_at: datetime,
    number: str = "",
) -> Order:
    """One order for one bill (`subject`), to be paid in cash through a channel. The same key again returns the same order.

    `number` is ours, minted by the caller when a partner had to hear it before the order stood.
    Raises AmountNotPositive, KeyUsedOtherwise, SubjectHasOrder while another order for the subject may be paid, or was.
    """
    if amount <= 0:
        raise AmountNotPositive(amount=amount)
    if known := opened_before(key, purpose=purpose, subject=subject, amount=amount):
        return known
    number = number or numbers.mint("O")
    try:
        with transaction.atomic():
            order = Order.objects.create(
                number=number, key=key, purpose=purpose, subject=subject, patient=patient, campus=campus, amount=amount,
                description=description[:127], expires_at=expires_at, ask_at=expires_at,
            )  # fmt: skip
    except IntegrityError:
        if known := opened_before(key, purpose=purpose, subject=subject, amount=amount):
            return known
        other = Order.objects.filter(purpose=purpose, subject=subject, alone=True).first()
        raise SubjectHasOrder(order=other.number if other else "") from None
    Tender.objects.create(order=order, kind="cash", amount=amount)
    note(order, "开单，等患者付款")
    audit.record("payments", "payments.opened", number, amount=amount)
    outbox.publish(OrderOpened(order=number, key=key, purpose=purpose, subject=subject, amount=amount))
    return order


def opened_before(key: str, *, purpose: str, subject: str, amount: int) -> Order | None:
    order = Order.objects.filter(key=key).first()
    if order and (order.purpose, order.subject, order.amount) != (purpose, subject, amount):
        raise KeyUsedOtherwise(order=order.number)
    return order


@transaction.atomic
def mark_booked(order_number: str, *, receipt: str, by: str = "payments") -> Order:
    """HIS (or the desk, by hand) has booked the money under `receipt`. A repeat changes nothing. Raises NotBookable."""
    order = locked(order_number)
    if order.state == Order.State.BOOKED or (order.receipt and by == "payments"):
        return order
    if order.state not in (Order.State.PAID, Order.State.TROUBLE) or order.tenders.exclude(state=Tender.State.IN).exists():
        raise NotBookable(order=order.number, state=order.state)
    OrderStates(order).book()
    order.receipt = receipt[:64]
    order.save()
    note(order, "医院已入账，收清")
    audit.record(by, "payments.booked", order.number, receipt=order.receipt)
    outbox.publish(OrderBooked(order=order.number, key=order.key, purpose=order.purpose, subject=order.subject))
    return order


@transaction.atomic
def report_trouble(order_number: str, reason: str, *, by: str = "payments") -> Order:
    """Hand the order to the money desk; no money moves. In trouble already: nothing changes. Raises OrderSettled."""
    order = locked(order_number)
    if order.state == Order.State.TROUBLE:
        return order
    if order.state in SETTLED:
        raise OrderSettled(order=order.number, state=order.state)
    get_into_trouble(order, reason, by=by)
    return order


@transaction.atomic
def report_held(order_number: str, reason: str, *, by: str = "payments") -> Order:
    """Money, booked perhaps, that is to go back and cannot by itself: the desk holds it until a person decides; no money moves.

    In trouble already: nothing changes. Raises OrderSettled when none is left with us.
    """
    order = locked(order_number)
    if order.state == Order.State.TROUBLE:
        return order
    if order.state in (Order.State.CLOSED, Order.State.REFUNDED):
        raise OrderSettled(order=order.number, state=order.state)
    get_into_trouble(order, reason, by=by)
    return order


def get_into_trouble(order: Order, reason: str, *, by: str = "payments") -> None:
    """The order must be locked and able to be in trouble."""
    OrderStates(order).get_into_trouble()
    order.reason = reason[:200]
    order.save()
    note(order, f"交给收费处处理：{order.reason}"[:200])
    audit.record(by, "payments.trouble", order.number, reason=order.reason)
    outbox.publish(OrderInTrouble(order=order.number, key=order.key, reason=order.reason))


@transaction.atomic
def go_on(order_number: str, *, by: str) -> Order:
    """The desk found nothing wrong: the order is again what its attempts and tenders make it."""
    order = locked(order_number)
    if order.state != Order.State.TROUBLE:
        return order
    inside = not order.tenders.exclude(state=Tender.State.IN).exists()
    waiting = order.attempts.filter(state__in=["claimed", "prepaid", "unknown"]).exists()
    came = Order.State.BOOKED if order.receipt else Order.State.PAID
    into = came if inside else Order.State.PAYING if waiting else Order.State.OPEN
    OrderStates(order).go_on(into=into)
    order.save()
    note(order, "收费处看过，照常进行")
    audit.record(by, "payments.went_on", order.number, state=str(into))
    return order


@transaction.atomic
def lose_patience(order_number: str, *, minutes: int) -> None:
    """An order unclear for longer than `minutes` goes to the desk; asking goes on all the same."""
    order = locked(order_number)
    unclear = order.state in (Order.State.UNKNOWN, Order.State.CLOSING)
    if unclear and order.unclear_since and clock.now() - order.unclear_since > timedelta(minutes=minutes):
        get_into_trouble(order, f"向渠道问了超过 {minutes} 分钟，还不知道收到钱没有")
