"""What people in the hospital do: doctor, pharmacist, counter. Each act is a name, its words, and the answer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import wraps
from typing import Any

from sandbox import clock, people
from sandbox.control import Act
from sandbox.his import billing, consulting, day, pharmacy, queue, visits
from sandbox.partner import Partner, Refused


def patient_of(word: str) -> str:
    """A patient's number, from the number itself or the cast's key or name."""
    person = people.by_key(word)
    return str(person["patient"]) if person else word


def check_in(his: Partner, appointment: str, means: str = "desk") -> dict[str, Any]:
    return visits.check_in(his, appointment, means=means)


def call_next(his: Partner, doctor: str) -> dict[str, Any]:
    row = queue.call_next(his, doctor)
    return {"called": row["number"] if row else None, "appointment": row["appointment"] if row else None}


def call(his: Partner, appointment: str) -> dict[str, Any]:
    queue.call(his, appointment)
    return queue.shape(his, queue.ticket(his, appointment))


def pass_over(his: Partner, appointment: str) -> dict[str, Any]:
    queue.pass_over(his, appointment)
    return queue.shape(his, queue.ticket(his, appointment))


def rejoin(his: Partner, appointment: str) -> dict[str, Any]:
    queue.rejoin(his, appointment)
    return queue.shape(his, queue.ticket(his, appointment))


def sell(his: Partner, patient: str, slot: str, kind: str = "first") -> dict[str, Any]:
    return visits.book(his, patient=patient_of(patient), slot_number=slot, kind=kind)


def sell_today(his: Partner, patient: str, doctor: str = "D11", bill: str | None = "hypertension", kind: str = "first") -> dict[str, Any]:
    """A place that begins in this half hour, whatever the time of day."""
    person: dict[str, Any] = {"patient": patient_of(patient), "today": {"doctor": doctor, "kind": kind, "bill": bill}}
    if his.store.row("select id from patient where id = ?", person["patient"]) is None:
        raise Refused(404, "patient_unknown", "没有这位患者。")
    return day.book_today(his, person)


def leave_places(his: Partner, slot: str, places: int) -> dict[str, Any]:
    """Set how many places a slot has left."""
    visits.slot(his, slot)
    his.store.run("update slot set places = ? where id = ?", places, slot)
    return visits.slot_shape(visits.slot(his, slot))


def repeat_event(his: Partner, seq: int) -> dict[str, Any]:
    """Push an event once more, as if its answer had been lost."""
    if his.store.run("update push set state = 'waiting', due = 0 where seq = ?", seq) == 0:
        his.store.add("push", seq=seq, tries=0, due=0, state="waiting")
    return {"seq": seq}


def whole(act: Act) -> Act:
    """The same act in one transaction."""

    @wraps(act)
    def inside(his: Partner, *given: Any, **words: Any) -> Any:
        with his.store.change():
            return act(his, *given, **words)

    return inside


PARTS: Mapping[str, Act] = {
    "check_in": check_in,
    "call_next": call_next,
    "call": call,
    "pass": pass_over,
    "rejoin": rejoin,
    "finish": consulting.finish,
    "miss": consulting.miss,
    "issue_bill": billing.issue,
    "change_bill": billing.change,
    "withdraw_bill": billing.withdraw,
    "settle_bill": billing.settle_at_counter,
    "ready": pharmacy.make_ready,
    "dispense": pharmacy.hand_out,
    "sell": sell,
    "sell_today": sell_today,
    "leave_places": leave_places,
    "cancel_appointment": visits.cancel,
    "shift": day.shift,
    "stop_clinic": day.stop_clinic,
    "repeat_event": repeat_event,
}
ACTS: Mapping[str, Act] = {name: whole(act) for name, act in PARTS.items()}


def cast(his: Partner) -> list[dict[str, Any]]:
    """Everyone, with today's appointment of each; the newest where there are several."""
    return [{**person, "appointment": newest(his, person["patient"])} for person in people.everyone()]


def newest(his: Partner, patient: str | None) -> str | None:
    sql = "select id from appointment where patient = ? and date = ? order by id desc limit 1"
    row = his.store.row(sql, patient, clock.today()) if patient else None
    return row["id"] if row else None


def books(his: Partner) -> dict[str, Any]:
    """The HIS's money: its ledger, and the sum of what was taken less what was given back."""
    rows = billing.ledger(his)
    total = sum(row["amount_fen"] * (1 if row["kind"] == "settle" else -1) for row in rows)
    bills = [billing.shape(row) for row in his.store.rows("select * from bill order by id")]
    last = his.store.row("select coalesce(max(seq), 0) as seq from event") or {"seq": 0}
    return {"rows": rows, "sum_fen": total, "bills": bills, "last_event": last["seq"]}
