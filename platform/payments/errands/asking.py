"""Asking a channel what is so, and closing: an order counts as closed when the channel's answer to a question says so."""

from __future__ import annotations

import logging

from core.errors import PartnerError
from payments.actions import receipts
from payments.actions.orders import lose_patience
from payments.channels import channel
from payments.channels.port import Standing
from payments.models import Attempt, Order
from payments.queries import alive, order

log = logging.getLogger("payments")
PATIENCE_MINUTES = 10


def look_up(order_number: str) -> Order:
    """Ask the channel about every attempt that may still bring money. A channel that does not answer changes nothing.

    Raises OrderNotFound.
    """
    for attempt in alive(order(order_number)):
        ask(attempt)
    lose_patience(order_number, minutes=PATIENCE_MINUTES)
    return order(order_number)


def close(order_number: str, *, reason: str = "given_up") -> Order:
    """Close the order at the channel. Paid already wins; not known yet stays *closing* and the sweep goes on asking.

    Raises OrderNotFound.
    """
    receipts.start_closing(order_number, reason=reason)
    for attempt in alive(order(order_number)):
        try:
            channel(attempt.channel).close(attempt.out_trade_no)
        except PartnerError as problem:
            log.info("closing %s: %s", attempt.out_trade_no, problem.code)
        ask(attempt)
    lose_patience(order_number, minutes=PATIENCE_MINUTES)
    return order(order_number)


def ask(attempt: Attempt) -> Standing | None:
    """What the channel says now becomes what is so; None when it did not say."""
    standing = answer(attempt)
    if standing:
        receipts.take(attempt.channel, standing)
    return standing


def answer(attempt: Attempt) -> Standing | None:
    """What the channel says about this attempt; None when it did not say, or was never asked to collect."""
    if attempt.state == Attempt.State.NEW:
        return None
    try:
        return channel(attempt.channel).query(attempt.out_trade_no)
    except PartnerError as problem:
        log.info("asking about %s: %s", attempt.out_trade_no, problem.code)
        return None
