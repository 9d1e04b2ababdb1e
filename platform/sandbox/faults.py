"""Faults by switch: each survives until it is switched off or the books are made fresh."""

from __future__ import annotations

import json
import socket
import time
from typing import Any

from flask import request

from sandbox.store import Store, dump

HIS = {
    "down": "停机：每个接口都答 503,什么也不做(值写 cut 则直接断线)",
    "slow": "慢：先等这么多秒再做",
    "silent": "做了不答：记账之后断线(值可写接口名，如 settle、lock、check-in)",
    "books_one_fen_less": "记账少一分：流水里每笔少记一分",
    "push_lost": "推送丢失：事件不推送，只能轮询",
    "push_duplicate": "推送重复：每批推两次",
    "push_forged": "推送伪造：用错的密钥签名",
    "push_stale": "推送过期：时间写成十分钟前",
    "push_late": "推送延迟：晚这么多秒",
}
WECHAT = {
    "down": "停机：每个接口都答 503,什么也不做(值写 cut 则直接断线)",
    "slow": "慢：先等这么多秒再做",
    "silent": "做了不答：记账之后断线(值可写接口名，如 jsapi、close、refunds)",
    "system_error": "系统错误：答 500 SYSTEM_ERROR,什么也不做(值可写接口名)",
    "wrong_amount": "金额不符：付款时多收这么多分(可为负；写 true 为少一分)",
    "books_one_fen_less": "账少一分：账里每笔少记一分",
    "callback_lost": "通知丢失：不发通知",
    "callback_late": "通知延迟：晚这么多秒",
    "callback_duplicate": "通知重复：每条多发这么多遍",
    "callback_forged": "通知伪造：用别人的私钥签名",
    "callback_stale": "通知过期：时间写成十分钟前",
    "callback_certificate": "通知改用平台证书签名(公钥迁移期)",
    "refund_outcome": "退款结局:ABNORMAL 或 CLOSED",
    "refund_manual": "退款停在处理中，等人按",
    "not_enough": "商户余额不足：退款答 403 NOT_ENOUGH",
}


class Faults:
    """The switches of one partner, kept in its books."""

    def __init__(self, store: Store, names: dict[str, str]) -> None:
        self.store = store
        self.names = names

    def __getitem__(self, name: str) -> Any:
        """The switch's value; None when it is off."""
        found = self.store.row("select value from fault where name = ?", name)
        return json.loads(found["value"]) if found else None

    def all(self) -> dict[str, Any]:
        return {row["name"]: json.loads(row["value"]) for row in self.store.rows("select * from fault order by name")}

    def switch(self, name: str, value: Any) -> None:
        if name not in self.names:
            raise KeyError(name)
        if value in (None, False, "", 0):
            self.store.run("delete from fault where name = ?", name)
            return
        self.store.run("insert or replace into fault values (?, ?)", name, dump(value))

    def strikes(self, name: str, call: str) -> bool:
        """Whether a switch that may name a call is on for this one; `call` is the path, the name one of its parts."""
        value = self[name]
        return value is not None and (value is True or str(value) in call.split("/"))

    def wait(self, name: str) -> float:
        """Seconds to wait for this switch; `true` means two."""
        value = self[name]
        return 0.0 if value is None else 2.0 if value is True else float(value)

    def slow_down(self) -> None:
        if seconds := self.wait("slow"):
            time.sleep(seconds)


def cut_the_line() -> None:
    """Close the caller's connection without an answer: from outside nobody can tell whether anything was done."""
    still_there = request.environ.get("waitress.client_disconnected")
    channel = getattr(still_there, "__self__", None)
    if channel is not None and channel.socket is not None:
        channel.socket.shutdown(socket.SHUT_RDWR)
