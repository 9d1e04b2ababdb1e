"""Giving money back, claimed under one number for ever: unclear means asking about it, and sending it again is no second refund."""

from __future__ import annotations

from core.errors import PartnerRefused, PartnerUnavailable, PartnerUnclear
from payments.actions import refunds
from payments.channels import channel
from payments.channels.port import RefundStanding
from payments.models import Refund
from payments.queries import refund as refund_numbered

NOT_YET = ("RESOURCE_NOT_EXISTS", "SYSTEM_ERROR", "FREQUENCY_LIMITED")
"""Refusals that pass: right after the payment the channel may not find it yet. The sweep sends the same number again."""
LAST_NOT_YET = 6


def refund(order_number: str, *, key: str, amount: int, reason: str, by: str = "payments") -> Refund:
    """Give `amount` fen of the order back. The same key again asks about the same refund.

    Whether it succeeded says the returned refund's state; an event tells when it did, or that the desk must help.
    Raises OrderNotFound, AmountNotPositive, NothingToRefund, RefundTooLarge, KeyUsedOtherwise.
    """
    claimed = refunds.claim(order_number, key=key, amount=amount, reason=reason, by=by)
    return pursue(claimed.number)


def pursue(number: str) -> Refund:
    """Do what this refund needs next: send it, or ask about it. Settled and held refunds stay as they are."""
    row = refund_numbered(number)
    if row.state not in Refund.OPEN:
        return row
    standing = None if is_new(row) else asked(row)
    if is_new(row) or (standing and standing.state == "absent"):
        send(row)
    elif standing:
        refunds.take(standing)
    return refund_numbered(number)


def is_new(row: Refund) -> bool:
    """It has never been sent, as far as is known: the sweep has not looked at it yet."""
    return row.state == Refund.State.CLAIMED and not row.asks


def send(row: Refund) -> None:
    try:
        standing = channel(row.attempt.channel).refund(refunds.asking(row))
    except PartnerUnavailable:
        return
    except PartnerUnclear:
        refunds.record_unclear(row.number)
        return
    except PartnerRefused as refusal:
        if refusal.reason not in NOT_YET or row.asks > LAST_NOT_YET:
            refunds.record_refused(row.number, refusal.reason)
        return
    refunds.take(standing)


def asked(row: Refund) -> RefundStanding | None:
    """What the channel knows of this refund; None when it did not say."""
    try:
        return channel(row.attempt.channel).query_refund(row.number)
    except (PartnerUnavailable, PartnerUnclear, PartnerRefused):
        return None
