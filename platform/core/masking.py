"""What staff and screens may see of what a patient told us.

The forms follow the middle tier of the hospital's rule: enough to recognise someone who stands before you, too little to find her.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, get_args

Kind = Literal["name", "id_no", "phone", "card", "openid", "address", "text"]

KINDS: frozenset[str] = frozenset(get_args(Kind))
COMPOUND = frozenset("欧阳 上官 司马 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 司徒 夏侯 宇文 长孙 端木 南宫 独孤 轩辕 申屠 闻人".split())  # noqa: SIM905 -- a list of surnames reads as prose
DISTRICT = re.compile(r"^(.*?(?:区|县|旗|市(?!.*?(?:区|县|旗))))")
HIDDEN = "****"


def mask(plain: str, kind: Kind) -> str:
    """The masked form; nothing of an empty text. Never longer than 64 characters."""
    text = plain.strip()
    return MASKS[kind](text)[:64] if text else ""


def name(text: str) -> str:
    """张*, 张*丰, 欧阳**; a longer name keeps its first and last sign."""
    if text[:2] in COMPOUND and len(text) > 2:
        return text[:2] + "*" * min(len(text) - 2, 8)
    if len(text) == 1:
        return "*"
    if len(text) == 2:
        return f"{text[0]}*"
    return text[0] + "*" * min(len(text) - 2, 8) + text[-1]


def id_no(text: str) -> str:
    """First and last sign of an identity number; a short one (a passport) keeps its last three as well."""
    if len(text) < 6:
        return HIDDEN
    tail = 1 if len(text) >= 15 else 3
    return text[0] + "*" * (len(text) - 1 - tail) + text[-tail:]


def phone(text: str) -> str:
    """138****5678; another number keeps its last four."""
    digits = re.sub(r"\D", "", text)
    if len(digits) == 13 and digits.startswith("86"):
        digits = digits[2:]
    if len(digits) == 11:
        return f"{digits[:3]}****{digits[-4:]}"
    return last_four(digits)


def last_four(text: str) -> str:
    return HIDDEN + text[-4:] if len(text) >= 8 else HIDDEN


def address(text: str) -> str:
    """Down to the district."""
    found = DISTRICT.match(text)
    return f"{found.group(1)[:30]}{HIDDEN}" if found else HIDDEN


def hidden(_: str) -> str:
    return HIDDEN


MASKS: dict[str, Callable[[str], str]] = {
    "name": name,
    "id_no": id_no,
    "phone": phone,
    "card": last_four,
    "openid": last_four,
    "address": address,
    "text": hidden,
}

MOBILE = re.compile(r"(?<![0-9A-Za-z])(?:\+?86[- ]?)?(1[3-9]\d)[- ]?\d{4}[- ]?(\d{4})(?![0-9A-Za-z])")
IDENTITY = re.compile(r"(?<![0-9A-Za-z])([1-9])\d{5}(?:18|19|20)\d{9}([0-9Xx])(?![0-9A-Za-z])")


def scrub(text: str) -> str:
    """`text` with whatever looks like a mobile or an identity number masked: the last guard before something is kept for good."""
    return MOBILE.sub(r"\1****\2", IDENTITY.sub(lambda found: f"{found[1]}{'*' * 16}{found[2]}", text))
