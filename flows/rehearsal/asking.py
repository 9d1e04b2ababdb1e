"""What a program asks of the world: the facts its conditions read, the limits it sets, the steps that can end in one way only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from core.conditions import Condition, compares
from flows.nodes import PALETTE
from flows.program import BranchAt, Program, ScopeAt, StepAt, UntilAt
from flows.schema import Contract


def conditions(program: Program) -> Iterator[Condition]:
    for at in program.places.values():
        if isinstance(at, BranchAt):
            yield from (when for _, when, _ in at.cases)
        elif isinstance(at, UntilAt):
            yield at.until


def reads(program: Program) -> frozenset[str]:
    """The facts that can change where a run goes: read by a condition, or a business number by which a step hears."""
    named = {one.fact for condition in conditions(program) for one in compares(condition)}
    return frozenset(named | {step.match for step in program.steps.values() if step.match})


def limits(program: Program) -> dict[str, tuple[int | None, str | None]]:
    """Step or deadline → (minutes, what then)."""
    found: dict[str, tuple[int | None, str | None]] = {}
    for at in program.places.values():
        if isinstance(at, StepAt):
            found[at.key] = (at.after, at.late)
        elif isinstance(at, ScopeAt):
            found |= {name: (minutes, None) for name, minutes in at.deadlines}
    return found


def foregone(program: Program, contracts: Mapping[str, Contract]) -> dict[str, str]:
    """Step → the only outcome it can have: a message, a page. Whatever happens it ends so; only when is open."""
    found: dict[str, str] = {}
    for key, step in program.steps.items():
        contract = contracts.get(step.type)
        if contract and contract.ends() == [contract.main] and contract.late == contract.main:
            found[key] = contract.main
    return found


def titles(program: Program, contracts: Mapping[str, Contract]) -> dict[str, str]:
    """Step → what staff call it."""
    return {key: step.title or (contracts[step.type].title if step.type in contracts else key) for key, step in program.steps.items()}


def event_for(type_: str, outcome: str) -> str:
    """What the house calls the news that a step ended so; `answer` when nothing tells it but a time-out, or for a type not installed."""
    node = PALETTE.get(type_)
    return next((event for event, hearing in node.hears.items() if hearing.outcome == outcome), "answer") if node else "answer"


def in_order(program: Program) -> list[str]:
    """The steps as they are drawn: flattening begins at the end."""
    return list(reversed(program.steps))
