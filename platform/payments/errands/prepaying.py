"""From a patient's tap to the host's cashier: claim, leave, record. Never two payable orders at once."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from core.errors import PartnerError, PartnerRefused, PartnerUnavailable, PartnerUnclear
from payments.actions import attempts
from payments.channels import channel as channel_named
from payments.errands import asking
from payments.errors import OrderNotPayable, PaymentRefused, PaymentUnclear
from payments.models import Attempt, Order
from payments.queries import attempt as attempt_numbered

KNOWN_ALREADY = ("OUT_TRADE_NO_USED", "ORDER_PAID", "ORDERPAID", "ORDER_CLOSED", "ORDERCLOSED")
"""Refusals that speak of an earlier arrival under our number: ask, do not give up the attempt."""


@dataclass(frozen=True)
class Prepayment:
    """What the payer's app needs. `demo_cashier` is a page that plays the host's cashier, only in the demo."""

    order: str
    params: dict[str, str]
    demo_cashier: str | None


def prepay(order_number: str, *, channel: str, payer: str, client_ip: str) -> Prepayment:
    """A second tap gets the same order of the channel again; another payer or channel gets one only after the first is closed.

    Raises OrderNotFound, OrderNotPayable, OrderExpired, PaymentUnclear, PaymentRefused, PartnerUnavailable, PartnerUnclear.
    """
    channel_named(channel)
    attempt, left = attempts.claim(order_number, channel=channel, payer=payer, client_ip=client_ip)
    if (attempt.channel, attempt.payer) != (channel, attempts.index(payer)):
        give_up(attempt)
        attempt, left = attempts.claim(order_number, channel=channel, payer=payer, client_ip=client_ip)
    if attempts.is_fresh(attempt):
        return handed_out(attempt)
    return send(attempt) if left else ask_and_send(attempt)


def give_up(attempt: Attempt) -> None:
    """Close the attempt of another payer or channel. Raises PaymentUnclear unless it is known that it brings no money."""
    with suppress(PartnerError):
        channel_named(attempt.channel).close(attempt.out_trade_no)
    asking.ask(attempt)
    if attempt_numbered(attempt.out_trade_no).state in Attempt.ALIVE:
        raise PaymentUnclear(order=attempt.order.number)


def send(attempt: Attempt) -> Prepayment:
    """Leave with a claimed attempt. After silence: ask, and only then send the same again."""
    try:
        prepay_id = channel_named(attempt.channel).prepay(attempts.asking(attempt))
    except PartnerUnavailable:
        attempts.record_not_left(attempt.out_trade_no)
        raise
    except PartnerRefused as refusal:
        refused(attempt, refusal)
        raise PaymentRefused(order=attempt.order.number, reason=refusal.reason) from None
    except PartnerUnclear:
        attempts.record_unclear(attempt.out_trade_no)
        return ask_and_send(attempt_numbered(attempt.out_trade_no))
    return handed_out(attempts.record_prepaid(attempt.out_trade_no, prepay_id))


def refused(attempt: Attempt, refusal: PartnerRefused) -> None:
    if refusal.reason in KNOWN_ALREADY:
        attempts.record_unclear(attempt.out_trade_no)
        asking.ask(attempt)
    else:
        attempts.record_refused(attempt.out_trade_no, refusal.reason)


def ask_and_send(attempt: Attempt) -> Prepayment:
    """An earlier sending was not answered. Unpaid, or never arrived: the same again, which the channel takes as the same order."""
    standing = asking.ask(attempt)
    if standing is None or standing.state == "unknown":
        raise PaymentUnclear(order=attempt.order.number)
    if standing.state in ("paid", "closed"):
        raise OrderNotPayable(order=attempt.order.number, state=standing.state)
    try:
        prepay_id = channel_named(attempt.channel).prepay(attempts.asking(attempt))
    except PartnerError:
        attempts.record_unclear(attempt.out_trade_no)
        raise PaymentUnclear(order=attempt.order.number) from None
    return handed_out(attempts.record_prepaid(attempt.out_trade_no, prepay_id))


def handed_out(attempt: Attempt) -> Prepayment:
    """Raises OrderNotPayable when money came, or closing began, while the channel was being asked."""
    order = attempt.order
    if attempt.state != Attempt.State.PREPAID or order.state not in (Order.State.PAYING, Order.State.UNKNOWN) or order.closing_for:
        raise OrderNotPayable(order=order.number, state=order.state)
    port = channel_named(attempt.channel)
    params = port.cashier(attempt.prepay_id)
    return Prepayment(order.number, params, port.demo_cashier(params))
