"""Money on its way back, claimed under a number that never changes. What the channel says about that number becomes what is so."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Sum

from core import audit, clock, numbers, outbox
from payments.actions import ledger, schedule
from payments.actions.rows import locked, locked_refund, note
from payments.channels.port import RefundAsking, RefundStanding
from payments.errors import AmountNotPositive, KeyUsedOtherwise, NothingToRefund, OrderNotFound, RefundTooLarge
from payments.events import OrderClosed, OrderInTrouble, RefundHeld, RefundSucceeded
from payments.models import Attempt, Order, Refund, Tender
from payments.states import OrderStates, RefundStates, TenderStates

FROM = (Order.State.PAID, Order.State.BOOKED, Order.State.TROUBLE, Order.State.REFUNDING)
WORDS = {
    "closed": "渠道把退款单关了",
    "abnormal": "渠道退不到原来的卡",
    "amount": "渠道退的金额与申请不符",
    "NOT_ENOUGH": "商户号余额不够",
    "USER_ACCOUNT_ABNORMAL": "患者的微信账户已注销或异常",
}


@transaction.atomic
def claim(order_number: str, *, key: str, amount: int, reason: str, by: str) -> Refund:
    """Record the refund before anything leaves. The same key again returns the same refund; one that was held is taken up again.

    Raises AmountNotPositive, NothingToRefund, RefundTooLarge, KeyUsedOtherwise.
    """
    if amount <= 0:
        raise AmountNotPositive(amount=amount)
    order = locked(order_number)
    if known := order.refunds.filter(key=key).select_related("attempt__tender").first():
        if known.amount != amount:
            raise KeyUsedOtherwise(order=order.number)
        return known
    attempt = order.attempts.filter(state=Attempt.State.PAID, surplus=False).select_related("tender").first()
    if attempt is None or order.state not in FROM:
        raise NothingToRefund(order=order.number, state=order.state)
    if amount > (left := held(attempt) - on_the_way(attempt)):
        raise RefundTooLarge(order=order.number, left=left)
    attempt.order = order
    OrderStates(order).start_refund()
    TenderStates(attempt.tender).give_back()
    order.save()
    attempt.tender.save()
    audit.record(by, "payments.refund_claimed", order.number, amount=amount, reason=reason)
    note(order, f"申请原路退款：{reason}"[:200])
    return place(attempt, key=key, amount=amount, reason=reason)


def place(attempt: Attempt, *, key: str, amount: int, reason: str) -> Refund:
    """A claimed refund of money that came with `attempt`; the sweep sends it when nobody else does."""
    refund = Refund(order=attempt.order, attempt=attempt, number=numbers.mint("R"), key=key, amount=amount, reason=reason[:80])
    RefundStates(refund).claim()
    schedule.start(refund)
    refund.save()
    return refund


def held(attempt: Attempt) -> int:
    """Fen this attempt brought and that are still with us."""
    return attempt.received - total(attempt, [Refund.State.SUCCEEDED])


def on_the_way(attempt: Attempt) -> int:
    """Fen claimed and not returned yet. A held refund counts: its number may still bring the money back."""
    return total(attempt, [*Refund.OPEN, Refund.State.HELD])


def total(attempt: Attempt, states: list[Refund.State]) -> int:
    return int(attempt.refunds.filter(state__in=states).aggregate(fen=Sum("amount"))["fen"] or 0)


def asking(refund: Refund) -> RefundAsking:
    attempt = refund.attempt
    return RefundAsking(refund.number, attempt.out_trade_no, attempt.channel_no, refund.amount, attempt.received, refund.reason)


@transaction.atomic
def take_up(number: str, *, by: str) -> Refund:
    """The desk sends a held refund again, under the same number."""
    refund = locked_refund(number)
    if refund is None:
        raise OrderNotFound(refund=number)
    if refund.state != Refund.State.HELD:
        return refund
    RefundStates(refund).claim()
    schedule.start(refund)
    refund.save()
    if not refund.attempt.surplus or refund.order.state == Order.State.TROUBLE:
        OrderStates(refund.order).start_refund()
        refund.order.save()
    if not refund.attempt.surplus:
        TenderStates(refund.attempt.tender).give_back()
        refund.attempt.tender.save()
    note(refund.order, "收费处决定再退一次，退款单号不变")
    audit.record(by, "payments.refund_taken_up", refund.order.number, refund=number)
    return refund


@transaction.atomic
def record_unclear(number: str) -> None:
    refund = locked_refund(number)
    if refund and refund.state in (Refund.State.CLAIMED, Refund.State.PROCESSING):
        RefundStates(refund).lose_sight()
        refund.save()
        note(refund.order, "退款没有回音，结果未知，正在去问")


@transaction.atomic
def record_refused(number: str, reason: str) -> None:
    """The channel answered no; `reason` is its code."""
    refund = locked_refund(number)
    if refund and refund.state in Refund.OPEN:
        hold(refund, WORDS.get(reason, "渠道没有受理退款"), code=reason)


@transaction.atomic
def take(standing: RefundStanding) -> bool:
    """Make our books agree with what the channel says about one refund; False when the number is not ours. Twice changes nothing."""
    refund = locked_refund(standing.number)
    if refund is None:
        audit.record("payments", "payments.unknown_refund", standing.number, state=standing.state)
        return False
    if refund.state == Refund.State.SUCCEEDED or standing.state == "absent":
        return True
    if standing.amount != refund.amount:
        take_held(refund, "amount")
    elif standing.state == "succeeded":
        succeed(refund, standing)
    elif standing.state in ("closed", "abnormal"):
        take_held(refund, standing.state)
    elif refund.state in Refund.OPEN:
        move = RefundStates(refund)
        move.accept() if standing.state == "processing" else move.lose_sight()
        refund.channel_no = standing.channel_no or refund.channel_no
        refund.save()
    return True


def take_held(refund: Refund, code: str) -> None:
    if refund.state != Refund.State.HELD:
        hold(refund, WORDS[code], code=code)


def succeed(refund: Refund, standing: RefundStanding) -> None:
    now = clock.now()
    RefundStates(refund).succeed()
    refund.channel_no, refund.succeeded_at = standing.channel_no, now
    refund.save()
    ledger.post_refund(refund, at=now)
    finish(refund)
    order = refund.order
    note(order, "渠道确认已退到患者")
    audit.record(refund.attempt.channel, "payments.refund_succeeded", order.number, refund=refund.number, amount=refund.amount)
    outbox.publish(RefundSucceeded(refund=refund.number, order=order.number, key=order.key))


def finish(refund: Refund) -> None:
    """Where the order stands once nothing of it is on its way back: what is still held decides."""
    order, attempt = refund.order, refund.attempt
    if not attempt.surplus and not on_the_way(attempt):
        TenderStates(attempt.tender).finish_refund(into=Tender.State.IN if held(attempt) else Tender.State.RETURNED)
        attempt.tender.save()
    if order.state not in (Order.State.REFUNDING, Order.State.TROUBLE) or order.refunds.exclude(state=Refund.State.SUCCEEDED).exists():
        return
    kept = sum(held(one) for one in order.attempts.filter(state=Attempt.State.PAID))
    if order.state == Order.State.TROUBLE and kept:
        return
    into = Order.State.REFUNDED if not kept else Order.State.BOOKED if order.receipt else Order.State.PAID
    OrderStates(order).finish_refund(into=into)
    order.save()
    if into == Order.State.REFUNDED:
        drop_unpaid(order)


def drop_unpaid(order: Order) -> None:
    """Everything that came went back before the order was ever paid: for the rooms above it is closed."""
    waiting = list(order.tenders.filter(state__in=[Tender.State.WAITING, Tender.State.UNKNOWN]))
    for tender in waiting:
        TenderStates(tender).drop()
        tender.save()
    if waiting:
        outbox.publish(OrderClosed(order=order.number, key=order.key, purpose=order.purpose, subject=order.subject, reason="wrong_amount"))


def hold(refund: Refund, why: str, *, code: str) -> None:
    """The channel will not give it back: the money desk takes over."""
    order = refund.order
    RefundStates(refund).hold()
    refund.held_for = why
    refund.save()
    if not refund.attempt.surplus:
        TenderStates(refund.attempt.tender).hold()
        refund.attempt.tender.save()
    note(order, f"退不回去：{why}")
    audit.record(refund.attempt.channel, "payments.refund_held", order.number, refund=refund.number, reason=code)
    outbox.publish(RefundHeld(refund=refund.number, order=order.number, key=order.key, reason=why))
    if order.state == Order.State.REFUNDING:
        OrderStates(order).get_into_trouble()
        order.reason = f"退款退不回去：{why}"
        outbox.publish(OrderInTrouble(order=order.number, key=order.key, reason=order.reason))
    order.save()
