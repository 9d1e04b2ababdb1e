"""The partners' own clock: hospital time, and the way they write it."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8))


def now() -> datetime:
    return datetime.now(CHINA)


def stamp(moment: datetime | None = None) -> str:
    """ISO 8601 with offset, whole seconds."""
    return (moment or now()).isoformat(timespec="seconds")


def today() -> str:
    return now().date().isoformat()


def seconds() -> int:
    return int(time.time())
