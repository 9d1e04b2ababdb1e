"""JSAPI orders: placed, looked up, closed by the merchant; paid by a person."""

from __future__ import annotations

import json
import secrets
from typing import Any

from sandbox import clock
from sandbox.partner import Partner, Refused
from sandbox.store import Row, dump
from sandbox.wechat import login, notices
from sandbox.wechat.words import OUT_TRADE_NO, Words, wrong

NEEDED = ("appid", "mchid", "description", "out_trade_no", "notify_url", "amount", "payer")
OPTIONAL = ("time_expire", "attach", "goods_tag", "support_fapiao", "limit_pay", "detail", "scene_info", "settle_info")
PREPAID_FOR = 2 * 3600
PAYABLE_FOR = 7 * 86400
STATES = {"NOTPAY": "订单未支付", "SUCCESS": "支付成功", "REFUND": "转入退款", "CLOSED": "订单已关闭"}


def place(wechat: Partner, body: dict[str, Any]) -> dict[str, Any]:
    """Place an order. The very same request again gets the current prepay_id; the same number with anything else is refused."""
    row = read(wechat, Words(body))
    with wechat.store.change():
        first = wechat.store.row("select * from pay_order where out_trade_no = ?", row["out_trade_no"])
        if first is None:
            wechat.store.add("pay_order", **row)
            return {"prepay_id": row["prepay_id"]}
        return again(wechat, first, row)


def again(wechat: Partner, first: Row, row: Row) -> dict[str, Any]:
    if first["state"] == "CLOSED":
        raise Refused(400, "ORDER_CLOSED", "订单已关闭，请换一个商户订单号")
    if first["state"] != "NOTPAY":
        raise Refused(403, "OUT_TRADE_NO_USED", "商户订单号已用于一笔支付成功的订单")
    if first["request"] != row["request"]:
        raise Refused(400, "INVALID_REQUEST", "商户订单号重复：请求重入时，参数与首次请求不一致")
    if first["prepaid_at"] + PREPAID_FOR > clock.seconds():
        return {"prepay_id": first["prepay_id"]}
    sql = "update pay_order set prepay_id = ?, prepaid_at = ? where out_trade_no = ?"
    wechat.store.run(sql, row["prepay_id"], row["prepaid_at"], first["out_trade_no"])
    return {"prepay_id": row["prepay_id"]}


def read(wechat: Partner, words: Words) -> Row:
    """A new order's row from the merchant's words."""
    words.only(*NEEDED, *OPTIONAL)
    ours, now = wechat.credentials["wechat"], clock.seconds()
    appid, mchid = words.must("appid", 32), words.must("mchid", 32)
    number = words.must("out_trade_no", 32, OUT_TRADE_NO)
    row: Row = {"out_trade_no": number, "description": words.must("description", 127), "attach": words.text("attach", 128, needed=False)}
    row |= {"notify_url": words.public_address("notify_url"), **money(words.inner("amount"))}
    expires = words.moment("time_expire")
    row["expires"] = now + PAYABLE_FOR if expires is None else max(expires, now + 60)
    row["openid"] = words.inner("payer").must("openid", 128)
    if appid != ours["appid"]:
        raise Refused(400, "APPID_MCHID_NOT_MATCH", "appid 与 mchid 不匹配")
    if mchid != ours["mchid"]:
        raise wrong("/mchid", mchid, "与签名的商户号不一致")
    if not login.is_openid(row["openid"]):
        raise wrong("/payer/openid", row["openid"], "无效的 openid")
    prepay = f"wx{clock.now():%d%H%M%S}{secrets.token_hex(13)}"
    made = {"prepay_id": prepay, "prepaid_at": now, "state": "NOTPAY", "appid": appid, "created": clock.stamp()}
    return {**row, **made, "request": json.dumps(words.body, sort_keys=True)}


def money(words: Words) -> Row:
    words.only("total", "currency")
    currency = words.text("currency", 16, needed=False) or "CNY"
    if currency != "CNY":
        raise wrong("/amount/currency", currency, "只收 CNY")
    return {"total": words.fen("total"), "currency": currency}


def find(wechat: Partner, *, mchid: str, out_trade_no: str | None = None, transaction_id: str | None = None) -> Row:
    if mchid != wechat.credentials["wechat"]["mchid"]:
        raise Refused(400, "PARAM_ERROR", "mchid 缺少或与签名的商户号不一致", field="mchid", value=mchid, issue="不一致", location="query")
    column, value = ("transaction_id", transaction_id) if transaction_id else ("out_trade_no", out_trade_no)
    row = wechat.store.row(f"select * from pay_order where {column} = ?", value)
    if row is None:
        raise Refused(404, "ORDER_NOT_EXIST", "订单不存在")
    return row


def entity(wechat: Partner, row: Row) -> dict[str, Any]:
    """The order as a query or a notice tells it. What only a paid order has is left out of an unpaid one."""
    body: dict[str, Any] = {"appid": row["appid"], "mchid": wechat.credentials["wechat"]["mchid"], "out_trade_no": row["out_trade_no"]}
    body |= {"trade_state": row["state"], "trade_state_desc": STATES[row["state"]]}
    body |= {"attach": row["attach"]} if row["attach"] else {}
    amount: dict[str, Any] = {"total": row["total"], "currency": row["currency"]}
    if row["transaction_id"]:
        amount = {"total": row["paid"], "payer_total": row["paid"], "currency": row["currency"], "payer_currency": row["currency"]}
        body |= {"transaction_id": row["transaction_id"], "trade_type": "JSAPI", "bank_type": row["bank_type"]}
        body |= {"success_time": row["success_time"], "payer": {"openid": row["openid"]}}
    return {**body, "amount": amount}


def close(wechat: Partner, out_trade_no: str, *, mchid: str) -> None:
    """Close an unpaid order. Closing again, or an unknown number, is answered the same."""
    if mchid != wechat.credentials["wechat"]["mchid"]:
        raise wrong("/mchid", mchid, "与签名的商户号不一致")
    with wechat.store.change():
        row = wechat.store.row("select * from pay_order where out_trade_no = ?", out_trade_no)
        if row and row["state"] in ("SUCCESS", "REFUND"):
            raise Refused(400, "ORDER_PAID", "订单已支付，不能关闭")
        wechat.store.run("update pay_order set state = 'CLOSED' where out_trade_no = ?", out_trade_no)


def by_prepay(wechat: Partner, prepay_id: str) -> Row:
    row = wechat.store.row("select * from pay_order where prepay_id = ?", prepay_id)
    if row is None:
        raise Refused(404, "ORDER_NOT_EXIST", "没有这笔待付的订单")
    return row


def pay(wechat: Partner, row: Row) -> dict[str, Any]:
    """The payer has confirmed. Twice is refused, and so is what is closed or out of time."""
    with wechat.store.change():
        fresh = wechat.store.row("select * from pay_order where out_trade_no = ?", row["out_trade_no"]) or row
        if fresh["state"] != "NOTPAY":
            code = "ORDER_CLOSED" if fresh["state"] == "CLOSED" else "ORDER_PAID"
            raise Refused(409, code, STATES[fresh["state"]])
        if clock.seconds() > min(fresh["expires"], fresh["prepaid_at"] + PREPAID_FOR):
            raise Refused(409, "ORDER_EXPIRED", "已过付款期限")
        take(wechat, fresh)
    wechat.wake.set()
    return entity(wechat, find(wechat, mchid=wechat.credentials["wechat"]["mchid"], out_trade_no=row["out_trade_no"]))


def take(wechat: Partner, row: Row) -> None:
    extra = wechat.faults["wrong_amount"]
    paid = max(1, row["total"] + (0 if extra is None else -1 if extra is True else int(extra)))
    booked = paid - (1 if wechat.faults["books_one_fen_less"] else 0)
    transaction = f"4200{clock.now():%Y%m%d%H%M%S}{wechat.store.next('transaction'):010d}"
    sets = "state = 'SUCCESS', transaction_id = ?, paid = ?, booked = ?, success_time = ?, bank_type = 'OTHERS'"
    wechat.store.run(f"update pay_order set {sets} where out_trade_no = ?", transaction, paid, booked, clock.stamp(), row["out_trade_no"])
    told = find(wechat, mchid=wechat.credentials["wechat"]["mchid"], out_trade_no=row["out_trade_no"])
    notices.queue(wechat, row["notify_url"], "TRANSACTION.SUCCESS", dump(entity(wechat, told)))
