"""Nudges of three lines."""

from celery import shared_task
from django.conf import settings

from flows import actions, errands, queries, staffing
from flows.rehearsal.jobs import work  # a task of the worker's, too

__all__ = ["close_days", "escalate_stuck", "forget_seen", "sweep_timers", "work"]


@shared_task
def sweep_timers() -> int:
    return actions.fire_due_timers()


@shared_task
def forget_seen() -> int:
    return actions.forget_seen()


@shared_task
def close_days() -> int:
    return errands.close_past_days(queries.runs_past_their_day())


@shared_task
def escalate_stuck() -> int:
    return staffing.escalate(settings.STUCK_ROLES, minutes=settings.STUCK_MINUTES)
