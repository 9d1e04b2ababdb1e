"""How often something may be done, counted in the cache by fixed windows."""

from __future__ import annotations

import hashlib
import time

from django.core.cache import cache

from core.errors import TooMany


def allow(key: str, times: int, seconds: int) -> bool:
    """Count one more; False from the one after `times` on, until this window of `seconds` ends."""
    window = int(time.time()) // seconds
    place = f"limit:{hashlib.sha256(key.encode()).hexdigest()[:32]}:{window}"
    if cache.add(place, 1, timeout=seconds + 1):
        return times >= 1
    try:
        return bool(cache.incr(place) <= times)
    except ValueError:  # the window ended between the two lines
        return times >= 1


def demand(key: str, times: int, seconds: int) -> None:
    """Raises TooMany where `allow` says no."""
    if not allow(key, times, seconds):
        raise TooMany(seconds=seconds)
