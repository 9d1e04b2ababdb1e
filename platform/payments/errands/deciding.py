"""Carrying out what the money desk decided. Each deed minds a repeat: it may be delivered twice."""

from __future__ import annotations

from contextlib import suppress

from core.errors import Conflict
from payments.actions import mark_booked, receipts, refunds
from payments.actions.orders import go_on
from payments.actions.receipts import Verdict
from payments.errands import asking, refunding
from payments.events import DeskDecided
from payments.models import Order, Refund
from payments.queries import alive, order, returnable


def carry_out(news: DeskDecided) -> Order:
    """The order as it stands afterwards; still in trouble means that the desk is needed again."""
    with suppress(Conflict):  # the order has moved on meanwhile: what it is now stands
        {"ask": ask, "go_on": resume, "refund": give_back, "booked": book, "close": close}[news.decision](news)
    return order(news.order)


def ask(news: DeskDecided) -> None:
    for refund in order(news.order).refunds.filter(state__in=[*Refund.OPEN, Refund.State.HELD]):
        standing = refunding.asked(refund)
        if standing:
            refunds.take(standing)
    asking.look_up(news.order)


def resume(news: DeskDecided) -> None:
    go_on(news.order, by=news.by)


def give_back(news: DeskDecided) -> None:
    """A held refund goes again under its own number; else what is still with us is returned, also what came with a wrong sum."""
    stuck = list(order(news.order).refunds.filter(state=Refund.State.HELD))
    for refund in stuck:
        refunds.take_up(refund.number, by=news.by)
        refunding.pursue(refund.number)
    fen = returnable(news.order)
    if fen and not stuck:
        refunding.refund(news.order, key=f"desk:{news.process}", amount=fen, reason="收费处退款", by=news.by)
    for attempt in [] if stuck or fen else alive(order(news.order)):
        standing = asking.answer(attempt)
        if standing and receipts.take(attempt.channel, standing) == Verdict.WRONG_AMOUNT:
            receipts.accept_wrong_amount(attempt.channel, standing)


def book(news: DeskDecided) -> None:
    mark_booked(news.order, receipt=news.receipt, by=news.by)


def close(news: DeskDecided) -> None:
    asking.close(news.order, reason="desk")
