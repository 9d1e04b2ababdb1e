"""One delivered event through PostgreSQL beside the same rows written by hand in raw SQL (the floor of a database write)."""

from __future__ import annotations

import json
import time

from hospital import STEPS, a_visit, open_house
from measure import interleaved, table

open_house()

from django.db import connection, transaction  # noqa: E402

from flows import actions  # noqa: E402
from flows.actions import News  # noqa: E402
from flows.models import Run  # noqa: E402

VISITS = 8


class Counter:
    """Numbers for new visits, so that each round has fresh ones."""

    last = 0

    @classmethod
    def next(cls) -> int:
        cls.last += 1
        return cls.last


def ours() -> int:
    runs = [a_visit(Counter.next())[1] for _ in range(VISITS)]
    began = time.process_time()
    for run in runs:
        for step in range(1, STEPS):
            actions.deliver(run.number, News("bench", f"{run.number}-{step}", "page.read", ref=f"s{step}#1", outcome="read"))
    ours.spent = time.process_time() - began  # type: ignore[attr-defined]
    return VISITS * (STEPS - 1)


def by_hand() -> int:
    """Lock the run, note the event as seen, journal it, finish a step, open the next, one outbox row, the new state: seven statements."""
    runs = [a_visit(Counter.next())[1] for _ in range(VISITS)]
    state = json.dumps(Run.objects.get(pk=runs[0].pk).state)
    began = time.process_time()
    for run in runs:
        for step in range(1, STEPS):
            write(run, step, state)
    by_hand.spent = time.process_time() - began  # type: ignore[attr-defined]
    return VISITS * (STEPS - 1)


def write(run: Run, step: int, state: str) -> None:
    with transaction.atomic(), connection.cursor() as sql:
        sql.execute(
            "insert into flows_seen (run, source, name, at) values (%s, 'hand', %s, now()) on conflict do nothing", [run.pk, f"h{step}"]
        )
        sql.execute("select state, revision from flows_run where id = %s for update", [run.pk])
        sql.execute(
            "insert into flows_event (run_id, sequence, source, name, type, ref, outcome, facts, by, reason, at, received_at, verdict,"
            " version, kernel, state_after)"
            " values (%s, %s, 'hand', %s, 'page.read', %s, 'read', '{}', '', '', now(), now(), 'applied', '', 1, '')",
            [run.pk, 1000 + step, f"h{step}", f"s{step}#1"],
        )
        sql.execute(
            "update flows_step set state = 'done', outcome = 'read', finished_at = now() where run_id = %s and key = %s",
            [run.pk, f"s{step}"],
        )
        sql.execute(
            "insert into flows_step (run_id, key, n, type, title, state, outcome, facts, reason, entered_at)"
            " values (%s, %s, 1, 'guide@1', '', 'open', '', '{}', '', now()) on conflict do nothing",
            [run.pk, f"s{step + 1}"],
        )
        sql.execute("update flows_run set state = %s, revision = revision + 1 where id = %s", [state, run.pk])


def main() -> None:
    spent: dict[str, list[float]] = {"ours: one delivered event": [], "floor: the same rows by hand, raw SQL": []}

    def timed(name: str, work: object) -> object:
        def run() -> int:
            units = work()  # type: ignore[operator]
            spent[name].append(work.spent / units * 1e6)  # type: ignore[attr-defined]
            return int(units)

        return run

    interleaved(
        {
            "ours: one delivered event": timed("ours: one delivered event", ours),
            "floor: the same rows by hand, raw SQL": timed("floor: the same rows by hand, raw SQL", by_hand),
        },
        rounds=5,
    )  # type: ignore[dict-item]
    medians = {name: sorted(values)[len(values) // 2] for name, values in spent.items()}
    table("step: one delivered event, CPU of this process", medians, ours="ours: one delivered event", unit="event")


if __name__ == "__main__":
    main()
