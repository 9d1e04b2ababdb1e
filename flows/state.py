"""What a run remembers, what can happen to it, and what the house must do about it: plain values without behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from core.conditions import Value


class Done(NamedTuple):
    """A finished step; `how` it was taken back (or None, or `untold`: about to be); `rounds` of the repeats round it when it ended."""

    key: str
    n: int
    outcome: str
    how: str | None
    rounds: tuple[tuple[str, int], ...]


Promise = tuple[str, int]  # step k, entry n: to be taken back


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. `ref` names an instance `k#n`, a timer or a business number; without one it is an interrupt."""

    id: str
    source: str
    type: str
    at: str = ""
    ref: str | None = None
    outcome: str | None = None
    facts: Mapping[str, Value] = field(default_factory=dict)
    by: str | None = None
    reason: str | None = None


class Effect(NamedTuple):
    """What the house must do: open, close, cancel, undo, undone, arm, disarm, remind, done, trouble, or ended."""

    kind: str
    name: str
    outcome: str | None = None
    minutes: int = 0
    why: str | None = None


@dataclass(frozen=True, slots=True)
class State:
    """One run. `live` holds (n, waiting | expiring | trouble | unserved | closing | undoing)."""

    status: str = "new"
    facts: Mapping[str, Value] = field(default_factory=dict)
    count: Mapping[str, int] = field(default_factory=dict)
    live: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    joins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rounds: Mapping[str, int] = field(default_factory=dict)
    scopes: Mapping[str, int] = field(default_factory=dict)
    unwind: Mapping[str, tuple[tuple[Promise, ...], str]] = field(default_factory=dict)
    refs: Mapping[str, str] = field(default_factory=dict)
    done: tuple[Done, ...] = ()
    parked: tuple[Event, ...] = ()

    @classmethod
    def new(cls) -> State:
        return cls()

    def to_json(self) -> dict[str, Any]:
        """Plain JSON; the order of its keys carries no meaning."""
        return {
            "status": self.status, "facts": dict(self.facts), "count": dict(self.count), "rounds": dict(self.rounds),
            "scopes": dict(self.scopes), "refs": dict(self.refs),
            "live": {key: list(row) for key, row in self.live.items()},
            "joins": {key: list(lanes) for key, lanes in self.joins.items()},
            "unwind": {key: {"owed": [list(owed) for owed in row[0]], "then": row[1]} for key, row in self.unwind.items()},
            "done": [[*row[:4], [list(pair) for pair in row.rounds]] for row in self.done],
            "parked": [asdict(event) for event in self.parked],
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> State:
        return cls(
            data["status"], data["facts"], data["count"],
            {key: (n, mode) for key, (n, mode) in data["live"].items()},
            {key: tuple(lanes) for key, lanes in data["joins"].items()},
            data["rounds"], data["scopes"],
            {key: (tuple((k, n) for k, n in row["owed"]), row["then"]) for key, row in data["unwind"].items()},
            data["refs"],
            tuple(Done(key, n, outcome, how, tuple((repeat, m) for repeat, m in rounds)) for key, n, outcome, how, rounds in data["done"]),
            tuple(Event(**event) for event in data["parked"]),
        )  # fmt: skip


class Advance(NamedTuple):
    """`verdict` is applied, parked or late; `reoffered` are the parked events this one let in, with theirs, in order."""

    state: State
    effects: tuple[Effect, ...]
    verdict: str
    reoffered: tuple[tuple[str, str], ...] = ()
