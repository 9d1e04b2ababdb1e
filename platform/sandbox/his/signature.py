"""HMAC-SHA256 over METHOD, PATH, TIME, NONCE and BODY, the same in both directions."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping

from requests.structures import CaseInsensitiveDict

from sandbox import clock
from sandbox.partner import Partner, Refused

SKEW = 300
NONCE = re.compile(r"[0-9A-Za-z]{16,64}")


def sign(key: str, method: str, path: str, time: str, nonce: str, body: bytes) -> str:
    text = "\n".join((method, path, time, nonce, "")).encode() + body
    return hmac.new(key.encode(), text, hashlib.sha256).hexdigest()


def headers(his: Partner, method: str, path: str, body: bytes) -> dict[str, str]:
    """The headers of a request the HIS makes; the faults forged and stale spoil them."""
    credentials = his.credentials["his"]
    key = "0" * 64 if his.faults["push_forged"] else credentials["key"]
    time = str(clock.seconds() - (600 if his.faults["push_stale"] else 0))
    nonce = secrets.token_hex(16)
    signature = sign(key, method, path, time, nonce, body)
    return {
        "X-Key-Id": credentials["key_id"],
        "X-Time": time,
        "X-Nonce": nonce,
        "X-Signature": signature,
        "Content-Type": "application/json",
    }


def check(his: Partner, method: str, path: str, given: Mapping[str, str], body: bytes) -> None:
    """Refuse what is not signed by the platform, just now, for the first time."""
    credentials = his.credentials["his"]
    given = CaseInsensitiveDict(given)
    time, nonce = given.get("X-Time", ""), given.get("X-Nonce", "")
    if given.get("X-Key-Id") != credentials["key_id"]:
        raise refused("密钥编号不认识。")
    if not re.fullmatch(r"\d{1,12}", time) or abs(clock.seconds() - int(time)) > SKEW:
        raise refused("时间相差超过五分钟。")
    if not NONCE.fullmatch(nonce):
        raise refused("随机串不合格式。")
    if not hmac.compare_digest(sign(credentials["key"], method, path, time, nonce, body), given.get("X-Signature", "")):
        raise refused("签名不对。")
    if not his.store.use_once(nonce, clock.seconds()):
        raise refused("随机串用过了。")


def refused(message: str) -> Refused:
    return Refused(401, "signature", message)
