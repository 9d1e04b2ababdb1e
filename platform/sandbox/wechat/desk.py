"""What people do at WeChat's: pay, cancel, end a refund; and what nobody should: forge."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from sandbox import clock, people
from sandbox.control import Act, person
from sandbox.credentials import private_pem
from sandbox.partner import Partner, Refused
from sandbox.store import Row, dump
from sandbox.wechat import login, notices, orders, refunds


def order(wechat: Partner, prepay_id: str = "", out_trade_no: str = "") -> Row:
    if prepay_id:
        return orders.by_prepay(wechat, prepay_id.removeprefix("prepay_id="))
    return orders.find(wechat, mchid=wechat.credentials["wechat"]["mchid"], out_trade_no=out_trade_no)


def pay(wechat: Partner, prepay_id: str = "", out_trade_no: str = "") -> dict[str, Any]:
    return orders.pay(wechat, order(wechat, prepay_id, out_trade_no))


def cancel(wechat: Partner, prepay_id: str = "", out_trade_no: str = "") -> dict[str, Any]:
    """The payer shuts the cashier; the order stays as it was."""
    return orders.entity(wechat, order(wechat, prepay_id, out_trade_no))


def code(wechat: Partner, person_key: str) -> dict[str, Any]:
    """A sign-in code of this person, as `wx.login` would give it."""
    found = person(person_key)
    if not found["openid"]:
        raise Refused(409, "no_phone", "这个人没有自己的手机。")
    return {"code": login.issue_code(wechat, found["openid"])}


def end_refund(wechat: Partner, out_refund_no: str, status: str = "SUCCESS") -> dict[str, Any]:
    if status not in refunds.WORDS:
        raise Refused(400, "malformed", "status 不认识。")
    return refunds.finish(wechat, out_refund_no, status)


def notify(wechat: Partner, out_trade_no: str, paid: int | None = None, forged: bool = False, probe: bool = False) -> dict[str, Any]:
    """Send a payment notice now, true or not; also about an order that WeChat does not know. `paid`: another amount; `forged`: with
    another's key; `probe`: with the SIGNTEST signature."""
    row = wechat.store.row("select * from pay_order where out_trade_no = ?", out_trade_no)
    names = {
        "id": secrets.token_hex(16),
        "event_type": "TRANSACTION.SUCCESS",
        "kind": "transaction",
        "summary": "支付成功",
        "at": clock.stamp(),
    }
    address = row["notify_url"] if row else f"{wechat.config.public_name}/callbacks/wechat/pay"
    notice = {**names, "url": address, "plaintext": dump(invented(wechat, out_trade_no, row, paid)), "tries": 0}
    key = private_pem(generate_private_key(65537, 2048)) if forged else None
    return {"taken": notices.post(wechat, notice, probe=probe, private_key=key)}


def invented(wechat: Partner, out_trade_no: str, row: Row | None, paid: int | None) -> dict[str, Any]:
    amount = paid or (row["total"] if row else 1)
    told = (
        orders.entity(wechat, row)
        if row
        else {"appid": wechat.credentials["wechat"]["appid"], "mchid": wechat.credentials["wechat"]["mchid"]}
    )
    told |= {
        "out_trade_no": out_trade_no,
        "trade_state": "SUCCESS",
        "trade_state_desc": "支付成功",
        "trade_type": "JSAPI",
        "bank_type": "OTHERS",
    }
    told.setdefault("transaction_id", f"4200{clock.now():%Y%m%d%H%M%S}9999999999")
    told.setdefault("success_time", clock.stamp())
    return told | {"amount": {"total": amount, "payer_total": amount, "currency": "CNY", "payer_currency": "CNY"}}


def repeat_notice(wechat: Partner, out_trade_no: str) -> dict[str, Any]:
    """Send every notice of this order once more, also those that were lost or heard."""
    rows = [
        row
        for row in wechat.store.rows("select * from notice order by rowid")
        if json.loads(row["plaintext"])["out_trade_no"] == out_trade_no
    ]
    for row in rows:
        wechat.store.run("update notice set state = 'waiting', due = 0, tries = 0 where id = ?", row["id"])
    return {"notices": len(rows)}


ACTS: Mapping[str, Act] = {
    "pay": pay,
    "cancel": cancel,
    "code": code,
    "end_refund": end_refund,
    "notify": notify,
    "repeat_notice": repeat_notice,
}


def cast() -> list[dict[str, Any]]:
    return [{name: found[name] for name in ("key", "name", "openid", "role", "note")} for found in people.everyone()]


def books(wechat: Partner) -> dict[str, Any]:
    """The channel's money: each order and refund, and the sum of what was taken less what was given back."""
    rows = wechat.store.rows("select * from pay_order order by rowid")
    given = wechat.store.rows("select out_refund_no, refund_id, out_trade_no, status, amount as amount_fen from refund order by rowid")
    done = sum(row["amount_fen"] for row in given if row["status"] == "SUCCESS")
    return {"orders": [booked(row) for row in rows], "refunds": given, "sum_fen": sum(row["booked"] or 0 for row in rows) - done}


def booked(row: Row) -> dict[str, Any]:
    names = ("out_trade_no", "transaction_id", "prepay_id", "state", "description", "success_time")
    return {**{name: row[name] for name in names}, "total_fen": row["total"], "paid_fen": row["booked"]}
