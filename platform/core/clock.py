"""Now, and the hospital's day. Every time in the house is aware."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone


def now() -> datetime:
    return timezone.now()


def today() -> date:
    """The hospital's day, whatever the reader's own time zone."""
    return day_of(now())


def local(moment: datetime) -> datetime:
    """The same moment on the hospital's clock."""
    return timezone.localtime(moment, timezone.get_default_timezone())


def day_of(moment: datetime) -> date:
    return timezone.localdate(moment, timezone.get_default_timezone())
