"""Tells the platform what happened: at once, then after 5, 15, 60 and 300 seconds; what stays unheard is left to the poller."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable

import requests

from sandbox import journal
from sandbox.his import events, signature
from sandbox.partner import Partner
from sandbox.store import Row, dump

PLAN = (5, 15, 60, 300)
PATH = "/callbacks/his/events"
BATCH = 50
ANSWER_WITHIN = 5
SENDING = threading.Lock()
"""One sender at a time, so that nothing is pushed twice unless a switch says so."""


def due(his: Partner, moment: float, *, after: int) -> list[Row]:
    sql = "select * from push where state = 'waiting' and due <= ? and seq > ? order by seq limit ?"
    return his.store.rows(sql, moment, after, BATCH)


def send_due(his: Partner, *, everything: bool = False) -> int:
    """Push what is due (or all that waits), each event once; returns how many were accepted."""
    accepted, seq = 0, 0
    with SENDING:
        while rows := due(his, float("inf") if everything else time.time(), after=seq):
            seq = rows[-1]["seq"]
            accepted += settle(his, rows, heard=send(his, [row["seq"] for row in rows]))
    return accepted


def settle(his: Partner, rows: Iterable[Row], *, heard: bool) -> int:
    count = 0
    with his.store.change():
        for row in rows:
            count += heard
            later = None if row["tries"] >= len(PLAN) else time.time() + PLAN[row["tries"]] * his.settings["retry_scale"]
            state = "heard" if heard else "waiting" if later else "left"
            his.store.run("update push set state = ?, tries = tries + 1, due = ? where seq = ?", state, later or 0, row["seq"])
    return count


def send(his: Partner, numbers: list[int]) -> bool:
    marks = ", ".join("?" * len(numbers))
    rows = his.store.rows(f"select * from event where seq in ({marks}) order by seq", *numbers)
    body = dump({"events": [events.shape(row) for row in rows]}).encode()
    copies = 2 if his.faults["push_duplicate"] else 1
    heard = [post(his, body) for _ in range(copies)]
    return all(heard)


def post(his: Partner, body: bytes) -> bool:
    """One try; only 200 within five seconds counts."""
    public = his.config.public_name + PATH
    address = his.config.behind(public)
    began = time.monotonic()
    status, said = 0, "没有连上"
    try:
        headers = signature.headers(his, "POST", PATH, body)
        answer = requests.post(str(address), data=body, headers=headers, timeout=ANSWER_WITHIN, allow_redirects=False)
        status, said = answer.status_code, answer.text[:200]
    except requests.RequestException:
        pass
    spent = int((time.monotonic() - began) * 1000)
    journal.record(
        his, method="推送 POST", path=public, status=status, ms=spent, body=body.decode()[:2000], note="" if status == 200 else said
    )
    return status == 200


def waiting(his: Partner) -> list[Row]:
    return his.store.rows("select p.*, e.type, e.appointment from push p join event e using (seq) where p.state <> 'heard' order by seq")
