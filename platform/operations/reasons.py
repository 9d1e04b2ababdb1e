"""A reason is required, short, and names nobody."""

from __future__ import annotations

import re

from operations.errors import ReasonMissing, ReasonNamesSomeone

SHORTEST, LONGEST = 4, 200
LONG_NUMBER = re.compile(r"\d{7,}")


def checked(reason: str, *, never: tuple[str, ...] = ()) -> str:
    """The reason without edges. Raises ReasonMissing, or ReasonNamesSomeone for a long number or one of the words in `never`."""
    text = " ".join(reason.split())[:LONGEST]
    if len(text) < SHORTEST:
        raise ReasonMissing
    if LONG_NUMBER.search(text) or any(word and word in text for word in never):
        raise ReasonNamesSomeone
    return text
