"""What a channel says about one of our numbers becomes what is so: paid, closed, still waiting.

Its word is taken in whatever way it came: as a callback, or as the answer to our asking. Said twice, late or out of order, it counts once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction

from core import audit, clock, outbox
from payments.actions import attempts, ledger, refunds
from payments.actions.orders import get_into_trouble
from payments.actions.rows import alive, keep, locked, locked_attempt, note
from payments.channels.port import Standing
from payments.events import OrderClosed, OrderPaid
from payments.models import Attempt, Order, Tender
from payments.states import AttemptStates, OrderStates, TenderStates

ARRIVES_WITHIN = timedelta(seconds=60)
"""Longer than any time-out of ours: what the channel does not know by then never arrived."""
AWAITING = (Order.State.OPEN, Order.State.PAYING, Order.State.UNKNOWN, Order.State.CLOSING, Order.State.TROUBLE)


class Verdict(StrEnum):
    TAKEN = "taken"
    REPEAT = "repeat"
    UNKNOWN_ORDER = "unknown_order"
    WRONG_AMOUNT = "wrong_amount"


@transaction.atomic
def take(channel: str, standing: Standing) -> Verdict:
    """Make our books agree with what the channel says about one number."""
    attempt = locked_attempt(standing.out_trade_no)
    if attempt is None or attempt.channel != channel:
        audit.record(channel, "payments.unknown_order", standing.out_trade_no, state=standing.state)
        return Verdict.UNKNOWN_ORDER
    if standing.state == "paid":
        return take_payment(attempt, standing)
    if attempt.state not in Attempt.ALIVE:
        return Verdict.REPEAT
    {"closed": take_closed, "waiting": take_waiting, "absent": take_absent, "unknown": attempts.lose_sight}[standing.state](attempt)
    return Verdict.TAKEN


def take_payment(attempt: Attempt, standing: Standing) -> Verdict:
    if attempt.state == Attempt.State.PAID:
        return Verdict.REPEAT
    if standing.amount != attempt.amount:
        return refuse_amount(attempt, standing)
    order = attempt.order
    wanted = order.state in AWAITING and attempt.tender.state in (Tender.State.WAITING, Tender.State.UNKNOWN)
    receive(attempt, standing, memo="收到付款" if wanted else "收到多余的付款，将原路退回")
    if wanted:
        settle(attempt)
    elif order.state == Order.State.CLOSED:
        give_back(attempt, "关单以后才收到付款，已自动原路退回")
    else:
        give_back(attempt, "同一张订单付了两次，多的一次已自动原路退回")
    return Verdict.TAKEN


def receive(attempt: Attempt, standing: Standing, *, memo: str) -> None:
    """The money is in our books, whatever it is for."""
    now = clock.now()
    AttemptStates(attempt).pay()
    attempt.channel_no, attempt.received, attempt.paid_at = standing.channel_no, standing.amount, standing.paid_at or now
    keep(attempt)
    ledger.post_payment(attempt, memo=memo, at=now)
    number = attempt.order.number
    audit.record(attempt.channel, "payments.received", number, amount=attempt.received, channel_no=attempt.channel_no)


def settle(attempt: Attempt) -> None:
    """The tender is in. With every tender in, the order is paid."""
    order = attempt.order
    TenderStates(attempt.tender).receive()
    keep(attempt)
    if order.tenders.exclude(state=Tender.State.IN).exists():
        return
    OrderStates(order).pay()
    order.paid_at = attempt.paid_at or clock.now()
    order.save()
    note(order, "渠道确认收到付款")
    outbox.publish(paid_news(order, attempt, at=order.paid_at))


def paid_news(order: Order, attempt: Attempt, *, at: datetime) -> OrderPaid:
    return OrderPaid(
        order=order.number, key=order.key, purpose=order.purpose, subject=order.subject, amount=order.amount,
        channel=attempt.channel, channel_no=attempt.channel_no, paid_at=at.isoformat(),
    )  # fmt: skip


def give_back(attempt: Attempt, why: str) -> None:
    """Money the order has no use for goes back by itself, and the order says why."""
    order, attempt.surplus = attempt.order, True
    keep(attempt)
    if order.state in (Order.State.CLOSED, Order.State.TROUBLE):
        OrderStates(order).start_refund()
    order.reason, order.paid_at = why, order.paid_at or attempt.paid_at
    order.save()
    note(order, why)
    refunds.place(attempt, key=f"surplus:{attempt.out_trade_no}", amount=attempt.received, reason="多收的付款退回")


@transaction.atomic
def accept_wrong_amount(channel: str, standing: Standing) -> bool:
    """The desk sends back money whose sum was refused: into the books with what really came, and out again. False when there is none."""
    attempt = locked_attempt(standing.out_trade_no)
    if attempt is None or attempt.channel != channel or attempt.state == Attempt.State.PAID or standing.state != "paid":
        return False
    receive(attempt, standing, memo="收到的金额与订单不符，将原路退回")
    give_back(attempt, "收到的金额与订单不符，已原路退回")
    return True


def refuse_amount(attempt: Attempt, standing: Standing) -> Verdict:
    """Not the sum that was asked: no money is booked, a person must look."""
    order = attempt.order
    audit.record(attempt.channel, "payments.wrong_amount", order.number, expected=attempt.amount, received=standing.amount)
    if order.state not in (*AWAITING, Order.State.PAID, Order.State.REFUNDING):
        note(order, "渠道通知的金额与订单不符，没有入账")
    elif order.state != Order.State.TROUBLE:
        get_into_trouble(order, "渠道通知的金额与订单不符，没有入账", by=attempt.channel)
    return Verdict.WRONG_AMOUNT


def take_closed(attempt: Attempt) -> None:
    AttemptStates(attempt).close()
    keep(attempt)
    after_last_attempt(attempt.order, "渠道确认已关单，没有收钱")


def take_waiting(attempt: Attempt) -> None:
    """Nobody has paid. An attempt whose answer was lost is where it would have been."""
    states, order = AttemptStates(attempt), attempt.order
    if attempt.state == Attempt.State.UNKNOWN:
        states.prepay() if attempt.prepay_id else states.claim()
        TenderStates(attempt.tender).wait()
        note(order, "渠道回答：还没有付款")
    if order.state == Order.State.UNKNOWN:
        OrderStates(order).start_paying()
    keep(order, attempt)


def take_absent(attempt: Attempt) -> None:
    """The channel does not know the number. Only after a while does that mean that it never will."""
    order = attempt.order
    if attempt.state == Attempt.State.PREPAID:
        attempts.lose_sight(attempt)
    if attempt.state == Attempt.State.NEW or clock.now() - attempt.claimed_at < ARRIVES_WITHIN or attempt.prepay_id:
        return
    if order.closing_for:
        take_closed(attempt)
        return
    attempts.stay(attempt)
    note(order, "渠道没有收到过这笔下单，没有收钱")


@transaction.atomic
def start_closing(order_number: str, *, reason: str) -> Order:
    """From now on nobody can begin to pay. With nothing at a channel it is closed at once; settled orders stay as they are."""
    order = locked(order_number)
    if order.state not in AWAITING:
        return order
    if not order.closing_for:
        order.closing_for = reason
        order.unclear_since = order.unclear_since or clock.now()
        note(order, f"正在关单：{REASONS.get(reason, reason)}")
    if order.state != Order.State.TROUBLE:
        OrderStates(order).start_closing()
    order.save()
    for attempt in alive(order):
        if attempt.state == Attempt.State.NEW:
            attempt.order = order
            AttemptStates(attempt).close()
            keep(attempt)
    after_last_attempt(order, "没有付过款")
    return order


REASONS = {
    "expired": "过了付款时间", "given_up": "不再需要付款", "bill_changed": "账单变了", "bill_withdrawn": "账单作废了",
    "bill_settled": "已在窗口缴清", "desk": "收费处决定",
}  # fmt: skip


def after_last_attempt(order: Order, words: str) -> None:
    """With no attempt alive: a closing order is closed, any other waits for the next attempt."""
    if alive(order) or order.state not in AWAITING or order.attempts.filter(state=Attempt.State.PAID, surplus=False).exists():
        return
    if not order.closing_for:
        if order.state in (Order.State.PAYING, Order.State.UNKNOWN):
            OrderStates(order).fall_back()
            order.save()
        return
    OrderStates(order).close()
    order.save()
    for tender in order.tenders.filter(state__in=[Tender.State.WAITING, Tender.State.UNKNOWN]):
        TenderStates(tender).drop()
        tender.save()
    note(order, f"已关单：{words}")
    audit.record("payments", "payments.closed", order.number, reason=order.closing_for)
    outbox.publish(OrderClosed(order=order.number, key=order.key, purpose=order.purpose, subject=order.subject, reason=order.closing_for))
