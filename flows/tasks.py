"""Nudges of three lines."""

from celery import shared_task

from flows import actions, errands, queries


@shared_task
def sweep_timers() -> int:
    return actions.fire_due_timers()


@shared_task
def forget_seen() -> int:
    return actions.forget_seen()


@shared_task
def close_days() -> int:
    return errands.close_past_days(queries.runs_past_their_day())
