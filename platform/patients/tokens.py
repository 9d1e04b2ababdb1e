"""The bearer token of a signed-in account: account, epoch and expiry under an HMAC. No session is kept anywhere."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass

from django.conf import settings

LIFETIME_SECONDS = 24 * 3600
SHAPE = re.compile(r"1\.(\d{1,18})\.(\d{1,9})\.(\d{1,12})\.([0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True)
class Claim:
    """What a genuine token says. It holds as long as the account's epoch is still this one."""

    account: int
    epoch: int


def seal_of(head: str) -> str:
    return hmac.new(bytes.fromhex(settings.TOKEN_KEY), f"patients.token|{head}".encode(), hashlib.sha256).hexdigest()


def issue(claim: Claim, *, at: int) -> str:
    """`at`: now, in Unix seconds."""
    head = f"1.{claim.account}.{claim.epoch}.{at + LIFETIME_SECONDS}"
    return f"{head}.{seal_of(head)}"


def read(token: str, *, at: int) -> Claim | None:
    """None for a token that was not issued here or has expired."""
    found = SHAPE.fullmatch(token)
    if found is None or not hmac.compare_digest(seal_of(token.rpartition(".")[0]), found[4]):
        return None
    return Claim(int(found[1]), int(found[2])) if at < int(found[3]) else None
