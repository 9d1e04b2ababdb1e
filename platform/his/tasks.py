"""Celery tasks. Losing one loses nothing: the next poll finds what it would have found."""

from __future__ import annotations

import logging

from celery import shared_task

from core.errors import PartnerError
from his import actions, errands

log = logging.getLogger("his")


@shared_task
def poll() -> int:
    """Also writes the audit entries of refused pushes whose minute is over, and forgets old nonces."""
    actions.close_refusals()
    actions.sweep_nonces()
    try:
        return errands.poll()
    except PartnerError as problem:
        log.warning("the feed could not be read: %s", problem)
        return 0
