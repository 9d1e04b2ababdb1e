"""Reading what the hospital system sends, pushed or asked for. What is not in the contract is refused by name here, at the door."""

from __future__ import annotations

from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from his.port import FeedPage, HisEvent

LARGEST_PAGE = 200
EVENT = TypeAdapter(HisEvent)


def page(body: bytes) -> FeedPage:
    """The events of `{"events": [...]}`, by seq. Raises ValueError when the frame itself is wrong."""
    frame = orjson.loads(body)
    rows = frame.get("events") if isinstance(frame, dict) else None
    if not isinstance(rows, list) or len(rows) > LARGEST_PAGE:
        raise ValueError("events")
    read = [event(row) for row in rows]
    usable = sorted((one for one in read if isinstance(one, HisEvent)), key=lambda one: one.seq)
    return FeedPage(tuple(usable), tuple(one for one in read if isinstance(one, int)))


def event(row: Any) -> HisEvent | int:
    """The event, or the seq of one that cannot be used."""
    try:
        return EVENT.validate_json(orjson.dumps(row), strict=True)
    except ValidationError:
        seq = row.get("seq") if isinstance(row, dict) else None
        return seq if isinstance(seq, int) and 0 < seq < 2**63 else 0
