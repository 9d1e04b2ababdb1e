"""An attempt at a channel: claimed here under a unique number before anything leaves the house, and what its asking came to."""

from __future__ import annotations

import json
from datetime import timedelta

from django.db import transaction

from core import audit, clock, encryption, numbers
from payments.actions import schedule
from payments.actions.rows import alive, keep, locked, locked_attempt, note
from payments.channels.port import Asking
from payments.errors import OrderExpired, OrderNotPayable
from payments.models import Attempt, Order, Tender
from payments.states import AttemptStates, OrderStates, TenderStates

PAYABLE = (Order.State.OPEN, Order.State.PAYING, Order.State.UNKNOWN)
PREPAY_GOOD_FOR = timedelta(minutes=110)
"""A prepay id is usable for two hours, whatever the order's own deadline."""


@transaction.atomic
def claim(order_number: str, *, channel: str, payer: str, client_ip: str) -> tuple[Attempt, bool]:
    """(the attempt to pay with, whether it leaves only now): the one that is alive, or a new one.

    Raises OrderNotPayable, OrderExpired. The caller must look whether it is this payer's and this channel's.
    """
    order = locked(order_number)
    if order.state not in PAYABLE or order.closing_for:
        raise OrderNotPayable(order=order.number, state=order.state)
    if order.expires_at <= clock.now():
        raise OrderExpired(order=order.number)
    living = alive(order)
    if living and living[0].state != Attempt.State.NEW:
        return living[0], False
    attempt = living[0] if living else made(order, channel=channel, payer=payer, client_ip=client_ip)
    leave(attempt, order)
    return attempt, True


def made(order: Order, *, channel: str, payer: str, client_ip: str) -> Attempt:
    tender = order.tenders.get(kind="cash")
    if tender.state not in (Tender.State.WAITING, Tender.State.UNKNOWN):
        raise OrderNotPayable(order=order.number, state=order.state)
    return Attempt(
        order=order,
        tender=tender,
        channel=channel,
        out_trade_no=numbers.mint("P"),
        amount=tender.amount,
        asked=encryption.seal(json.dumps({"payer": payer, "client_ip": client_ip})),
        payer=index(payer),
        claimed_at=clock.now(),
    )


def index(payer: str) -> str:
    return encryption.blind_index(payer, kind="openid")


def leave(attempt: Attempt, order: Order) -> None:
    AttemptStates(attempt).claim()
    OrderStates(order).start_paying()
    attempt.order, attempt.claimed_at = order, clock.now()
    schedule.start(order)
    keep(order, attempt)
    note(order, "向渠道下单")
    audit.record("payments", "payments.asked", order.number, channel=attempt.channel, out_trade_no=attempt.out_trade_no)


def asking(attempt: Attempt) -> Asking:
    """Exactly what was asked the first time: a repeat under the same number must not differ."""
    asked = json.loads(encryption.unseal(attempt.asked))
    order = attempt.order
    return Asking(attempt.out_trade_no, attempt.amount, order.description, asked["payer"], asked["client_ip"], order.expires_at)


def is_fresh(attempt: Attempt) -> bool:
    """Its prepay id may be handed out again."""
    return attempt.state == Attempt.State.PREPAID and attempt.prepaid_at is not None and clock.now() - attempt.prepaid_at < PREPAY_GOOD_FOR


@transaction.atomic
def record_prepaid(out_trade_no: str, prepay_id: str) -> Attempt:
    """The channel took the order. Paid or closed meanwhile: that stands, and is what the caller must look at."""
    attempt = locked_attempt(out_trade_no)
    if attempt is None:
        raise OrderNotPayable(out_trade_no=out_trade_no)
    if attempt.state not in Attempt.ALIVE:
        return attempt
    order = attempt.order
    first = not attempt.prepay_id
    AttemptStates(attempt).prepay()
    TenderStates(attempt.tender).wait()
    attempt.prepay_id, attempt.prepaid_at = prepay_id, clock.now()
    if order.state in PAYABLE:
        OrderStates(order).start_paying()
    keep(order, attempt)
    if first:
        note(order, "渠道已受理，患者可以付款")
    return attempt


@transaction.atomic
def record_not_left(out_trade_no: str) -> None:
    """It never arrived: nothing can be paid under it, and the next try uses the same number."""
    attempt = locked_attempt(out_trade_no)
    if attempt and attempt.state in (Attempt.State.CLAIMED, Attempt.State.UNKNOWN):
        stay(attempt)
        note(attempt.order, "渠道暂时连不上，没有发出")


def stay(attempt: Attempt) -> None:
    AttemptStates(attempt).stay()
    TenderStates(attempt.tender).wait()
    if attempt.order.state in (Order.State.PAYING, Order.State.UNKNOWN):
        OrderStates(attempt.order).fall_back()
    keep(attempt.order, attempt)


@transaction.atomic
def record_refused(out_trade_no: str, reason: str) -> None:
    """The channel answered no; `reason` is its code. The order can be tried again under a new number."""
    attempt = locked_attempt(out_trade_no)
    if attempt is None or attempt.state not in (Attempt.State.CLAIMED, Attempt.State.UNKNOWN):
        return
    AttemptStates(attempt).refuse()
    if attempt.order.state in (Order.State.PAYING, Order.State.UNKNOWN):
        OrderStates(attempt.order).fall_back()
    keep(attempt.order, attempt)
    note(attempt.order, "渠道没有受理")
    audit.record("payments", "payments.refused", attempt.order.number, out_trade_no=out_trade_no, reason=reason)


@transaction.atomic
def record_unclear(out_trade_no: str) -> None:
    """It may have arrived. Nobody may pay another way until the channel has been asked."""
    attempt = locked_attempt(out_trade_no)
    if attempt and attempt.state in (Attempt.State.CLAIMED, Attempt.State.UNKNOWN, Attempt.State.PREPAID):
        lose_sight(attempt)


def lose_sight(attempt: Attempt) -> None:
    first, order = attempt.state != Attempt.State.UNKNOWN, attempt.order
    AttemptStates(attempt).lose_sight()
    TenderStates(attempt.tender).lose_sight()
    if order.state in (Order.State.PAYING, Order.State.UNKNOWN):
        OrderStates(order).lose_sight()
    order.unclear_since = order.unclear_since or clock.now()
    if first:
        schedule.start(order)
        note(order, "渠道没有回音，结果未知，正在去问")
    keep(order, attempt)
