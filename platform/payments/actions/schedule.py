"""When the sweep looks next: soon at first, then ever more seldom, until it is known."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from core import clock
from payments.models import Order, Refund

ORDER_STEPS = (5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
REFUND_STEPS = (5, 15, 60, 120, 300, 600, 1800, 3600)


def after(asks: int, *, steps: tuple[int, ...] = ORDER_STEPS) -> timedelta:
    """The pause after the `asks`-th look; the last step repeats for ever."""
    return timedelta(seconds=steps[min(asks, len(steps) - 1)])


def start(row: Order | Refund) -> None:
    """Something has just been asked of a partner: look soon."""
    row.asks, row.ask_at = 0, clock.now() + after(0)


def next_look(order: Order) -> datetime:
    """Not later than the moment it expires: then it must be closed."""
    now, pause = clock.now(), after(order.asks)
    return order.expires_at if now < order.expires_at < now + pause else now + pause


@transaction.atomic
def due_orders(limit: int) -> list[str]:
    """Orders whose turn it is, each handed to one sweeper: their next turn is set before anyone asks."""
    rows = list(Order.objects.select_for_update(skip_locked=True).filter(ask_at__lte=clock.now()).order_by("ask_at")[:limit])
    for order in rows:
        order.asks += 1
        order.ask_at = next_look(order)
        order.save(update_fields=["asks", "ask_at"])
    return [order.number for order in rows]


@transaction.atomic
def due_refunds(limit: int) -> list[str]:
    rows = list(Refund.objects.select_for_update(skip_locked=True).filter(ask_at__lte=clock.now()).order_by("ask_at")[:limit])
    for refund in rows:
        refund.asks += 1
        refund.ask_at = clock.now() + after(refund.asks, steps=REFUND_STEPS)
        refund.save(update_fields=["asks", "ask_at"])
    return [refund.number for refund in rows]
