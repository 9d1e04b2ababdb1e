"""Callbacks: signed and sealed anew at each try, repeated on WeChat's plan until the merchant answers 200 or 204 within five seconds."""

from __future__ import annotations

import secrets
import time
from typing import Any

import requests
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from sandbox import clock, journal
from sandbox.credentials import PUBLIC_KEY_ID, private_pem
from sandbox.partner import Partner
from sandbox.store import Row, dump
from sandbox.wechat import signature

PLAN = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600)
ANSWER_WITHIN = 5
SUMMARIES = {"TRANSACTION.SUCCESS": "支付成功", "REFUND.SUCCESS": "退款成功", "REFUND.ABNORMAL": "退款异常", "REFUND.CLOSED": "退款关闭"}


def queue(wechat: Partner, url: str, event_type: str, plaintext: str) -> str:
    """Put a notice in line; returns its id, which stays the same over repeats."""
    number = secrets.token_hex(16)
    lost = wechat.faults["callback_lost"]
    kind = "transaction" if event_type.startswith("TRANSACTION") else "refund"
    row = {"id": number, "url": url, "event_type": event_type, "kind": kind, "summary": SUMMARIES[event_type], "plaintext": plaintext}
    due = time.time() + wechat.faults.wait("callback_late")
    wechat.store.add("notice", **row, tries=0, due=due, state="lost" if lost else "waiting", at=clock.stamp())
    wechat.wake.set()
    return number


def send_due(wechat: Partner, *, everything: bool = False) -> int:
    """Send what is due (or all that waits), each once; returns how many the merchant took."""
    moment = float("inf") if everything else time.time()
    rows = wechat.store.rows("select * from notice where state = 'waiting' and due <= ? order by rowid", moment)
    return sum(send(wechat, row) for row in rows)


def send(wechat: Partner, row: Row) -> bool:
    """One try. Claimed first, so that two senders never send the same try; the next waits from the end of this one."""
    wait = PLAN[row["tries"]] * wechat.settings["retry_scale"] if row["tries"] < len(PLAN) else None
    claim = "update notice set tries = tries + 1, state = ?, due = ? where id = ? and tries = ? and state = 'waiting'"
    if wechat.store.run(claim, "left" if wait is None else "waiting", time.time() + 3600, row["id"], row["tries"]) != 1:
        return False
    copies = 1 + int(wechat.faults["callback_duplicate"] or 0)
    answers = [post(wechat, row) for _ in range(copies)]
    if any(answers):
        wechat.store.run("update notice set state = 'heard' where id = ?", row["id"])
    elif wait is not None:
        wechat.store.run("update notice set due = ? where id = ? and tries = ?", time.time() + wait, row["id"], row["tries"] + 1)
    return any(answers)


def sealed(wechat: Partner, row: Row) -> str:
    nonce = secrets.token_hex(6)
    ciphertext = signature.seal(wechat.keys["apiv3_key"], nonce, row["kind"], row["plaintext"])
    resource = {
        "original_type": row["kind"],
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": ciphertext,
        "associated_data": row["kind"],
        "nonce": nonce,
    }
    names = {"id": row["id"], "create_time": row["at"], "resource_type": "encrypt-resource", "event_type": row["event_type"]}
    return dump({**names, "summary": row["summary"], "resource": resource})


def spoiled(wechat: Partner) -> dict[str, Any]:
    """What the switches do to a notice's signature."""
    return {
        "serial": next(key for key in wechat.keys["channel_keys"] if key != PUBLIC_KEY_ID)
        if wechat.faults["callback_certificate"]
        else None,
        "seconds_ago": 600 if wechat.faults["callback_stale"] else 0,
        "private_pem": private_pem(generate_private_key(65537, 2048)) if wechat.faults["callback_forged"] else None,
    }


def post(wechat: Partner, row: Row, *, probe: bool = False, private_key: str | None = None) -> bool:
    """Deliver once; 200 and 204 count, nothing else does. `probe`: with a signature that is meant to fail; `private_key`: another's."""
    body = sealed(wechat, row)
    spoils = spoiled(wechat) | ({"private_pem": private_key} if private_key else {})
    headers = {"Content-Type": "application/json", **signature.headers(wechat, body, **spoils)}
    if probe:
        headers["Wechatpay-Signature"] = f"WECHATPAY/SIGNTEST/{headers['Wechatpay-Signature'][:300]}"
    address = wechat.config.behind(row["url"])
    began, status, said = time.monotonic(), 0, "没有连上" if address else "这个公网名不在表里"
    if address:
        try:
            answer = requests.post(address, data=body.encode(), headers=headers, timeout=ANSWER_WITHIN, allow_redirects=False)
            status, said = answer.status_code, answer.text[:200]
        except requests.RequestException:
            pass
    spent = int((time.monotonic() - began) * 1000)
    good = status in (200, 204)
    words = {"body": f"{row['event_type']} 第 {row['tries'] + 1} 次", "note": "" if good else said}
    journal.record(wechat, method="通知 POST", path=row["url"], status=status, ms=spent, **words)
    return good


def waiting(wechat: Partner) -> list[dict[str, Any]]:
    return wechat.store.rows("select id, url, event_type, tries, due, state from notice where state <> 'heard' order by rowid")
