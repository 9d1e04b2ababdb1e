"""The chain of stations: which steps a patient sees of a tree, in which order, in which state. Pure: tree and eyes in, stations out.

What is not decided yet is shown as *maybe* when there is one way it can go, else not at all. What can no longer happen is not shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from core.conditions import evaluate
from flows.nodes import PALETTE, Scene
from flows.nodes.port import Seen
from flows.program import ForkAt, Program, ScopeAt
from flows.schema import OUTCOME, SKIPPED, Block, Branch, Contract, Parallel, Part, Step, Tree, parts
from flows.screens import Fork, Station, Stop
from flows.state import State

QUIET = "message@1"  # leaves a line in the inbox; no station of the way
BACK = {"returned": "已原路退回", "released": "已取消", "held": "由工作人员处理"}
ASKING = ("closing", "undoing", "expiring")


@dataclass(frozen=True)
class Look:
    """How a step stands: its state for the patient, the entry `n` it is about, and the kernel's word when a partner is being asked."""

    state: Seen
    n: int = 0
    mode: str = ""
    outcome: str = ""
    reason: str = ""


class Eyes(Protocol):
    """What there is to see: of a run, or of a draft."""

    def step(self, step: Step, *, sure: bool) -> Look | None: ...

    def ways(self, block: Block | Tree) -> list[tuple[Part, bool]]:
        """The parts of a block that are shown, and whether they will certainly be walked once the block is."""
        ...

    def stuck(self, block: Block, /) -> bool: ...


class Painter(Protocol):
    def scene(self, step: Step, look: Look) -> Scene: ...

    def stuck(self, block: Block) -> Scene: ...


def stations(tree: Tree, eyes: Eyes, painter: Painter) -> tuple[Station, ...]:
    return tuple(_parts(tree, eyes, painter, sure=True))


def _parts(block: Block | Tree, eyes: Eyes, painter: Painter, *, sure: bool) -> Iterator[Station]:
    for part, certain in eyes.ways(block):
        for inner in part.body:
            yield from _block(inner, eyes, painter, sure=sure and certain)


def _block(block: Block, eyes: Eyes, painter: Painter, *, sure: bool) -> Iterator[Station]:
    if isinstance(block, Step):
        look = eyes.step(block, sure=sure) if block.type in PALETTE else None
        if look is not None:
            yield Stop(block.type, painter.scene(block, look))
    elif eyes.stuck(block):
        yield Stop(QUIET, painter.stuck(block))
    if isinstance(block, Parallel):
        lanes = [tuple(one for inner in part.body for one in _block(inner, eyes, painter, sure=sure)) for part, _ in eyes.ways(block)]
        yield from fork(block, [lane for lane in lanes if lane])
    else:
        yield from _parts(block, eyes, painter, sure=sure)


def fork(block: Parallel, lanes: list[tuple[Station, ...]]) -> Sequence[Station]:
    """One line alone is no fork."""
    if len(lanes) < 2:
        return [station for lane in lanes for station in lane]
    return [Fork(block.key, block.title, tuple(lanes))]


@dataclass(frozen=True)
class Walked:
    """The eyes that look at a run."""

    program: Program
    contracts: Mapping[str, Contract]
    state: State

    def step(self, step: Step, *, sure: bool) -> Look | None:
        if step.type == QUIET:
            return None
        state, key = self.state, step.key
        if key in state.live:
            n, mode = state.live[key]
            return Look(self.live(step, mode), n, mode if mode in ASKING else "", self.outcome_of(key, n))
        if f"{key}.{OUTCOME}" in state.facts:
            return self.over(key)
        if state.count.get(key) and not self.another_round(key):
            return Look("cancelled", state.count[key], reason=self.back(key))
        return Look("future" if sure else "maybe") if self.possible(key) else None

    def live(self, step: Step, mode: str) -> Seen:
        if mode in ("trouble", "unserved"):
            return "trouble"
        if mode in ASKING:
            return "unknown"
        contract = self.contracts.get(step.type)
        return "now" if contract and contract.actor == "patient" else "waiting"

    def over(self, key: str) -> Look:
        outcome, n = str(self.state.facts[f"{key}.{OUTCOME}"]), self.state.count.get(key, 1)
        if back := self.back(key):
            return Look("cancelled", n, outcome=outcome, reason=back)
        return Look("skipped" if outcome == SKIPPED else "done", n, outcome=outcome)

    def back(self, key: str) -> str:
        """How the last entry was taken back, in words; empty when it stands."""
        how = next((row.how for row in reversed(self.state.done) if row.key == key and row.n == self.state.count.get(key)), None)
        return BACK.get(how or "", "")

    def outcome_of(self, key: str, n: int) -> str:
        return next((row.outcome for row in self.state.done if (row.key, row.n) == (key, n)), "")

    def another_round(self, key: str) -> bool:
        """A repeat round it is under way, so an earlier entry says nothing about this round."""
        return any(around in self.state.rounds for around in self.program.around.get(key, ()))

    def possible(self, key: str) -> bool:
        """Whether the step can still be entered: every scope round it that was opened is still open."""
        state = self.state
        if state.status == "ended" or any(outer in state.unwind for outer in self.program.around.get(key, ())):
            return False
        return not any(self.shut(outer) for outer in self.program.around.get(key, ()))

    def shut(self, outer: str) -> bool:
        """A scope that was opened and is not open any more, or a parallel whose race is over."""
        at = self.program.places.get(outer)
        if isinstance(at, ScopeAt):
            return bool(self.state.count.get(outer)) and outer not in self.state.scopes
        if isinstance(at, ForkAt):
            return outer not in self.state.joins and any(self.state.count.get(key) for key in self.program.inside[outer])
        return False

    def ways(self, block: Block | Tree) -> list[tuple[Part, bool]]:
        every = parts(block)
        if isinstance(block, Branch):
            return self.cases(block, every)
        if isinstance(block, Step):
            outcome = self.state.facts.get(f"{block.key}.{OUTCOME}")
            return [(part, True) for part in every if self.touched(part) or part.key == outcome]
        return [(part, True) for part in every if part.of in ("body", "lane") or self.touched(part)]

    def cases(self, block: Branch, every: list[Part]) -> list[tuple[Part, bool]]:
        if entered := [part for part in every if self.touched(part)]:
            return [(part, True) for part in entered]
        for case, part in zip(block.cases, every, strict=False):
            verdict = evaluate(case.when, self.state.facts)
            if verdict:
                return [(part, True)]
            if verdict is None:
                full = [one for one in every if shows(one)]
                return [(full[0], False)] if len(full) == 1 else []
        return [(part, True) for part in every if part.of == "otherwise"]

    def touched(self, part: Part) -> bool:
        """Something inside is live, over in this round, or was given up."""
        keys = [step.key for step in steps_of(part)]
        return any(key in self.state.live or f"{key}.{OUTCOME}" in self.state.facts or self.given_up(key) for key in keys)

    def given_up(self, key: str) -> bool:
        return bool(self.state.count.get(key)) and not self.another_round(key)

    def stuck(self, block: Block) -> bool:
        return block.key in self.state.live and not isinstance(block, Step)


def steps_of(part: Part) -> Iterator[Step]:
    for block in part.body:
        if isinstance(block, Step):
            yield block
        for inner in parts(block):
            yield from steps_of(inner)


def shows(part: Part) -> bool:
    return any(step.type != QUIET for step in steps_of(part))


@dataclass(frozen=True)
class Imagined:
    """The eyes that look at a draft: everything before `at` is done, `at` stands in `state`, the rest is to come."""

    tree: Tree
    at: str
    state: Seen
    before: frozenset[str] = field(default_factory=frozenset)

    def step(self, step: Step, *, sure: bool) -> Look | None:
        contract = PALETTE[step.type].contract
        if step.key == self.at:
            outcome = contract.main if self.state == "done" else ""
            return Look(self.state, 1, outcome=outcome)
        if step.type == QUIET:
            return None
        if step.key in self.before:
            return Look("done", 1, outcome=contract.main)
        return Look("future" if sure else "maybe")

    def ways(self, block: Block | Tree) -> list[tuple[Part, bool]]:
        every = parts(block)
        leads = [part for part in every if self.leads(part)]
        if isinstance(block, Branch):
            full = leads or [part for part in every if shows(part)]
            return [(part, bool(leads)) for part in full[:1]]
        return [(part, True) for part in every if part.of in ("body", "lane") or part in leads]

    def leads(self, part: Part) -> bool:
        return any(step.key == self.at for step in steps_of(part))

    def stuck(self, _block: Block) -> bool:
        return False


def imagine(tree: Tree, at: str | None, state: Seen) -> Imagined:
    """Without a known step the first one that is a station is *now*."""
    every = list(shown_steps(tree, at))
    keys = [step.key for step in every]
    if at not in keys:
        at, state = next((step.key for step in every if step.type != QUIET), ""), "now"
    return Imagined(tree, at, state, frozenset(keys[: keys.index(at)] if at in keys else []))


def shown_steps(tree: Tree, at: str | None) -> Iterator[Step]:
    """The steps in the order in which `Imagined` shows them."""
    eyes = Imagined(tree, at or "", "now")

    def inside(block: Block | Tree) -> Iterator[Step]:
        if isinstance(block, Step) and block.type in PALETTE:
            yield block
        for part, _ in eyes.ways(block):
            for inner in part.body:
                yield from inside(inner)

    return inside(tree)


__all__ = ["Eyes", "Imagined", "Look", "Painter", "Walked", "imagine", "stations"]
