"""One event on its way through the rules: the state so far, the effects so far, and the places still to be entered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from flows.program import Program, StepAt
from flows.state import Done, Effect, State

APPLIED, PARKED, LATE = "applied", "parked", "late"

Live = tuple[int, str]
T = TypeVar("T")


class Move:
    """The state while one event is applied, the effects so far, and the places still to be entered (last in, first out)."""

    __slots__ = (
        "count", "done", "effects", "facts", "joins", "live", "parked", "program", "refs", "rounds", "scopes", "status", "todo", "unwind",
    )  # fmt: skip

    def __init__(self, program: Program, state: State) -> None:
        self.program = program
        self.status, self.facts, self.count, self.live = state.status, state.facts, state.count, state.live
        self.joins, self.rounds, self.scopes, self.unwind = state.joins, state.rounds, state.scopes, state.unwind
        self.refs, self.done, self.parked = state.refs, state.done, state.parked
        self.effects: list[Effect] = []
        self.todo: list[tuple[str, str]] = []

    def state(self) -> State:
        return State(
            self.status, self.facts, self.count, self.live, self.joins, self.rounds, self.scopes, self.unwind, self.refs, self.done,
            self.parked,
        )  # fmt: skip

    def emit(self, kind: str, name: str, outcome: str | None = None, minutes: int = 0, why: str | None = None) -> None:
        self.effects.append(Effect(kind, name, outcome, minutes, why))

    def counted(self, key: str) -> int:
        """The number of the entry that happens now."""
        n = self.count.get(key, 0) + 1
        self.count = {**self.count, key: n}
        return n

    def enter(self, place: str) -> None:
        self.todo.append((place, ""))

    def step_at(self, key: str) -> StepAt:
        at = self.program.places[key]
        if not isinstance(at, StepAt):
            raise TypeError(key)
        return at


def done_now(m: Move, at: StepAt, n: int, outcome: str) -> Done:
    rounds = tuple([(repeat, m.rounds[repeat]) for repeat in at.repeats]) if at.repeats else ()
    return Done(at.key, n, outcome, None, rounds)


def without(values: Mapping[str, T], *keys: str) -> Mapping[str, T]:
    """The same mapping without some keys; the given one stays as it was."""
    kept = dict(values)
    for key in keys:
        kept.pop(key, None)
    return kept


def disarm(m: Move, at: StepAt, n: int) -> None:
    if at.after is not None:
        m.emit("disarm", f"{at.key}#{n}")
    for minutes in at.reminders:
        m.emit("disarm", f"{at.key}#{n}+{minutes}")


def into_trouble(m: Move, key: str, n: int, why: str, *, mode: str = "trouble") -> str:
    m.live = {**m.live, key: (n, mode)}
    m.emit("trouble", f"{key}#{n}", why=why)
    return APPLIED
