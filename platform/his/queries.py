"""How far the HIS's events are known."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from his.models import Position, Received

FEED = "events"


def position() -> int:
    """The `seq` up to which nothing is missing."""
    return Position.objects.filter(feed=FEED).values_list("seq", flat=True).first() or 0


def known_to(start: int, *, read_to: int, settled: datetime) -> int:
    """How far everything is known, counting on from `start`.

    A hole stops the count: an event that the HIS commits late may still appear in it. It is passed over only when the feed was just
    read past it (`read_to`) and what follows it was received before `settled`.
    """
    return count_on(
        start, Received.objects.filter(seq__gt=start).order_by("seq").values_list("seq", "received_at").iterator(), read_to, settled
    )


def count_on(start: int, rows: Iterable[tuple[int, datetime]], read_to: int, settled: datetime) -> int:
    known = start
    for seq, received_at in rows:
        if seq > known + 1 and not (seq <= read_to and received_at <= settled):
            break
        known = seq
    return known


def unknown(event_ids: Iterable[str]) -> set[str]:
    """Those of these events that were not heard of before."""
    asked = set(event_ids)
    return asked - set(Received.objects.filter(event_id__in=asked).values_list("event_id", flat=True))
