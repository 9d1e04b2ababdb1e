"""Locking and noting: what every action of this room begins and ends with. All of it inside the action's own transaction."""

from __future__ import annotations

from core import clock
from payments.errors import OrderNotFound
from payments.models import Attempt, Moment, Order, Refund


def locked(number: str) -> Order:
    """The order, locked: it is the one row everything about it waits for. Raises OrderNotFound."""
    order = Order.objects.select_for_update().filter(number=number).first()
    if order is None:
        raise OrderNotFound(order=number[:32])
    return order


def locked_attempt(out_trade_no: str) -> Attempt | None:
    """The attempt with its order locked first; `attempt.order` is the locked row."""
    number = Attempt.objects.filter(out_trade_no=out_trade_no).values_list("order__number", flat=True).first()
    if number is None:
        return None
    order = locked(number)
    attempt = Attempt.objects.select_related("tender").get(out_trade_no=out_trade_no)
    attempt.order = order
    return attempt


def locked_refund(number: str) -> Refund | None:
    order_number = Refund.objects.filter(number=number).values_list("order__number", flat=True).first()
    if order_number is None:
        return None
    order = locked(order_number)
    refund = Refund.objects.select_related("attempt__tender").get(number=number)
    refund.order = order
    return refund


def note(order: Order, text: str) -> None:
    """One line on the order's timeline."""
    Moment.objects.create(order=order, at=clock.now(), text=text)


def alive(order: Order) -> list[Attempt]:
    """The attempts that may still bring money."""
    return list(order.attempts.filter(state__in=Attempt.ALIVE).select_related("tender").order_by("pk"))


def keep(*rows: Order | Attempt | Refund) -> None:
    for row in rows:
        row.save()
        if isinstance(row, Attempt):
            row.tender.save()
