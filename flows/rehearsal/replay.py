"""Replay: the journal of past visits through a draft. Nothing is sent, no partner is asked, no money moves.

Every visit is told apart three ways: as before, otherwise from a step on (or stuck there), and *unknown from here*, where the draft asks
what was never asked of this patient.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from core.conditions import Value
from flows.kernel import advance
from flows.program import Program
from flows.rehearsal.asking import in_order, titles
from flows.rehearsal.lockstep import Change, Lockstep, Node, Told
from flows.rehearsal.progress import Progress, tell, unheard
from flows.rehearsal.snags import Snag
from flows.rehearsal.verdict import VERDICTS, Names, judge, outcomes, sentence
from flows.schema import Contract
from flows.state import Event, State

EXAMPLES = 20
EVERY = 250
"""Visits between two words about progress."""


class Recorded(NamedTuple):
    """One visit of the past: what it is called, and its events in order, each with the second it happened (0 when it does not matter)."""

    name: str
    events: Sequence[tuple[Told, float]]


@dataclass(frozen=True)
class Subject:
    """The draft, and the versions its past visits walked: sha-256 → program. `facts`: fact → title; `block_titles`: in the order drawn."""

    draft: Program
    past: Mapping[str, Program]
    contracts: Mapping[str, Contract]
    facts: Mapping[str, str] = field(default_factory=dict)
    block_titles: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> Names:
        found: dict[str, str] = {}
        words: dict[str, dict[str, str]] = {}
        for program in (*self.past.values(), self.draft):
            found |= titles(program, self.contracts)
            words |= outcomes(program, self.contracts)
        return Names({**found, **self.block_titles}, words, self.facts)


@dataclass
class Tally:
    """What came of all visits; visits that ended alike are counted together."""

    ends: Counter[Node] = field(default_factory=Counter)
    samples: dict[Node, list[str]] = field(default_factory=dict)
    visits: int = 0

    def add(self, name: str, node: Node) -> None:
        self.visits += 1
        self.ends[node] += 1
        kept = self.samples.setdefault(node, [])
        if len(kept) < EXAMPLES:
            kept.append(name)


def replay(
    subject: Subject, visits: Callable[[Lockstep], Iterable[Recorded]], *, total: int = 0, progress: Progress = unheard
) -> dict[str, Any]:
    """The report (plain JSON). `visits` is given the lockstep, whose `told` narrows what is read. Raises Cancelled."""
    lockstep, tally = Lockstep(subject.past, subject.draft, subject.contracts), Tally()
    for visit in visits(lockstep):
        tally.add(visit.name, walk(lockstep, visit.events))
        if tally.visits % EVERY == 0:
            tell(progress, tally.visits, max(total, tally.visits))
    tell(progress, tally.visits, tally.visits)
    return report(subject, tally)


def walk(lockstep: Lockstep, events: Iterable[tuple[Told, float]]) -> Node:
    """The node behind all events of one visit."""
    node, step = lockstep.root, lockstep.step
    if lockstep.timed:
        return with_limits(lockstep, events)
    for told, _ in events:
        node, _ = step(node, told)
    return node


def with_limits(lockstep: Lockstep, events: Iterable[tuple[Told, float]]) -> Node:
    """As `walk`, where the draft has limits of its own: each passes at its own minute, between the recorded events."""
    node, due = lockstep.root, dict[str, float]()
    for told, at in events:
        while due and (name := min(due, key=lambda one: (due[one], one))) and due[name] <= at:
            when = due.pop(name)
            node, changes = lockstep.limit_passed(node, Told(told.version, "timer", name, "own"))
            note(due, changes, when)
        node, changes = lockstep.step(node, told)
        if changes:
            note(due, changes, at)
    return node


def note(due: dict[str, float], changes: tuple[Change, ...], at: float) -> None:
    for name, minutes in changes:
        if minutes is None:
            due.pop(name, None)
        else:
            due[name] = at + minutes * 60


# The report


def report(subject: Subject, tally: Tally) -> dict[str, Any]:
    names, found = subject.names, dict[Snag, list[Node]]()
    for node in tally.ends:
        found.setdefault(judge(node), []).append(node)
    counts = Counter[str]()
    groups = []
    for snag, nodes in found.items():
        number = sum(tally.ends[node] for node in nodes)
        counts[snag.verdict] += number
        if snag.verdict != "same":
            examples = [name for node in nodes for name in tally.samples[node]][:EXAMPLES]
            groups.append(group(snag, number, examples, names))
    rank = {"stuck": 0, "differs": 1, "unknown": 2}
    groups.sort(key=lambda one: (rank[one["verdict"]], -one["visits"], one["key"], one["reason"], one["sentence"]))
    return {
        "visits": tally.visits,
        **{verdict: counts[verdict] for verdict in VERDICTS},
        "groups": groups,
        "steps": people(subject, tally),
        "assumed": assumed(subject, names),
        "conclusions": conclusions(tally.visits, counts),
    }


def group(snag: Snag, visits: int, examples: list[str], names: Names) -> dict[str, Any]:
    return {
        "verdict": snag.verdict, "key": snag.key, "title": names.titles.get(snag.key, snag.key), "reason": snag.reason,
        "sentence": sentence(snag, names), "visits": visits, "examples": examples,
    }  # fmt: skip


def people(subject: Subject, tally: Tally) -> list[dict[str, Any]]:
    """How many visits entered each step, in the draft and in the past, in the order drawn."""
    now, then = Counter[str](), Counter[str]()
    for node, number in tally.ends.items():
        now.update(dict.fromkeys(node.draft.count, number))
        then.update(dict.fromkeys(node.past.count, number))
    named = subject.names.titles
    gone = [key for program in subject.past.values() for key in in_order(program) if key not in subject.draft.steps]
    drawn = [key for key in subject.block_titles if key in subject.draft.steps] or in_order(subject.draft)
    keys = [*drawn, *dict.fromkeys(gone)]
    return [{"key": key, "title": named[key], "draft": now[key], "past": then[key]} for key in keys]


def assumed(subject: Subject, names: Names) -> list[str]:
    """The steps taken as done though the past never did them: they can end in one way only."""
    past = {key for program in subject.past.values() for key in program.steps}
    found = Lockstep(subject.past, subject.draft, subject.contracts).foregone
    return [names.titles[key] for key in found if key not in past]


def conclusions(visits: int, counts: Counter[str]) -> list[str]:
    """The three conclusions, each a sentence of its own."""
    if not visits:
        return ["选的日子里没有就诊记录，什么也说不了。"]
    other = counts["differs"] + counts["stuck"]
    part = f"{counts['same'] * 100 / visits:.1f}%"
    stuck = f"，其中 {counts['stuck']:,} 次会停住，要人处理" if counts["stuck"] else ""
    return [
        f"{counts['same']:,} 次和过去一样（{part}）。",
        f"{other:,} 次和过去不一样{stuck}。" if other else "没有一次和过去不一样。",
        f"{counts['unknown']:,} 次走到一半就不知道了：草稿问了过去没问过的事。先试放 5% 才知道。"
        if counts["unknown"] else "没有一次是不知道的。",
    ]  # fmt: skip


# A run's journal through its own version


def retrace(program: Program, events: Iterable[Event]) -> Iterator[State]:
    """The state after every event, exactly as the conductor wrote it."""
    state = State.new()
    for event in events:
        state = advance(program, state, event).state
        yield state


__all__ = ["Recorded", "Subject", "Value", "replay", "retrace", "walk"]
