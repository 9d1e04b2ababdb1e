"""Reactions of this room to its own news: the desk gets a task, and what the desk decided is carried out. All of it minds no repeat."""

from __future__ import annotations

from core import outbox
from payments import processes
from payments.errands import deciding
from payments.events import DeskDecided, OrderBooked, OrderClosed, OrderInTrouble, OrderPaid, RefundHeld, RefundSucceeded
from payments.models import Order, Refund
from payments.queries import order


@outbox.subscriber(OrderInTrouble, name="payments.open_desk")
def open_desk(news: OrderInTrouble) -> None:
    if needs_desk(news.order):
        processes.open_desk(news.order, news.reason)


@outbox.subscriber(RefundHeld, name="payments.open_desk_for_refund")
def open_desk_for_refund(news: RefundHeld) -> None:
    if needs_desk(news.order):
        processes.open_desk(news.order, f"退款退不回去：{news.reason}")


@outbox.subscriber(DeskDecided, name="payments.carry_out")
def carry_out(news: DeskDecided) -> None:
    deciding.carry_out(news)
    if needs_desk(news.order):
        processes.open_desk(news.order, order(news.order).reason or "上次的处理还没有办成")


@outbox.subscriber(OrderPaid, name="payments.put_away_paid")
def put_away_paid(news: OrderPaid) -> None:
    put_away(news.order)


@outbox.subscriber(OrderBooked, name="payments.put_away_booked")
def put_away_booked(news: OrderBooked) -> None:
    put_away(news.order)


@outbox.subscriber(OrderClosed, name="payments.put_away_closed")
def put_away_closed(news: OrderClosed) -> None:
    put_away(news.order)


@outbox.subscriber(RefundSucceeded, name="payments.put_away_refunded")
def put_away_refunded(news: RefundSucceeded) -> None:
    put_away(news.order)


def put_away(number: str) -> None:
    if not needs_desk(number):
        processes.put_away(number)


def needs_desk(number: str) -> bool:
    row = order(number)
    return row.state == Order.State.TROUBLE or row.refunds.filter(state=Refund.State.HELD).exists()
