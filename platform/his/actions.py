"""Every write of this room: events kept once, nonces spent once, refusals counted, the feed's position and its lease."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import timedelta

import orjson
from django.db import transaction
from django.db.models import F

from core import audit, clock, outbox
from his import queries
from his.errors import PushRefused
from his.events import HisReported
from his.models import Nonce, Position, Received, Refusal
from his.port import HisEvent
from his.signature import WINDOW_SECONDS, Signed

LEASE = timedelta(seconds=60)
SETTLED = timedelta(seconds=120)
"""After this long the HIS will not commit anything into a hole any more."""
NONCE_KEPT = timedelta(seconds=3 * WINDOW_SECONDS)


@transaction.atomic
def take_push(signed: Signed, events: Iterable[HisEvent]) -> int:
    """Spend the nonce and keep the events; returns how many were new. Raises PushRefused for a nonce seen before."""
    _, fresh = Nonce.objects.get_or_create(key_id=signed.key_id, nonce=signed.nonce)
    if not fresh:
        raise PushRefused(reason="replay")
    return keep(events, Received.Means.PUSH)


@transaction.atomic
def keep(events: Iterable[HisEvent], means: Received.Means) -> int:
    """Store and publish what was not heard of before; returns how many. In order of `seq`, so that two at once never wait in a circle."""
    ordered = sorted(events, key=lambda event: event.seq)
    fresh = queries.unknown(event.id for event in ordered)
    return sum(keep_one(event, means) for event in ordered if event.id in fresh)


def keep_one(event: HisEvent, means: Received.Means) -> bool:
    said = {"seq": event.seq, "type": event.type[:40], "at": event.at, "means": means}
    _, new = Received.objects.get_or_create(event_id=event.id, defaults=said)
    if new:
        outbox.publish(news(event))
    return new


def news(event: HisEvent) -> HisReported:
    return HisReported(
        event_id=event.id, type=event.type, at=event.at.isoformat(), patient_id=event.patient or "",
        appointment_id=event.appointment or "", bill_id=event.bill or "", data=orjson.dumps(event.data).decode(),
    )  # fmt: skip


# The poller


def lease() -> str:
    """The right to poll for a minute; empty while another poller has it."""
    Position.objects.get_or_create(feed=queries.FEED)
    mine, at = secrets.token_hex(16), clock.now()
    taken = Position.objects.filter(feed=queries.FEED, held_until__lte=at).update(holder=mine, held_until=at + LEASE)
    return mine if taken else ""


def release(holder: str) -> None:
    Position.objects.filter(feed=queries.FEED, holder=holder).update(held_until=clock.now())


@transaction.atomic
def move_on(*, read_to: int = 0) -> int:
    """Move the position over everything known now; `read_to` is how far the feed was just read. Returns the position."""
    row = Position.objects.select_for_update().get(feed=queries.FEED)
    known = queries.known_to(row.seq, read_to=read_to, settled=clock.now() - SETTLED)
    if known > row.seq:
        row.seq = known
        row.save(update_fields=["seq"])
    return row.seq


@transaction.atomic
def note_unusable(seq: int) -> None:
    """The feed holds an event that is not in the contract: someone must look."""
    audit.record("his", "his.event_unusable", f"event:{seq}", seq=seq)


# Refusals


@transaction.atomic
def count_refusal(source: str, reason: str) -> None:
    minute = clock.now().replace(second=0, microsecond=0)
    row, _ = Refusal.objects.get_or_create(source=source, minute=minute, defaults={"reason": reason})
    Refusal.objects.filter(pk=row.pk).update(times=F("times") + 1)


@transaction.atomic
def close_refusals() -> int:
    """Write one audit entry for each source and minute that is over; returns how many."""
    minute = clock.now().replace(second=0, microsecond=0)
    over = list(Refusal.objects.select_for_update(skip_locked=True).filter(minute__lt=minute).order_by("pk"))
    for row in over:
        audit.record(
            f"his:{row.source}", "his.refused", "push", source=row.source, minute=row.minute.isoformat(), times=row.times, reason=row.reason
        )
        row.delete()
    return len(over)


def sweep_nonces() -> int:
    """Forget nonces whose messages are refused for their time anyway."""
    gone, _ = Nonce.objects.filter(seen_at__lt=clock.now() - NONCE_KEPT).delete()
    return gone
