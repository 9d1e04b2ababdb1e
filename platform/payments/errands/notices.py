"""A channel's notice: verify, look up by our own number, compare, record, answer. It is a hint that may come twice, late or never."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from payments.actions import notices
from payments.actions.receipts import Verdict
from payments.channels import channel as channel_named
from payments.errors import CallbackProbe, CallbackRefused

log = logging.getLogger("payments")


@dataclass(frozen=True)
class Ack:
    """What the channel gets to hear."""

    status: int
    body: bytes


def accept_callback(channel: str, headers: Mapping[str, str], body: bytes) -> Ack:
    """Forged or stale: 401, nothing touched, only counted. A wrong amount: refused with 409. An unknown order: recorded and taken.

    Raises ChannelUnknown.
    """
    port = channel_named(channel)
    try:
        notice = port.read_callback(headers, body)
    except CallbackProbe as probe:
        return Ack(probe.status, port.answer(refused=probe.title))
    except CallbackRefused as refusal:
        notices.count_forgery(channel)
        return Ack(refusal.status, port.answer(refused=refusal.title))
    verdict = notices.take(channel, notice, body)
    if verdict == Verdict.UNKNOWN_ORDER:
        log.error("%s sent %s for a number that is not ours: %s", channel, notice.event_type, notice.number)
    if verdict == Verdict.WRONG_AMOUNT:
        return Ack(409, port.answer(refused="金额与订单不符"))
    return Ack(200, port.answer())
