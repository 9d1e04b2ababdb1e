"""Invented visits as replay reads them, and flows with one planted change, for the tests of rehearsal. No database."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any

from flows import patterns
from flows.nodes import CONTRACTS
from flows.program import Program, flatten
from flows.rehearsal.assumptions import Assumptions
from flows.rehearsal.clockwork import Simulation
from flows.rehearsal.lockstep import Lockstep
from flows.rehearsal.replay import Recorded, Subject, replay
from flows.schema import Tree
from flows.state import Event
from flows.vocabulary import START

Json = dict[str, Any]
SHA = "v1"
CLOSING = 24 * 3600


def program(tree: Json) -> Program:
    return flatten(Tree.model_validate(tree), CONTRACTS)


def invented(tree: Json, *, visits: int = 200, **given: Any) -> dict[int, list[tuple[int, Event]]]:
    """Visit → its events with the second of the day."""
    seen: dict[int, list[tuple[int, Event]]] = {}
    assumptions = Assumptions(visits=visits, trouble=0.03, interrupts={"visit.cancelled": 0.02}, **given)
    Simulation(
        program(tree), CONTRACTS, assumptions, starts=START, closing=CLOSING, all_facts=True,
        watch=lambda visit, second, event, _moved: seen.setdefault(visit.number, []).append((second, event)),
    ).run()  # fmt: skip
    return seen


def recorded(journals: dict[int, list[tuple[int, Event]]]) -> Callable[[Lockstep], Iterable[Recorded]]:
    def read(lockstep: Lockstep) -> Iterable[Recorded]:
        for number, events in sorted(journals.items()):
            told = [(lockstep.told(SHA, one.type, one.ref or "", one.outcome or "", one.facts), float(second)) for second, one in events]
            yield Recorded(str(number), told)

    return read


def rehearse(past: Json, draft: Json, journals: dict[int, list[tuple[int, Event]]] | None = None, **more: Any) -> Json:
    """The report of invented visits of `past` in `draft`."""
    journals = invented(past) if journals is None else journals
    subject = Subject(program(draft), {SHA: program(past)}, CONTRACTS, facts={name: fact.title for name, fact in START.items()})
    return replay(subject, recorded(journals), **more)


def outpatient() -> Json:
    return copy.deepcopy(patterns.outpatient())


def block(tree: Any, key: str) -> Json:
    """The block of this key, wherever it lies."""
    waiting = [tree]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if one.get("key") == key and "kind" in one:
                return one
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
    raise KeyError(key)


def around(tree: Any, key: str) -> tuple[list[Json], int]:
    """The sequence a block lies in, and where."""
    waiting = [tree]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            place = next((index for index, each in enumerate(one) if isinstance(each, dict) and each.get("key") == key), None)
            if place is not None:
                return one, place
            waiting.extend(one)
        elif isinstance(one, dict):
            waiting.extend(one.values())
    raise KeyError(key)


def insert_before(tree: Json, key: str, new: Json) -> Json:
    sequence, place = around(tree, key)
    sequence.insert(place, new)
    return tree
