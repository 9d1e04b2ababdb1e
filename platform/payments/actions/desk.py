"""The money desk's word, made known together with the staff process that brought it."""

from __future__ import annotations

from core import audit, outbox
from payments.actions.rows import locked, note
from payments.desk import DECISIONS
from payments.events import DeskDecided


def record_decision(order_number: str, decision: str, *, receipt: str, reason: str, by: str, process: int) -> None:
    """Runs inside the process's transaction."""
    order = locked(order_number)
    note(order, f"收费处决定：{DECISIONS[decision]}。理由：{reason}"[:200])
    audit.record(by, "payments.desk_decided", order.number, decision=decision, receipt=receipt, reason=reason)
    outbox.publish(DeskDecided(order=order.number, decision=decision, receipt=receipt, reason=reason, by=by, process=process))
