"""What nobody told us is asked for: orders neither settled nor closed, refunds on their way, ever more seldom, until it is known."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from core import clock
from core.errors import Problem
from payments.actions import notices, schedule
from payments.errands import asking, refunding
from payments.models import Order
from payments.queries import order

log = logging.getLogger("payments")
A_FEW = 5
SWEEP_SECONDS = 20


def sweep(limit: int = 100) -> int:
    """Look at everything whose turn it is; returns how many. Unpaid orders past their deadline are closed here.

    Few are taken at a time: what a slow channel leaves no time for keeps its turn.
    """
    notices.tell_forgeries()
    seen, until = 0, time.monotonic() + SWEEP_SECONDS
    while seen < limit and time.monotonic() < until:
        numbers, returning = schedule.due_orders(A_FEW), schedule.due_refunds(A_FEW)
        for number in numbers:
            one(number, look)
        for number in returning:
            one(number, refunding.pursue)
        if not numbers and not returning:
            break
        seen += len(numbers) + len(returning)
    return seen


def one(number: str, deed: Callable[[str], object]) -> None:
    """One that goes wrong must not stop the others; it has its next turn already."""
    try:
        deed(number)
    except Problem as problem:
        log.warning("sweeping %s: %s", number, problem.code)


def look(number: str) -> Order:
    row = order(number)
    if row.closing_for or row.expires_at <= clock.now():
        return asking.close(number, reason="expired")
    return asking.look_up(number)
