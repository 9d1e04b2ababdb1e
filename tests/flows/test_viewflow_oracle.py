"""Our kernel and viewflow walk the same random trees; after every event the same steps wait."""

from __future__ import annotations

import random
from typing import Any

import pytest
from growing import Gardener, Walk, step
from oracle_viewflow import Peer

from flows.schema import walk as walk_tree

TREES, SEED, MOST_EVENTS = 500, 20_261_124, 60
pytestmark = pytest.mark.django_db


def ours(walk: Walk) -> set[str]:
    assert all(mode == "waiting" for _, mode in walk.state.live.values()), walk.state.live
    return set(walk.state.live)


def compare(seed: int, counted: dict[str, int]) -> None:
    chance = random.Random(seed)
    tree = Gardener(chance, steps=8, plain=True).grow()
    facts: dict[str, Any] = {"patient.elder": chance.random() < 0.5}
    walk, peer = Walk(of=tree, facts=facts), Peer(tree, facts)
    for _ in range(MOST_EVENTS):
        assert peer.waiting() == ours(walk), (seed, walk.events, tree.model_dump_json())
        if not walk.state.live:
            break
        key, outcome = chance.choice(sorted(walk.state.live)), chance.choice(["ok", "no"])
        peer.finish(key, outcome)
        walk.end(f"{key}#{walk.state.live[key][0]}", outcome)
        counted["events"] += 1
    assert peer.over() == (walk.state.status == "ended"), seed
    counted["ended"] += walk.state.status == "ended"
    counted["rounds"] += any(n > 1 for key, n in walk.state.count.items() if key in walk.program.steps)
    counted["forks"] += any(block.kind == "parallel" for block, _ in walk_tree(tree))


@pytest.mark.slow
def test_viewflow_waits_for_the_same_steps_on_random_trees() -> None:
    counted = {"events": 0, "ended": 0, "rounds": 0, "forks": 0}
    for number in range(TREES):
        compare(SEED + number, counted)
    assert counted["events"] > 2_500, counted  # the comparison compares something
    assert counted["ended"] > 450, counted
    assert counted["rounds"] > 50, counted
    assert counted["forks"] > 50, counted


def test_the_oracle_runs_a_flow_of_two_steps() -> None:
    from growing import tree

    peer = Peer(tree(step("a"), step("b")), {})
    assert peer.waiting() == {"a"}
    peer.finish("a", "ok")
    assert peer.waiting() == {"b"}
    peer.finish("b", "no")
    assert peer.over()
