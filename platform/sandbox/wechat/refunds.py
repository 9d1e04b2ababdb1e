"""Refunds: accepted at once, done a moment later; the same number is the same refund."""

from __future__ import annotations

import json
import time
from typing import Any

from sandbox import clock
from sandbox.partner import Partner, Refused
from sandbox.store import Row, dump
from sandbox.wechat import notices
from sandbox.wechat.words import OUT_REFUND_NO, Words, wrong

KNOWN = ("transaction_id", "out_trade_no", "out_refund_no", "reason", "notify_url", "funds_account", "amount", "goods_detail")
MOST_PARTS = 50
TAKES_SECONDS = 1.0
WORDS = {"SUCCESS": "退款成功", "ABNORMAL": "退款异常", "CLOSED": "退款关闭"}


def ask(wechat: Partner, body: dict[str, Any]) -> dict[str, Any]:
    words = Words(body)
    words.only(*KNOWN)
    number = words.must("out_refund_no", 64, OUT_REFUND_NO)
    amount, total = money(words.inner("amount"))
    notify, reason = words.public_address("notify_url", needed=False), words.text("reason", 80, needed=False)
    request = json.dumps(body, sort_keys=True)
    with wechat.store.change():
        first = wechat.store.row("select * from refund where out_refund_no = ?", number)
        if first:
            return again(first, request)
        order = order_of(wechat, words)
        allow(wechat, order, amount=amount, total=total)
        add(wechat, order, number=number, request=request, amount=amount, notify=notify, reason=reason)
    return find(wechat, number)


def money(words: Words) -> tuple[int, int]:
    words.only("refund", "total", "currency", "from")
    if words.must("currency", 16) != "CNY":
        raise wrong("/amount/currency", words.body["currency"], "只收 CNY")
    return words.fen("refund"), words.fen("total")


def order_of(wechat: Partner, words: Words) -> Row:
    transaction, number = words.text("transaction_id", 32, needed=False), words.text("out_trade_no", 32, needed=False)
    if not transaction and not number:
        raise wrong("/transaction_id", "", "transaction_id 与 out_trade_no 要有一个")
    sql = "select * from pay_order where (? is null or transaction_id = ?) and (? is null or out_trade_no = ?)"
    row = wechat.store.row(sql, transaction, transaction, number, number)
    if row is None or not row["transaction_id"]:
        raise Refused(404, "RESOURCE_NOT_EXISTS", "订单不存在，或还没有支付")
    return row


def allow(wechat: Partner, order: Row, *, amount: int, total: int) -> None:
    if total != order["paid"]:
        raise Refused(400, "INVALID_REQUEST", "订单金额与原订单不一致")
    sql = "select count(*) as n, coalesce(sum(amount), 0) as given from refund where out_trade_no = ? and status <> 'CLOSED'"
    before = wechat.store.row(sql, order["out_trade_no"]) or {"n": 0, "given": 0}
    if before["given"] + amount > order["paid"]:
        raise Refused(400, "INVALID_REQUEST", "退款金额超过订单可退的金额")
    if before["n"] >= MOST_PARTS:
        raise Refused(400, "INVALID_REQUEST", "一笔订单最多退五十次")
    if wechat.faults["not_enough"]:
        raise Refused(403, "NOT_ENOUGH", "商户可用余额不足，请充值后用原退款单号再试")


def again(first: Row, request: str) -> dict[str, Any]:
    if first["request"] != request:
        raise Refused(400, "INVALID_REQUEST", "商户退款单号重复：请求重入时，参数与首次请求不一致")
    return shape(first)


def add(wechat: Partner, order: Row, *, number: str, request: str, amount: int, notify: str | None, reason: str | None) -> None:
    refund = f"5030{clock.now():%Y%m%d}{wechat.store.next('refund'):016d}"
    due = None if wechat.faults["refund_manual"] else time.time() + TAKES_SECONDS
    row = {"out_trade_no": order["out_trade_no"], "transaction_id": order["transaction_id"], "total": order["paid"], "amount": amount}
    row |= {
        "out_refund_no": number,
        "request": request,
        "refund_id": refund,
        "status": "PROCESSING",
        "notify_url": notify,
        "reason": reason,
    }
    wechat.store.add("refund", **row, created=clock.stamp(), success_time=None, due=due)
    wechat.store.run("update pay_order set state = 'REFUND' where out_trade_no = ?", order["out_trade_no"])


def find(wechat: Partner, number: str) -> dict[str, Any]:
    row = wechat.store.row("select * from refund where out_refund_no = ?", number)
    if row is None:
        raise Refused(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
    return shape(row)


def shape(row: Row) -> dict[str, Any]:
    names = ("refund_id", "out_refund_no", "transaction_id", "out_trade_no", "status")
    amounts = {"total": row["total"], "refund": row["amount"], "from": [], "payer_total": row["total"], "payer_refund": row["amount"]}
    amounts |= {"settlement_refund": row["amount"], "settlement_total": row["total"], "discount_refund": 0, "currency": "CNY"}
    body = {
        **{name: row[name] for name in names},
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "create_time": row["created"],
    }
    body |= {"success_time": row["success_time"]} if row["success_time"] else {}
    return {**body, "funds_account": "AVAILABLE", "amount": amounts, "promotion_detail": []}


def finish(wechat: Partner, number: str, status: str) -> dict[str, Any]:
    """End a refund that is under way, and tell the merchant."""
    with wechat.store.change():
        done = clock.stamp() if status == "SUCCESS" else None
        sql = "update refund set status = ?, success_time = ?, due = null where out_refund_no = ? and status = 'PROCESSING'"
        if wechat.store.run(sql, status, done, number):
            row = wechat.store.row("select * from refund where out_refund_no = ?", number) or {}
            if row["notify_url"]:
                notices.queue(wechat, row["notify_url"], f"REFUND.{status}", dump(told(wechat, row)))
    return find(wechat, number)


def told(wechat: Partner, row: Row) -> dict[str, Any]:
    """The notice's words: here the status is called refund_status."""
    names = ("transaction_id", "out_trade_no", "refund_id", "out_refund_no")
    body = {"mchid": wechat.credentials["wechat"]["mchid"], **{name: row[name] for name in names}, "refund_status": row["status"]}
    body |= {"success_time": row["success_time"]} if row["success_time"] else {}
    amount = {"total": row["total"], "refund": row["amount"], "payer_total": row["total"], "payer_refund": row["amount"]}
    return {**body, "user_received_account": "支付用户零钱", "amount": amount}


def finish_due(wechat: Partner) -> None:
    for row in wechat.store.rows("select out_refund_no from refund where status = 'PROCESSING' and due <= ?", time.time()):
        finish(wechat, row["out_refund_no"], str(wechat.faults["refund_outcome"] or "SUCCESS"))
