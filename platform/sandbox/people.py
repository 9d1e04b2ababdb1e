"""The cast: invented people whom every partner knows in its own way. The only plain names in the house stand in cast.json."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent


@cache
def document(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return found


def everyone() -> list[dict[str, Any]]:
    people: list[dict[str, Any]] = document("cast.json")["people"]
    return people


def patients() -> list[dict[str, Any]]:
    return [person for person in everyone() if person["role"] == "patient"]


def phones() -> list[dict[str, Any]]:
    """Those who hold a phone with WeChat."""
    return [person for person in everyone() if person["openid"]]


def by_key(key: str) -> dict[str, Any] | None:
    """A person by key or by plain name."""
    return next((person for person in everyone() if key in (person["key"], person["name"])), None)


def bill(name: str) -> dict[str, Any]:
    found: dict[str, Any] = document("cast.json")["bills"][name]
    return found


def hospital() -> dict[str, Any]:
    return document("hospital.json")


def check_digit(first_seventeen: str) -> str:
    """GB 11643: the eighteenth character of a resident's number."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(int(digit) * weight for digit, weight in zip(first_seventeen, weights, strict=True)) % 11]
