"""What rehearsals read of the past: journals to replay; hours, times and outcomes to simulate. Streams; never a whole day at once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from flows import kernel
from flows.models import Event, FlowDefinition, FlowVersion, Run, Step
from flows.program import Program
from flows.rehearsal.lockstep import Lockstep, Told
from flows.rehearsal.replay import Recorded, retrace
from flows.schema import Contract

AT_ONCE = 500
"""Visits read by one query."""
COLUMNS = ("run_id", "version", "type", "ref", "outcome")
QUANTILES = 20
SAMPLE = 400


@dataclass(frozen=True)
class Window:
    """Which past visits: days from … to, both included; every place when empty."""

    since: date
    until: date
    campus: str = ""
    department: str = ""

    def runs(self, definition: FlowDefinition) -> QuerySet[Run]:
        """Only visits that are over: of one under way the past does not know yet how it ends."""
        place = {name: value for name, value in (("campus", self.campus), ("department", self.department)) if value}
        found = Run.objects.filter(
            version__definition=definition, day__gte=self.since, day__lte=self.until, status=Run.Status.ENDED, **place
        )
        return found.order_by("pk")


@dataclass
class Journals:
    """The journals of a window: how many, which versions they walked, and themselves, once."""

    definition: FlowDefinition
    window: Window
    numbers: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.numbers = dict(self.window.runs(self.definition).values_list("pk", "number"))

    def versions(self) -> list[FlowVersion]:
        return list(FlowVersion.objects.filter(pk__in=self.window.runs(self.definition).order_by().values("version").distinct()))

    def read(self, lockstep: Lockstep) -> Iterator[Recorded]:
        """Each visit with its events in order, narrowed to what can change where it goes."""
        narrow = Narrowing(lockstep)
        pks = list(self.numbers)
        for start in range(0, len(pks), AT_ONCE):
            for pk, rows in groupby(rows_of(pks[start : start + AT_ONCE], timed=lockstep.timed), key=itemgetter(0)):
                yield Recorded(self.numbers[pk], [narrow(row) for row in rows])


def rows_of(pks: list[int], *, timed: bool) -> Iterator[tuple[Any, ...]]:
    """The journals of some runs: run, version, type, ref, outcome, facts as text, and the moment when it matters."""
    rows = Event.objects.filter(run_id__in=pks).order_by("run_id", "sequence")
    columns = (*COLUMNS, Cast("facts", TextField()), *(("at",) if timed else ()))
    return iter(rows.values_list(*columns).iterator(chunk_size=5_000))


class Narrowing:
    """Rows to events; a row seen before, whoever's it was, is not worked out again."""

    def __init__(self, lockstep: Lockstep) -> None:
        self.lockstep, self.seen = lockstep, dict[tuple[Any, ...], Told]()

    def __call__(self, row: tuple[Any, ...]) -> tuple[Told, float]:
        key = row[1:6]
        told = self.seen.get(key)
        if told is None:
            version, type_, ref, outcome, facts = key
            told = self.lockstep.told(version, type_, ref, outcome, json.loads(facts or "{}"))
            if len(self.seen) < 200_000:
                self.seen[key] = told
        return told, row[6].timestamp() if len(row) > 6 else 0.0


def stray(program: Program, events: Iterable[Event]) -> list[int]:
    """The sequence numbers at which the journal does not lead to the state on record; empty for a journal that holds."""
    from flows.actions import hash_of

    rows = list(events)
    states = retrace(program, (as_happened(row) for row in rows))
    return [row.sequence for row, state in zip(rows, states, strict=True) if hash_of(state.to_json()) != row.state_after]


def as_happened(row: Event) -> kernel.Event:
    """A row of the journal as the kernel was given it."""
    return kernel.Event(
        id=f"{row.source}:{row.name}", source=row.source, type=row.type, at=row.at.isoformat(), ref=row.ref or None,
        outcome=row.outcome or None, facts=row.facts, by=row.by or None, reason=row.reason or None,
    )  # fmt: skip


# For simulations


def assumed(definition: FlowDefinition, window: Window, contracts: dict[str, Contract]) -> dict[str, Any]:
    """What the window says about arrivals, times, outcomes and start facts, in the shape of `Assumptions`. Empty without visits."""
    runs = window.runs(definition)
    days = runs.order_by().values("day").distinct().count()
    if not days:
        return {}
    return {
        "visits": max(1, round(runs.count() / days)),
        "arrivals": hours(runs),
        "steps": times(runs, contracts),
        "starts": [facts for facts in starts(runs) if facts],
    }


def hours(runs: QuerySet[Run]) -> dict[int, float]:
    """People by the hospital's hour in which their journal begins to move."""
    zone = ZoneInfo(settings.TIME_ZONE)
    came = Event.objects.filter(run__in=runs, type="checkin.recorded").values_list("at", flat=True)
    moments = list(came) or list(runs.values_list("started_at", flat=True))
    return {hour: float(number) for hour, number in sorted(Counter(moment.astimezone(zone).hour for moment in moments).items())}


def times(runs: QuerySet[Run], contracts: dict[str, Contract]) -> dict[str, Any]:
    """Step → how it ended, how often, and how long it took from entry to end (waiting included)."""
    rows = Step.objects.filter(run__in=runs, state__in=("done", "skipped")).values_list(
        "key", "type", "outcome", "entered_at", "finished_at"
    )
    took: dict[str, list[float]] = {}
    ends: dict[str, Counter[str]] = {}
    for key, type_, outcome, entered, finished in rows.iterator(chunk_size=5_000):
        ends.setdefault(key, Counter())[outcome] += 1
        contract = contracts.get(type_)
        if finished is not None and contract is not None and outcome == contract.main:
            took.setdefault(key, []).append((finished - entered).total_seconds() / 60)
    return {key: {"minutes": quantiles(took.get(key, [])), "outcomes": dict(ends[key])} for key in ends}


def quantiles(values: list[float]) -> list[float]:
    """Twenty-one points from the shortest to the longest, to a tenth of a minute."""
    if not values:
        return [0.0]
    ordered = sorted(values)
    return [round(ordered[round(place * (len(ordered) - 1) / QUANTILES)], 1) for place in range(QUANTILES + 1)]


def starts(runs: QuerySet[Run]) -> list[dict[str, Any]]:
    """Start facts of some past visits; they name nobody."""
    return list(Event.objects.filter(run__in=runs, type="start").order_by("run_id").values_list("facts", flat=True)[:SAMPLE])
