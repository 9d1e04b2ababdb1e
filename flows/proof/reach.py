"""The P rows: what some history shows, and what none does (flow-language §6.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flows.proof.encoder import Encoder
from flows.proof.question import Question
from flows.proof.variables import EARLIER, FALSE, GAP, HELD, NONE, TRUE, UNKNOWN, Reading, Variable
from flows.schema import FLOW, Branch, Interrupt, Repeat, Scope, Step, Tree, walk

Possible = Callable[[Variable], set[Any]]  # the values a variable has in some history


def shown(encoder: Encoder, possible: Possible) -> Iterator[Question]:
    """P1, P2, P3, M7: each a question that some history may answer."""
    for reading in encoder.readings:
        values = possible(reading.variable)
        if UNKNOWN in values:
            yield Question("flow.unknown_read", (reading.block.key,), encoder.among(reading.variable, UNKNOWN), ended=False)
        if GAP in values:
            yield Question("flow.branch_gap", (reading.block.key,), encoder.among(reading.variable, GAP), ended=False)
        for taken, also, when in reading.overlaps:
            yield Question("flow.branch_overlap", (reading.block.key, taken, also), when, ended=False)
    for payment, when in encoder.early:
        yield Question("money.amount_source", (payment.step.key,), when, ended=False)


def never(tree: Tree, encoder: Encoder, possible: Possible) -> Iterator[tuple[str, tuple[str, ...]]]:
    """P4 to P8: (code, keys) of what no history does."""
    seen: dict[tuple[str, str], set[Any]] = {}
    for variable in encoder.variables:
        seen.setdefault((variable.kind, variable.key), set()).update(possible(variable))
    for block, _ in walk(tree):
        if isinstance(block, Step) and seen["step", block.key] <= {NONE}:
            yield "flow.step_unreachable", (block.key,)
        elif isinstance(block, Branch) and not (values := seen["branch", block.key]) <= {NONE}:
            yield from (("flow.case_dead", (block.key, case.key)) for case in block.cases if case.key not in values)
        elif isinstance(block, Repeat):
            yield from rounds(block, seen)
    for scope, interrupts in scopes(tree):
        values = seen["scope", scope]
        yield from (
            ("flow.interrupt_never", (one.key, scope))
            for one in interrupts
            if not values <= {NONE} and not values & {one.key, HELD + one.key}
        )


def rounds(block: Repeat, seen: dict[tuple[str, str], set[Any]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    until, again = seen["until", block.key], EARLIER in seen["earlier", block.key]
    true, false = TRUE in until, FALSE in until or again
    if false and not true:
        yield "flow.until_never", (block.key,)
    if true and not again and (block.at_most == 1 or not false):
        yield "flow.repeat_once", (block.key,)


def scopes(tree: Tree) -> list[tuple[str, list[Interrupt]]]:
    return [(FLOW, tree.interrupts), *((block.key, block.interrupts) for block, _ in walk(tree) if isinstance(block, Scope))]


__all__ = ["Possible", "Reading", "never", "shown"]
