"""Celery's way in."""

from __future__ import annotations

from celery import shared_task

from payments import errands


@shared_task(name="payments.tasks.sweep_orders")
def sweep_orders() -> int:
    return errands.sweep()
