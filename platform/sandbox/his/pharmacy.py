"""The pharmacy: prepares what has been paid for, hands it out at a window."""

from __future__ import annotations

import json
from typing import Any

from sandbox.his import directory, events
from sandbox.partner import Partner, Refused
from sandbox.store import Row, dump


def find(his: Partner, appointment: str) -> Row:
    row = his.store.row("select * from dispensing where appointment = ?", appointment)
    if row is None:
        raise Refused(404, "no_prescription", "这次就诊没有开药。")
    return row


def shape(row: Row) -> dict[str, Any]:
    lines = [{name: line[name] for name in ("name", "spec", "quantity")} for line in json.loads(row["lines"])]
    return {"appointment": row["appointment"], "state": row["state"], "window": row["desk"], "lines": lines}


def prescribe(his: Partner, visit: Row, bill: str, lines: list[dict[str, Any]]) -> None:
    sql = "insert or replace into dispensing values (?, ?, 'preparing', ?, ?)"
    his.store.run(sql, visit["id"], bill, directory.window_of(visit["doctor"]), dump(lines))


def rewrite(his: Partner, bill: str, lines: list[dict[str, Any]]) -> None:
    his.store.run("update dispensing set lines = ? where bill = ?", dump(lines), bill)


def drop(his: Partner, bill: str) -> None:
    his.store.run("delete from dispensing where bill = ?", bill)


def stop(his: Partner, bill: str) -> None:
    """Refunded: the medicine goes back on the shelf."""
    his.store.run("update dispensing set state = 'preparing' where bill = ?", bill)


def is_collected(his: Partner, bill: str) -> bool:
    return his.store.row("select bill from dispensing where bill = ? and state = 'collected'", bill) is not None


def visit_of(his: Partner, appointment: str) -> Row:
    return his.store.row("select * from appointment where id = ?", appointment) or {}


def make_ready(his: Partner, appointment: str) -> dict[str, Any]:
    """Lay the medicine out at the window; a repeat changes nothing. Unpaid medicine is not prepared."""
    row = find(his, appointment)
    bill = his.store.row("select state from bill where id = ?", row["bill"])
    if bill is None or bill["state"] != "settled":
        raise Refused(409, "not_settled", "还没有缴费，不能配药。")
    if row["state"] == "preparing":
        his.store.run("update dispensing set state = 'ready' where appointment = ?", appointment)
        events.emit(his, "drug.ready", visit_of(his, appointment), window=row["desk"])
    return shape(find(his, appointment))


def hand_out(his: Partner, appointment: str) -> dict[str, Any]:
    """The patient takes the medicine; a repeat changes nothing."""
    row = find(his, appointment)
    if row["state"] == "preparing":
        raise Refused(409, "not_ready", "药还没有备好。")
    if row["state"] == "ready":
        his.store.run("update dispensing set state = 'collected' where appointment = ?", appointment)
        events.emit(his, "drug.dispensed", visit_of(his, appointment))
    return shape(find(his, appointment))
