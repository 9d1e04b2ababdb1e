"""Bills: issued by the doctor, locked and settled by the platform or settled at the counter."""

from __future__ import annotations

import json
from typing import Any

from sandbox import clock, people
from sandbox.his import events, pharmacy, visits
from sandbox.partner import Partner, Refused
from sandbox.store import Row, dump

WORDS = {"settled": "已经缴费。", "withdrawn": "医生已撤销这张账单。", "locked": "另一笔订单正在支付。"}


def find(his: Partner, number: str) -> Row:
    row = his.store.row("select * from bill where id = ?", number)
    if row is None:
        raise Refused(404, "bill_unknown", "没有这张账单。")
    return row


def shape(row: Row) -> dict[str, Any]:
    names = ("id", "appointment", "patient", "state", "total_fen", "version", "kind", "issued_at", "receipt")
    return {**{name: row[name] for name in names}, "lines": json.loads(row["lines"]), "order": row["ord"]}


def of_appointment(his: Partner, appointment: str) -> list[dict[str, Any]]:
    return [shape(row) for row in his.store.rows("select * from bill where appointment = ? order by id", appointment)]


def lines_of(plan: dict[str, Any], amount_fen: int | None) -> list[dict[str, Any]]:
    """The lines of a planned bill; with `amount_fen`, one line of exactly that."""
    if amount_fen is not None:
        return [{"name": "诊疗费用", "spec": "项", "unit": "项", "quantity": "1", "price_fen": amount_fen, "amount_fen": amount_fen}]
    return [{**line, "amount_fen": int(line["quantity"]) * line["price_fen"]} for line in plan["lines"]]


def issue(his: Partner, appointment: str, *, bill: str = "hypertension", amount_fen: int | None = None) -> dict[str, Any]:
    visit, plan = visits.find(his, appointment), people.bill(bill)
    lines = lines_of(plan, amount_fen)
    number, total = f"B{his.store.next('bill'):07d}", sum(line["amount_fen"] for line in lines)
    row = {"id": number, "appointment": appointment, "patient": visit["patient"], "state": "open", "total_fen": total, "version": 1}
    his.store.add("bill", **row, kind=plan["kind"], issued_at=clock.stamp(), lines=dump(lines), ord=None, receipt=None)
    if plan["kind"] == "drug":
        pharmacy.prescribe(his, visit, number, lines)
    events.emit(his, "bill.issued", visit, bill=number, due_fen=total)
    return shape(find(his, number))


def update(his: Partner, number: str, *, state: str, order: str | None, receipt: str | None = None) -> dict[str, Any]:
    his.store.run("update bill set state = ?, ord = ?, receipt = ? where id = ?", state, order, receipt, number)
    return shape(find(his, number))


def refuse(state: str) -> Refused:
    return Refused(409, f"bill_{state}", WORDS[state])


def lock(his: Partner, number: str, *, order: str, amount_fen: int) -> dict[str, Any]:
    """提交订单: from now on only this order may settle the bill."""
    row = find(his, number)
    if row["state"] in ("settled", "withdrawn") or (row["state"] == "locked" and row["ord"] != order):
        raise refuse(row["state"])
    if amount_fen != row["total_fen"]:
        raise Refused(409, "bill_changed", "账单金额变了，请按新的账单缴费。")
    return update(his, number, state="locked", order=order)


def unlock(his: Partner, number: str, *, order: str) -> dict[str, Any]:
    """取消订单: what is not locked by this order stays as it is."""
    row = find(his, number)
    if row["state"] == "settled":
        raise refuse("settled")
    if row["state"] != "locked" or row["ord"] != order:
        return shape(row)
    return update(his, number, state="open", order=None)


def settle(his: Partner, number: str, *, order: str, amount_fen: int, channel: str, channel_no: str, paid_at: str) -> dict[str, Any]:
    """确认支付: the money is there. The same order again gets the same answer."""
    row = find(his, number)
    if row["state"] == "settled" and row["ord"] == order:
        return shape(row)
    if row["state"] in ("settled", "withdrawn") or (row["state"] == "locked" and row["ord"] != order):
        raise refuse(row["state"])
    if amount_fen != row["total_fen"]:
        raise Refused(409, "amount_differs", "收的钱和账单金额不一样。")
    return book(his, row, order=order, channel=channel, channel_no=channel_no, at=paid_at, by="order")


def book(his: Partner, row: Row, *, order: str | None, channel: str, channel_no: str | None, at: str, by: str) -> dict[str, Any]:
    receipt = f"R{his.store.next('receipt'):08d}"
    noted = row["total_fen"] - (1 if his.faults["books_one_fen_less"] else 0)
    entry = {"kind": "settle", "amount_fen": noted, "channel": channel, "channel_no": channel_no, "receipt": receipt, "at": at}
    his.store.add("ledger", bill=row["id"], ord=order, refund=None, **entry)
    settled = update(his, row["id"], state="settled", order=order, receipt=receipt)
    events.emit(his, "bill.settled", visits.find(his, row["appointment"]), bill=row["id"], by=by, order=order)
    return settled


def reverse(his: Partner, number: str, *, order: str, refund: str, amount_fen: int, channel_no: str) -> dict[str, Any]:
    """退费: the bill is open again. The same refund again changes nothing."""
    row = find(his, number)
    if his.store.row("select id from ledger where refund = ? and bill = ?", refund, number):
        return shape(row)
    if row["state"] != "settled" or row["ord"] != order:
        raise Refused(409, "not_settled", "这张账单不是由这笔订单缴的费。")
    if amount_fen != row["total_fen"]:
        raise Refused(409, "amount_differs", "退费要退整张账单。")
    if pharmacy.is_collected(his, number):
        raise Refused(409, "dispensed", "药已经取走，请先到药房退药。")
    channel = (his.store.row("select channel from ledger where bill = ? and ord = ?", number, order) or {"channel": ""})["channel"]
    entry = {"kind": "reverse", "amount_fen": amount_fen, "channel": channel, "channel_no": channel_no, "receipt": row["receipt"]}
    his.store.add("ledger", bill=number, ord=order, refund=refund, at=clock.stamp(), **entry)
    pharmacy.stop(his, number)
    return update(his, number, state="open", order=None)


def ledger(his: Partner, *, day: str | None = None, order: str | None = None) -> list[dict[str, Any]]:
    sql = "select * from ledger where (? is null or substr(at, 1, 10) = ?) and (? is null or ord = ?) order by id"
    rows = his.store.rows(sql, day, day, order, order)
    names = ("bill", "kind", "amount_fen", "channel", "channel_no", "receipt", "at")
    return [{**{name: row[name] for name in names}, "order": row["ord"]} for row in rows]


def settle_at_counter(his: Partner, number: str, *, force: bool = False) -> dict[str, Any]:
    """Cash at the window. A bill that an order has locked is refused, unless the clerk insists."""
    row = find(his, number)
    if row["state"] in ("settled", "withdrawn") or (row["state"] == "locked" and not force):
        raise refuse(row["state"])
    return book(his, row, order=None, channel="counter", channel_no=None, at=clock.stamp(), by="counter")


def withdraw(his: Partner, number: str, *, force: bool = False) -> dict[str, Any]:
    """The doctor takes the bill back. `force`: although an order has it locked."""
    row = find(his, number)
    if row["state"] in ("settled",) or (row["state"] == "locked" and not force):
        raise refuse(row["state"])
    if row["state"] != "withdrawn":
        pharmacy.drop(his, number)
        update(his, number, state="withdrawn", order=None)
        events.emit(his, "bill.withdrawn", visits.find(his, row["appointment"]), bill=number, due_fen=0)
    return shape(find(his, number))


def change(his: Partner, number: str, *, amount_fen: int | None = None, bill: str = "diabetes", force: bool = False) -> dict[str, Any]:
    """The doctor changes the bill: new lines, next version. `force`: although an order has it locked."""
    row = find(his, number)
    if row["state"] in ("settled", "withdrawn") or (row["state"] == "locked" and not force):
        raise refuse(row["state"])
    lines = lines_of(people.bill(bill), amount_fen)
    total = sum(line["amount_fen"] for line in lines)
    his.store.run("update bill set lines = ?, total_fen = ?, version = version + 1 where id = ?", dump(lines), total, number)
    pharmacy.rewrite(his, number, lines)
    events.emit(his, "bill.changed", visits.find(his, row["appointment"]), bill=number, due_fen=total)
    return shape(find(his, number))
