"""How a long calculation tells how far it is, and how it is told to stop."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int], bool]
"""`(done, total)`; False asks it to stop."""


class Cancelled(Exception):
    """Somebody asked the calculation to stop; nothing of it is kept."""


def unheard(_done: int, _total: int) -> bool:
    return True


def tell(progress: Progress, done: int, total: int) -> None:
    """Raises Cancelled when it is no longer wanted."""
    if not progress(done, total):
        raise Cancelled
