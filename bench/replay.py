"""Replay of 20,000 recorded visits through a draft, reading included, beside reading alone. PostgreSQL, CPU and clock of this process.

The visits are invented by `fixtures.days`; the draft is their own flow with a message more, so every visit that sees the doctor differs.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from datetime import timedelta

from hospital import open_house

open_house()

from django.db import transaction  # noqa: E402

from care.models import Campus, Department  # noqa: E402
from core import clock  # noqa: E402
from fixtures import days  # noqa: E402
from flows import actions, patterns  # noqa: E402
from flows.models import Event, FlowDefinition, FlowVersion  # noqa: E402
from flows.rehearsal import drafts, history  # noqa: E402
from flows.rehearsal.replay import replay  # noqa: E402
from flows.schema import Tree  # noqa: E402

VISITS = int(os.environ.get("VISITS", "20000"))
TARGET = 15.0
DAYS = 7
ROUNDS = 3


def recorded() -> FlowDefinition:
    """The demo's days, ten times as full."""
    campus = Campus.objects.create(his_id="C1", name="本部", lng=113.3, lat=23.1, fence_metres=500)
    for number in range(8):
        Department.objects.create(his_id=f"D{number}", campus=campus, name=f"科室 {number}")
    definition = FlowDefinition.objects.create(code="outpatient", title="门诊就诊", tree=patterns.outpatient())
    version: FlowVersion = actions.publish(definition, by="chen", approved_by="lin")
    with transaction.atomic():
        days.load(version, days=DAYS, weekly=[VISITS // DAYS + (day < VISITS % DAYS) for day in range(7)])
    return definition


def draft_of(definition: FlowDefinition, *, minutes: int | None = None) -> Tree:
    """A message more before the doctor; with `minutes` another limit of the waiting, so that the moment of every event matters."""
    tree = patterns.outpatient()
    scope = tree["body"][0]["body"]
    scope.insert(2, {"kind": "step", "key": "told_new", "title": "请准备好病历", "type": "message@1", "settings": {}, "ports": {}})
    if minutes is not None:
        scope[1]["body"][0]["timeout"] = {"after": minutes}
    definition.tree = tree
    return actions.complete(definition)


def reading(definition: FlowDefinition, window: history.Window) -> None:
    pks = list(window.runs(definition).values_list("pk", flat=True))
    for start in range(0, len(pks), history.AT_ONCE):
        for _ in history.rows_of(pks[start : start + history.AT_ONCE], timed=False):
            pass


def replayed(definition: FlowDefinition, window: history.Window, tree: Tree) -> None:
    journals = history.Journals(definition, window)
    report = replay(drafts.subject(tree, journals.versions()), journals.read)
    if report["visits"] != VISITS or report["differs"] < VISITS // 2:
        raise SystemExit(f"replay said {report['conclusions']}")


def main() -> None:
    definition = recorded()
    window = history.Window(clock.today() - timedelta(days=DAYS), clock.today())
    plain, timed = draft_of(definition), draft_of(definition, minutes=30)
    found = {
        "floor: reading the rows alone": best(lambda: reading(definition, window)),
        "ours: read, replayed, judged, reported": best(lambda: replayed(definition, window, plain)),
        "ours: the draft has a limit of its own": best(lambda: replayed(definition, window, timed)),
    }
    floor = found["floor: reading the rows alone"][0]
    lines = [f"replay: {VISITS:,} recorded visits, {Event.objects.count():,} events, through a draft"]
    lines += [f"  {name:<44}{cpu:>8.2f} s CPU{wall:>8.2f} s  × {cpu / floor:.2f} of reading" for name, (cpu, wall) in found.items()]
    sys.stdout.write("\n".join(lines) + "\n")
    if max(wall for _, wall in found.values()) > TARGET:
        raise SystemExit(f"slower than {TARGET} s")


def best(work: Callable[[], None]) -> tuple[float, float]:
    """The quickest of some rounds: (CPU seconds, seconds)."""
    seen = []
    for _ in range(ROUNDS):
        cpu, wall = time.process_time(), time.monotonic()
        work()
        seen.append((time.process_time() - cpu, time.monotonic() - wall))
    return min(seen)


if __name__ == "__main__":
    main()
