"""Which parts of a tree touch money: a change there needs a second look (flow-language §7)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from flows.schema import Contract, Leave, Step, Tree, steps_in
from flows.spots import Found, Thing, below

NAMING = ("for", "of", "amount_of")
"""Settings by which a money step names others."""


def money_keys(tree: Tree, contracts: Mapping[str, Contract]) -> set[str]:
    """Steps that take or return money, the services it is for and the bills it pays."""
    found: set[str] = set()
    for step in steps_in(tree):
        contract = contracts.get(step.type)
        named = [key for setting in NAMING for key in step.names(setting)]
        if (contract and contract.taking()) or named:
            found |= {step.key, *named}
    return found


def concerned(one: Found, tree: Tree, things: Mapping[str, Found]) -> Iterator[Thing | Tree]:
    """What a change of this thing is about: itself; for an interrupt the scope it ends, for a leave the scope it leaves."""
    yield one.thing
    of = one.spot.parent if one.kind == "interrupt" else one.thing.of if isinstance(one.thing, Leave) else None
    if of is not None:
        yield things[of].thing if of in things else tree


def touches(thing: Thing | Tree, money: Collection[str]) -> bool:
    """Whether a step of `money` is it, or lies in it."""
    return any(step.key in money for step in _steps(thing))


def _steps(thing: Thing | Tree) -> Iterator[Step]:
    if isinstance(thing, Step):
        yield thing
    for _, things in below(thing, ""):
        for one in things:
            yield from _steps(one)
