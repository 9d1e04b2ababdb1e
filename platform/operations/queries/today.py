"""The numbers of 今日. Every number can be found again in a list."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from django.db.models import Count, Q, Sum
from django.utils import timezone

from core import clock
from flows.models import Run, Step
from operations.queries import places
from payments.models import Order

FEW = 5


@dataclass(frozen=True)
class Numbers:
    """`half` is the time half of today's finished visits took; None with fewer than five of them."""

    arrived: int
    here: int
    ended: int
    half: timedelta | None
    trouble: int


@dataclass(frozen=True)
class Bar:
    label: str
    count: int
    percent: int


def numbers() -> Numbers:
    runs = Run.objects.filter(day=clock.today())
    arrived = runs.filter(steps__type__startswith="checkin@", steps__outcome="arrived").distinct()
    spans = [
        (ended - started).total_seconds()
        for started, ended in runs.filter(ended_by="finished").values_list("started_at", "ended_at")
        if ended
    ]
    return Numbers(
        arrived=arrived.count(),
        here=arrived.filter(status="running").count(),
        ended=runs.filter(status="ended").count(),
        half=timedelta(seconds=median(spans)) if len(spans) >= FEW else None,
        trouble=runs.filter(in_trouble=True).count(),
    )


def money() -> tuple[int, int, int]:
    """(fen taken today, orders settled, orders paid but not booked yet)."""
    start = clock.now().astimezone(timezone.get_current_timezone()).replace(hour=0, minute=0, second=0, microsecond=0)
    found = Order.objects.filter(paid_at__gte=start).aggregate(
        fen=Sum("amount", filter=Q(state__in=["paid", "booked"])),
        settled=Count("pk", filter=Q(state="booked")),
        open=Count("pk", filter=Q(state="paid")),
    )
    return int(found["fen"] or 0), int(found["settled"]), int(found["open"])


def arrivals() -> list[Bar]:
    """Check-ins by the hour, from the first to the last hour with one, at least eight hours."""
    moments = Step.objects.filter(run__day=clock.today(), type__startswith="checkin@", outcome="arrived", finished_at__isnull=False)
    hours = Counter(timezone.localtime(at).hour for at in moments.values_list("finished_at", flat=True))
    first, last = min([*hours, 8]), max([*hours, 17])
    most = max(hours.values(), default=0) or 1
    return [Bar(f"{hour} 时", hours[hour], round(100 * hours[hour] / most)) for hour in range(first, last + 1)]


def crowds() -> list[Bar]:
    """Where most people are under way now, the seven fullest departments."""
    names = places.departments()
    rows = (
        Run.objects.filter(day=clock.today(), status="running")
        .values("department")
        .annotate(count=Count("pk"))
        .order_by("-count", "department")[:7]
    )
    most = max((row["count"] for row in rows), default=0) or 1
    return [Bar(names.get(row["department"], "其他科室"), row["count"], round(100 * row["count"] / most)) for row in rows]
