"""The doctor: the end of a consultation and what follows from it."""

from __future__ import annotations

from typing import Any

from sandbox.his import billing, events, queue, visits
from sandbox.partner import Partner, Refused

STEPS = ("bill", "none", "exam")


def finish(
    his: Partner, appointment: str, *, next_step: str | None = None, bill: str | None = None, amount_fen: int | None = None
) -> dict[str, Any]:
    """End the consultation, calling the patient in first if need be. Without `next_step` the cast's plan decides."""
    row = visits.find(his, appointment)
    if row["state"] == "seen":
        raise Refused(409, "already_seen", "已经看过医生。")
    if row["state"] != "checked_in":
        raise Refused(409, "not_checked_in", "患者还没有报到。")
    step = next_step or ("bill" if bill or amount_fen or row["plan"] else "none")
    if step not in STEPS:
        raise Refused(400, "malformed", "next_step 不认识。")
    ticket = queue.call(his, appointment)
    queue.set_state(his, ticket, "seen")
    visits.set_state(his, row, "seen")
    events.emit(his, "visit.seen", row, next_step=step)
    if step == "bill":
        return billing.issue(his, appointment, bill=bill or row["plan"] or "hypertension", amount_fen=amount_fen)
    if step == "none":
        events.emit(his, "bill.none", row, due_fen=0)
    return {"appointment": appointment, "next_step": step}


def miss(his: Partner, appointment: str) -> dict[str, Any]:
    """The day ended without the patient."""
    row = visits.find(his, appointment)
    if row["state"] in ("seen", "cancelled"):
        raise Refused(409, row["state"], "这次预约已经结束。")
    his.store.run("update ticket set state = 'void' where appointment = ? and state <> 'void'", appointment)
    visits.set_state(his, row, "missed")
    events.emit(his, "visit.missed", row)
    return visits.shape(his, visits.find(his, appointment))
