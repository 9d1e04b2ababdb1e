"""The feed: what happened in the hospital, in the order in which it happened."""

from __future__ import annotations

import json
import time
from typing import Any

from sandbox import clock
from sandbox.his import directory
from sandbox.partner import Partner
from sandbox.store import Row, dump

MOST = 200


def emit(his: Partner, kind: str, appointment: Row, *, bill: str | None = None, **data: Any) -> None:
    """Write an event and queue its push. No name, number or phone may stand in `data`."""
    seq = his.store.next("event")
    campus = directory.department_of(appointment["doctor"])["campus"]
    row = {"seq": seq, "id": f"ev-{seq:08d}", "type": kind, "at": clock.stamp(), "campus": campus, "patient": appointment["patient"]}
    his.store.add("event", **row, appointment=appointment["id"], bill=bill, data=dump(data))
    if his.faults["push_lost"] is None:
        his.store.add("push", seq=seq, tries=0, due=time.time() + his.faults.wait("push_late"), state="waiting")
    his.wake.set()


def shape(row: Row) -> dict[str, Any]:
    return {**row, "data": json.loads(row["data"])}


def after(his: Partner, seq: int, limit: int) -> dict[str, Any]:
    rows = his.store.rows("select * from event where seq > ? order by seq limit ?", seq, max(1, min(limit, MOST)))
    return {"events": [shape(row) for row in rows], "last": rows[-1]["seq"] if rows else seq}
