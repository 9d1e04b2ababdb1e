"""The same formula decided by z3: a second opinion on the diagrams. Numbers are not representatives here but whole numbers of their range.

It is fed by the product's encoder, so it checks the diagrams and the choice of values, never the encoder; the oracle does that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import z3
from agreement import verdicts
from oracle import Verdict

from core.conditions import NUMBERS, Compare, Fact
from flows.proof.encoder import Encoder
from flows.proof.money import Money
from flows.proof.question import Question
from flows.proof.variables import NONE, Variable
from flows.schema import Contract, Tree

Formula = Any


def bool_of(formula: Formula) -> Any:
    """The constants of the diagrams are numbers."""
    return z3.BoolVal(bool(formula)) if isinstance(formula, int) else formula


class Solver:
    """What the encoder asks of an algebra, in z3's words."""

    def __init__(self) -> None:
        self.variables: list[Any] = []
        self.within: list[Any] = []

    def variable(self, size: int) -> int:
        made = z3.Int(f"v{len(self.variables)}")
        self.variables.append(made)
        self.within.append(z3.And(made >= 0, made < size))
        return len(self.variables) - 1

    def among(self, variable: int, values: Iterable[int]) -> Formula:
        return z3.Or([self.variables[variable] == value for value in values])

    def all(self, parts: Iterable[Formula]) -> Formula:
        return z3.And([bool_of(part) for part in parts])

    def any(self, parts: Iterable[Formula]) -> Formula:
        return z3.Or([bool_of(part) for part in parts])

    def both(self, one: Formula, other: Formula) -> Formula:
        return z3.And(bool_of(one), bool_of(other))

    def either(self, one: Formula, other: Formula) -> Formula:
        return z3.Or(bool_of(one), bool_of(other))

    def no(self, one: Formula) -> Formula:
        return z3.Not(bool_of(one))


NUMBER = {
    "is": lambda value, constant: value == constant, "is_not": lambda value, constant: value != constant,
    "below": lambda value, constant: value < constant, "at_most": lambda value, constant: value <= constant,
    "above": lambda value, constant: value > constant, "at_least": lambda value, constant: value >= constant,
    "between": lambda value, pair: z3.And(value >= pair[0], value <= pair[1]),
}  # fmt: skip


class WholeNumbers(Encoder):
    """Numeric facts are compared as the numbers they are; whether they are known stays a variable of two values."""

    algebra: Solver

    def make(self, kind: str, key: str, values: Iterable[Any]) -> Variable:
        made = super().make(kind, key, values)
        fact = self.words.get(key) if kind in ("start", "fact") else None
        if fact is not None and fact.type.kind in NUMBERS:
            low, high = fact.type.range
            value = z3.Int(f"n{made.level}")
            self.numbers = {**getattr(self, "numbers", {}), made.level: value}
            self.algebra.within.append(z3.And(value >= low, value <= high))
        return made

    def compare(self, comparison: Compare, variable: Variable | None, truth: bool) -> Formula:
        number = getattr(self, "numbers", {}).get(variable.level) if variable else None
        if variable is None or number is None or comparison.op in ("known", "unknown"):
            return super().compare(comparison, variable, truth)
        holds = NUMBER[comparison.op](number, comparison.value)
        known = self.algebra.no(self.among(variable, NONE)) if NONE in variable.values else z3.BoolVal(True)
        return z3.And(known, holds if truth else z3.Not(holds))


def by_z3(tree: Tree, contracts: Mapping[str, Contract], vocabulary: Mapping[str, Fact]) -> set[Verdict]:
    algebra = Solver()
    encoder = WholeNumbers(tree, contracts, vocabulary, algebra)
    solvers = {}
    for ended, histories in ((True, encoder.ended), (False, encoder.rules)):
        solvers[ended] = z3.Solver()
        solvers[ended].add(*algebra.within, bool_of(histories))

    def can(ended: bool, *when: Formula) -> bool:
        found = solvers[ended].check(*(bool_of(each) for each in when))
        assert found != z3.unknown
        return bool(found == z3.sat)

    def possible(variable: Variable) -> set[Any]:
        level = algebra.variables[variable.level]
        return {value for index, value in enumerate(variable.values) if can(False, level == index)}

    def meets(question: Question) -> bool:
        return can(question.ended, question.when)

    found = verdicts(tree, encoder, Money, possible, meets)
    return found if can(True) else found | {("flow.never_ends", ("$flow",))}
