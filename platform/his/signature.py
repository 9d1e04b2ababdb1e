"""The signature both directions of the HIS connection carry (docs/partners/his-rest.md).

`X-Signature` is hex HMAC-SHA256 over METHOD, PATH with query, TIME, NONCE and the raw body, joined by line feeds. Pure: whether a nonce
was seen before is the receiver's to ask.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from his.errors import PushRefused

WINDOW_SECONDS = 300
NONCE = re.compile(r"[0-9A-Za-z]{16,64}")
TIME = re.compile(r"[0-9]{1,12}")
HEADERS = ("x-key-id", "x-time", "x-nonce", "x-signature")


@dataclass(frozen=True)
class Signed:
    """A message whose signature holds. `at` is Unix seconds."""

    key_id: str
    nonce: str
    at: int


def digest(key: str, method: str, path: str, at: str, nonce: str, body: bytes) -> str:
    head = f"{method}\n{path}\n{at}\n{nonce}\n".encode()
    return hmac.new(key.encode(), head + body, hashlib.sha256).hexdigest()


def sign(method: str, path: str, body: bytes, *, key_id: str, key: str, at: int) -> dict[str, str]:
    """The four headers of an outgoing message, with a nonce of their own. `path` as it stands on the request line."""
    nonce, time = secrets.token_hex(16), str(at)
    return {"X-Key-Id": key_id, "X-Time": time, "X-Nonce": nonce, "X-Signature": digest(key, method, path, time, nonce, body)}


def verify(method: str, path: str, headers: Mapping[str, str], body: bytes, *, keys: Mapping[str, str], at: int) -> Signed:
    """Raises PushRefused with the reason. `keys` by key id; `at` is now, in Unix seconds."""
    given = {name.lower(): value for name, value in headers.items()}
    key_id, time, nonce, signature = (given.get(name, "") for name in HEADERS)
    if not (key_id and time and nonce and signature):
        raise PushRefused(reason="headers")
    if key_id not in keys:
        raise PushRefused(reason="key")
    if not TIME.fullmatch(time) or abs(at - int(time)) > WINDOW_SECONDS:
        raise PushRefused(reason="time")
    if not NONCE.fullmatch(nonce):
        raise PushRefused(reason="nonce")
    expected = digest(keys[key_id], method, path, time, nonce, body)
    if not hmac.compare_digest(expected.encode(), signature.lower().encode()):
        raise PushRefused(reason="signature")
    return Signed(key_id, nonce, int(time))
