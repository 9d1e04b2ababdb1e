"""One value for each stretch of a fact's range that the conditions of a tree tell apart: constants cut the range, so a handful is exact."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.conditions import Compare, FactType, Value, Vocabulary, compares, evaluate
from flows.schema import OUTCOME, Branch, Repeat, Tree, walk


def comparisons(tree: Tree) -> dict[str, list[Compare]]:
    """Every comparison of the tree, by its fact."""
    found: dict[str, list[Compare]] = {}
    for block, _ in walk(tree):
        conditions = (
            [case.when for case in block.cases] if isinstance(block, Branch) else [block.until] if isinstance(block, Repeat) else []
        )
        for comparison in (each for condition in conditions for each in compares(condition)):
            found.setdefault(comparison.fact, []).append(comparison)
    return found


def representatives(tree: Tree, vocabulary: Vocabulary) -> dict[str, tuple[Value, ...]]:
    """The values to try for each fact that is read; outcomes are not among them, they are tried by step."""
    read = {name: each for name, each in comparisons(tree).items() if name in vocabulary and name.rpartition(".")[2] != OUTCOME}
    return {name: told_apart(vocabulary[name].type, each) for name, each in read.items()}


def told_apart(kind: FactType, by: list[Compare]) -> tuple[Value, ...]:
    """The first value of each class that answers every comparison alike."""
    constants = (constant for each in by for constant in (each.value if isinstance(each.value, list) else [each.value]))
    classes: dict[Any, Value] = {}
    for value in candidates(kind, constants):
        classes.setdefault(tuple(evaluate(each, {each.fact: value}) for each in by), value)
    return tuple(classes.values())


def candidates(kind: FactType, constants: Iterable[object]) -> list[Value]:
    if kind.kind == "bool":
        return [False, True]
    if kind.kind == "enum":
        return list(kind.options)
    low, high = kind.range
    near = {value for constant in constants if isinstance(constant, int) for value in (constant - 1, constant, constant + 1)}
    near |= {bound for bound in (low, high) if bound is not None}
    return sorted(value for value in near if kind.holds(value)) or [0]
