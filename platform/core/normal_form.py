"""One spelling for conditions that mean the same: to tell a change of meaning from a change of writing.

A comparison becomes the set of values for which it holds, a group is flattened, sorted and its members on one fact are merged, `not`
goes down to the comparisons. Each step keeps the meaning over three values of truth: what is unknown stays unknown. Two conditions with
one normal form mean the same; a few that mean the same by the laws of distribution still have two.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import Literal, NamedTuple

from core.conditions import MOST_COMPARISONS, NUMBERS, All, Compare, Condition, FactType, Not, Vocabulary, compares

Interval = tuple[int | None, int | None]
"""Both ends included; None is open."""


class Holds(NamedTuple):
    """`fact` has one of `values`; with `other`, any value but these. Numbers are intervals, in order, none touching the next."""

    fact: str
    values: tuple[object, ...]
    other: bool = False


class Known(NamedTuple):
    fact: str
    known: bool


class Group(NamedTuple):
    joint: Literal["all", "any"]
    members: tuple[Normal, ...]


Normal = Holds | Known | Group


def normal(condition: Condition, vocabulary: Vocabulary) -> Normal:
    """Total: what the check would refuse gets a form too, equal only to itself."""
    return _form(condition, vocabulary, negated=False)


def same(first: Condition, second: Condition, vocabulary: Vocabulary) -> bool:
    return normal(first, vocabulary) == normal(second, vocabulary)


def both_possible(first: Condition, second: Condition, vocabulary: Vocabulary) -> bool:
    """Whether some facts make both true; in doubt (more comparisons than may be published), yes."""
    if any(len(list(compares(one))) > MOST_COMPARISONS for one in (first, second)):
        return True
    ways = product(_ways(normal(first, vocabulary)), _ways(normal(second, vocabulary)))
    return any(_possible((*one, *other)) for one, other in ways)


def _form(condition: Condition, vocabulary: Vocabulary, *, negated: bool) -> Normal:
    if isinstance(condition, Not):
        return _form(condition.inner, vocabulary, negated=not negated)
    if isinstance(condition, Compare):
        return _comparison(condition, vocabulary, negated=negated)
    members = condition.all if isinstance(condition, All) else condition.any
    joint: Literal["all", "any"] = "all" if isinstance(condition, All) is not negated else "any"
    return _group(joint, [_form(member, vocabulary, negated=negated) for member in members])


def _group(joint: Literal["all", "any"], members: list[Normal]) -> Normal:
    flat = [inner for one in members for inner in (one.members if isinstance(one, Group) and one.joint == joint else (one,))]
    merged: dict[tuple[str, bool], Holds] = {}
    rest: set[Normal] = set()
    for one in flat:
        if not isinstance(one, Holds):
            rest.add(one)
            continue
        place = one.fact, _is_numbers(one)
        merged[place] = _merged(joint, merged[place], one) if place in merged else one
    found = sorted({*merged.values(), *rest}, key=repr)
    return found[0] if len(found) == 1 else Group(joint, tuple(found))


# One comparison


def _comparison(comparison: Compare, vocabulary: Vocabulary, *, negated: bool) -> Normal:
    if comparison.op in ("known", "unknown"):
        return Known(comparison.fact, (comparison.op == "known") is not negated)
    fact = vocabulary.get(comparison.fact)
    if fact is not None and fact.type.kind in NUMBERS and (intervals := _intervals(comparison, fact.type)) is not None:
        return Holds(comparison.fact, _outside(intervals, fact.type) if negated else intervals)
    values = comparison.value if isinstance(comparison.value, list) else [comparison.value]
    listed = comparison.op in ("is", "in", "is_not", "not_in")
    other = (comparison.op in ("is_not", "not_in")) is not negated
    if not listed:
        return Holds(comparison.fact, (comparison.op, *map(repr, values)), negated)
    return _values(comparison.fact, values, other, fact.type if fact else None)


def _values(fact: str, values: Iterable[object], other: bool, kind: FactType | None) -> Holds:
    """With a list of every value there is, "any but" becomes a plain list."""
    every: list[object] = [] if kind is None else [False, True] if kind.kind == "bool" else list(kind.options)
    if every and all(value in every for value in values):
        return Holds(fact, tuple(sorted((value for value in every if (value in values) is not other), key=repr)))
    return Holds(fact, tuple(sorted(set(values), key=repr)), other)


def _intervals(comparison: Compare, kind: FactType) -> tuple[Interval, ...] | None:
    """None for a comparison that numbers do not have."""
    value = comparison.value
    if isinstance(value, list):
        pair = comparison.op == "between" and len(value) == 2 and all(type(each) is int for each in value)
        return _within([(value[0], value[1])], kind) if pair else None  # type: ignore[list-item]  # both are int: asked in the line above
    if type(value) is not int:
        return None
    found: dict[str, list[Interval]] = {
        "is": [(value, value)], "is_not": [(None, value - 1), (value + 1, None)], "below": [(None, value - 1)],
        "at_most": [(None, value)], "above": [(value + 1, None)], "at_least": [(value, None)],
    }  # fmt: skip
    return _within(found[comparison.op], kind) if comparison.op in found else None


# Sets of numbers


def _within(intervals: Iterable[Interval], kind: FactType) -> tuple[Interval, ...]:
    return _meet(_joined(intervals), (kind.range,))


def _outside(intervals: tuple[Interval, ...], kind: FactType) -> tuple[Interval, ...]:
    gaps: list[Interval] = []
    low: int | None = None
    for first, last in intervals:
        if first is not None:
            gaps.append((low, first - 1))
        if last is None:
            return _within(gaps, kind)
        low = last + 1
    return _within([*gaps, (low, None)], kind)


def _joined(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """In order; what overlaps or touches is one. An interval turned round is empty."""
    found: list[Interval] = []
    for low, high in sorted((one for one in intervals if not _empty(one)), key=lambda one: (one[0] is not None, one[0] or 0)):
        if found and (found[-1][1] is None or low is None or low <= found[-1][1] + 1):
            last = found[-1][1]
            found[-1] = found[-1][0], None if last is None or high is None else max(last, high)
        else:
            found.append((low, high))
    return tuple(found)


def _meet(left: Iterable[Interval], right: Iterable[Interval]) -> tuple[Interval, ...]:
    return _joined((_highest(a[0], b[0]), _lowest(a[1], b[1])) for a in left for b in right)


def _empty(interval: Interval) -> bool:
    return interval[0] is not None and interval[1] is not None and interval[0] > interval[1]


def _highest(a: int | None, b: int | None) -> int | None:
    return a if b is None else b if a is None else max(a, b)


def _lowest(a: int | None, b: int | None) -> int | None:
    return a if b is None else b if a is None else min(a, b)


# Two on one fact


def _is_numbers(one: Holds) -> bool:
    return bool(one.values) and all(isinstance(value, tuple) for value in one.values)


def _merged(joint: str, left: Holds, right: Holds) -> Holds:
    if _is_numbers(left):
        a: tuple[Interval, ...] = left.values  # type: ignore[assignment]  # intervals: asked in the line above
        b: tuple[Interval, ...] = right.values  # type: ignore[assignment]  # the caller pairs numbers with numbers
        return Holds(left.fact, _meet(a, b) if joint == "all" else _joined((*a, *b)))
    a_values, b_values, meet = set(left.values), set(right.values), joint == "all"
    if left.other and right.other:
        found = a_values | b_values if meet else a_values & b_values
    elif left.other or right.other:
        those, others = (b_values, a_values) if left.other else (a_values, b_values)
        found = those - others if meet else others - those
    else:
        found = a_values & b_values if meet else a_values | b_values
    other = (left.other and right.other) if meet else (left.other or right.other)
    return Holds(left.fact, tuple(sorted(found, key=repr)), other)


# Both at once


def _ways(form: Normal) -> list[tuple[Normal, ...]]:
    """The form as alternatives, each a list of what must hold."""
    if not isinstance(form, Group):
        return [(form,)]
    if form.joint == "any":
        return [way for member in form.members for way in _ways(member)]
    found: list[tuple[Normal, ...]] = [()]
    for member in form.members:
        found = [(*one, *other) for one in found for other in _ways(member)]
    return found


def _possible(demands: tuple[Normal, ...]) -> bool:
    form = _group("all", list(demands))
    members = form.members if isinstance(form, Group) else (form,)
    unknown = {one.fact for one in members if isinstance(one, Known) and not one.known}
    wanted = {one.fact for one in members if isinstance(one, Holds) or (isinstance(one, Known) and one.known)}
    return not unknown & wanted and all(one.values or one.other for one in members if isinstance(one, Holds))
