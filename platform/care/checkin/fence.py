"""Is she near enough, and may the reading be believed? A position is looked at here and forgotten."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from care.checkin.errors import PositionUnusable, TooFar
from care.models import Campus

EARTH = 6_371_008.8
OLDEST = timedelta(minutes=1)
SKEW = timedelta(seconds=5)
"""How far a phone's clock may run ahead of ours before its reading counts as from the future."""


@dataclass(frozen=True)
class Position:
    """One reading in GCJ-02: degrees, `accuracy` in metres, `at` when it was taken. Its repr is empty on purpose: nothing may log it."""

    lng: float = field(repr=False)
    lat: float = field(repr=False)
    accuracy: float = field(repr=False)
    at: datetime = field(repr=False)


def distance(lng: float, lat: float, to_lng: float, to_lat: float) -> float:
    """Metres over the ground between two points in degrees (haversine)."""
    east, north = math.radians(to_lng - lng) / 2, math.radians(to_lat - lat) / 2
    slope = math.sin(north) ** 2 + math.cos(math.radians(lat)) * math.cos(math.radians(to_lat)) * math.sin(east) ** 2
    return 2 * EARTH * math.asin(min(1.0, math.sqrt(slope)))


def check(position: Position | None, campus: Campus, *, now: datetime, accuracy: int) -> None:
    """Raises PositionUnusable or TooFar. `accuracy` in metres is the worst that is believed."""
    if reason := fault(position, now=now, accuracy=accuracy):
        raise PositionUnusable(reason=reason)
    if position is None:
        return
    metres = distance(position.lng, position.lat, campus.lng, campus.lat)
    if metres > campus.fence_metres:
        raise TooFar(distance=math.ceil(metres), limit=campus.fence_metres)


def fault(position: Position | None, *, now: datetime, accuracy: int) -> str:
    """Why this reading proves nothing: missing, inaccurate, old or future; empty when it is good."""
    if position is None or position.at.tzinfo is None:
        return "missing"
    if not all(math.isfinite(number) for number in (position.lng, position.lat)) or not 0 <= position.accuracy <= accuracy:
        return "inaccurate"
    if position.at > now + SKEW:
        return "future"
    return "old" if position.at < now - OLDEST else ""
