"""Money is whole fen. Only a screen says yuan."""

from __future__ import annotations

import re
from typing import NewType

from core.errors import Invalid

Fen = NewType("Fen", int)

YUAN = re.compile(r"(-?)([0-9]{1,12})(?:\.([0-9]{1,2})0*)?")


class NotMoney(Invalid):
    title = "金额的写法不对"
    remedy = "请写成元，最多两位小数，例如 12.50。"


def yuan(fen: Fen) -> str:
    """`1,234.50`; a debt is `-1,234.50`."""
    whole, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole:,}.{rest:02d}"


def fen_from_yuan(text: str) -> Fen:
    """Exactly what `text` says ("12", "12.5", "-12.50"). Raises NotMoney, also for a part of a fen."""
    found = YUAN.fullmatch(text.strip())
    if found is None:
        raise NotMoney
    sign, whole, rest = found.groups()
    fen = int(whole) * 100 + int((rest or "0").ljust(2, "0"))
    return Fen(-fen if sign else fen)
