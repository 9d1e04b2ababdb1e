"""Simulate: the same seed tells the same, two waves come, a counter less blocks, a counter more helps. No database."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from recorded import block, insert_before, outpatient, program

from flows.nodes import CONTRACTS
from flows.rehearsal.assumptions import Assumptions
from flows.rehearsal.clockwork import Simulation
from flows.rehearsal.progress import Cancelled
from flows.rehearsal.simulate import simulate
from flows.vocabulary import START

ROOT = Path(__file__).parents[2]


def found(tree: Any = None, **given: Any) -> dict[str, Any]:
    return simulate(program(tree or outpatient()), CONTRACTS, Assumptions(**given), starts=START)


def row(report: dict[str, Any], key: str) -> dict[str, Any]:
    return next(one for one in report["steps"] if one["key"] == key)


def test_the_same_seed_tells_the_same() -> None:
    assert json.dumps(found(visits=300, seed=7)) == json.dumps(found(visits=300, seed=7))
    assert found(visits=300, seed=7) != found(visits=300, seed=8)


def test_everybody_comes_and_ends() -> None:
    report = found(visits=400)
    assert (report["visits"], report["ended"], report["stuck"]) == (400, 400, [])
    assert sum(one["people"] for one in report["arrivals"]) == 400
    assert row(report, "arrive")["visits"] == 400
    assert sum(row(report, "arrive")["outcomes"].values()) == 400


def test_people_come_in_two_waves() -> None:
    people = {one["hour"]: one["people"] for one in found(visits=2_000)["arrivals"]}
    assert people[8] > 4 * people[12] < people[14]


def test_the_hours_of_history_are_the_hours() -> None:
    assert [one["hour"] for one in found(visits=100, arrivals={10: 1.0, 11: 1.0})["arrivals"]] == [10, 11]


def test_too_few_doctors_block_the_queue_and_it_says_what_helps() -> None:
    few = found(visits=500, slow=20, steps={"wait": {"counters": 8}, "consult": {"minutes": 8}})
    assert few["first"]["key"] == "wait"
    assert "「候诊」最先堵住" in few["conclusions"][0]
    assert few["conclusions"][1].startswith("「候诊」加开 ")
    many = found(visits=500, slow=20, steps={"wait": {"counters": 60}, "consult": {"minutes": 8}})
    assert many["first"] is None or many["first"]["key"] != "wait"
    assert row(many, "wait")["wait_p90"] < row(few, "wait")["wait_p90"]


def test_a_counter_more_changes_the_queue_and_nobody_s_illness() -> None:
    """Each visit has dice of its own: what happens to her does not hang on how many windows are open."""
    few = found(visits=300, steps={"pharmacy": {"counters": 2}})
    more = found(visits=300, steps={"pharmacy": {"counters": 3}})
    assert row(few, "consult")["outcomes"] == row(more, "consult")["outcomes"]
    assert row(few, "pharmacy")["wait_p90"] > row(more, "pharmacy")["wait_p90"]


def test_counters_never_serve_more_than_they_are() -> None:
    given = Assumptions(visits=300, steps={"pharmacy": {"counters": 3}})  # type: ignore[dict-item]  # read from JSON elsewhere
    seen: list[int] = []
    clock = Simulation(program(outpatient()), CONTRACTS, given, starts=START, watch=lambda *_: seen.append(clock.stations["pharmacy"].busy))
    clock.run()
    assert max(seen) == 3
    assert all(station.busy == 0 for station in clock.stations.values())


def test_what_staff_drew_wrong_stops_people_and_is_told() -> None:
    draft = insert_before(outpatient(), "consult", {
        "kind": "branch", "key": "by_kind", "title": "按类型", "cases": [
            {"key": "first", "title": "初诊", "when": {"fact": "visit.kind", "op": "is", "value": "first"}, "body": []}]})  # fmt: skip
    report = found(draft, visits=200)
    stuck = report["stuck"][0]
    assert stuck["key"] == "by_kind"
    assert report["ended"] + stuck["visits"] == 200
    assert any("要工作人员处理" in one for one in report["conclusions"])


def test_a_limit_ends_a_wait() -> None:
    draft = outpatient()
    block(draft, "wait")["timeout"] = {"after": 5}
    outcomes = row(found(draft, visits=300, steps={"wait": {"counters": 1}}), "wait")["outcomes"]
    assert outcomes["passed"] > outcomes.get("called", 0)


def test_it_can_be_stopped() -> None:
    told: list[tuple[int, int]] = []

    def wanted(done: int, total: int) -> bool:
        told.append((done, total))
        return False

    with pytest.raises(Cancelled):
        simulate(program(outpatient()), CONTRACTS, Assumptions(visits=1_000), starts=START, progress=wanted)
    assert told == [(250, 1_000)]


def test_the_command_prints_the_same_twice_without_a_database() -> None:
    command = [
        sys.executable,
        "manage.py",
        "flows",
        "simulate",
        "fixtures/flows/outpatient.json",
        "--visits",
        "500",
        "--seed",
        "1",
        "--json",
    ]
    import os

    environment = {**os.environ, "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    said = [subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True).stdout for _ in range(2)]
    assert said[0] == said[1]
    assert json.loads(said[0])["visits"] == 500
