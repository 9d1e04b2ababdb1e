"""A question about the histories of a tree, and what was found."""

from __future__ import annotations

from typing import Any, NamedTuple


class Question(NamedTuple):
    """Is there a history (a complete run, unless `ended` is False) in which `when` holds? If so, `code` is a fault of `keys`."""

    code: str
    keys: tuple[str, ...]
    when: Any
    ended: bool = True
