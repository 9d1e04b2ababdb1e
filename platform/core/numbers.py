"""Business numbers: short, sortable by when they were minted, unique without asking anyone."""

from __future__ import annotations

import re
import secrets
import time

DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PREFIX = re.compile(r"[0-9A-Za-z_-]{0,8}")


def mint(prefix: str) -> str:
    """`prefix`, eleven characters of microseconds, thirteen of chance: at most 32 of `[0-9A-Za-z_-]`, as every channel takes them."""
    if not PREFIX.fullmatch(prefix):
        raise ValueError(f"a prefix has at most eight characters of [0-9A-Za-z_-], not {prefix!r}")
    return prefix + written(time.time_ns() // 1000, 11) + written(secrets.randbits(65), 13)


def written(number: int, places: int) -> str:
    """`number` in base 32, filled with zeros to `places`."""
    signs = []
    for _ in range(places):
        number, rest = divmod(number, 32)
        signs.append(DIGITS[rest])
    return "".join(reversed(signs))
