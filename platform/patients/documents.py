"""What a name, a document number and a phone must look like before anyone is asked about them. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date

from his.port import Identity
from patients.errors import IdNumberWrong, NameMissing, PhoneWrong

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
GAPS = re.compile(r"[\s\-()]+")


def resident(number: str) -> bool:
    """Eighteen characters, a date of birth that was, and the check character of GB 11643 (ISO 7064 MOD 11-2)."""
    if not re.fullmatch(r"\d{17}[\dX]", number, re.ASCII):
        return False
    check = CHECKS[sum(int(digit) * weight for digit, weight in zip(number, WEIGHTS, strict=False)) % 11]
    return check == number[17] and born(number[6:14])


def born(text: str) -> bool:
    try:
        return date(1880, 1, 1) <= date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False


def shaped(pattern: str) -> Callable[[str], bool]:
    rule = re.compile(pattern, re.ASCII)
    return lambda number: bool(rule.fullmatch(number))


def foreign_residence(number: str) -> bool:
    """The card of 2023 has a resident's eighteen characters and begins with 9; the older one three letters and twelve digits."""
    return (number.startswith("9") and resident(number)) or bool(re.fullmatch(r"[A-Z]{3}\d{12}", number, re.ASCII))


RULES: dict[str, Callable[[str], bool]] = {
    "resident": resident,
    "passport": shaped(r"[A-Z0-9]{5,17}"),
    "hk_macau": shaped(r"[HM]\d{8}(\d{2})?"),
    "taiwan": shaped(r"\d{8}|\d{10}[A-Z]?"),
    "foreign_residence": foreign_residence,
}


def plain(text: str) -> str:
    """Full-width characters made narrow, white space trimmed and joined."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def identity(*, name: str, id_type: str, id_no: str, phone: str) -> Identity:
    """What she typed, tidied. Raises NameMissing, IdNumberWrong, PhoneWrong; no partner was asked."""
    called, number, line = plain(name), GAPS.sub("", plain(id_no)).upper(), GAPS.sub("", plain(phone)).removeprefix("+86")
    if not called or any(not sign.isprintable() for sign in called):
        raise NameMissing
    if not RULES.get(id_type, resident)(number):
        raise IdNumberWrong(id_type=id_type if id_type in RULES else "unknown")
    if not re.fullmatch(r"1\d{10}" if id_type == "resident" else r"\+?\d{5,20}", line, re.ASCII):
        raise PhoneWrong
    return Identity(name=called, id_type=id_type, id_no=number, phone=line)
