"""Where everything of a tree stands that has a key: blocks, cases, lanes, interrupts. For comparing two trees."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from flows.schema import FLOW, Block, Branch, Case, Interrupt, Lane, Parallel, Repeat, Scope, Step, Tree
from flows.schema import Sequence as Blocks

Thing = Block | Case | Lane | Interrupt
KEYLESS = ("port", "otherwise", "exhausted")
"""Parts of a block that have no key of their own."""


class Spot(NamedTuple):
    """One list of things: `of` is body, port, otherwise, exhausted, cases, lanes or interrupts; `key` names the outcome of a port."""

    parent: str
    of: str
    key: str = ""


@dataclass(frozen=True)
class Found:
    """A thing where it stands. `around` are the keys of what it lies in, the outermost first; `after` is its neighbour before it."""

    key: str
    kind: str
    thing: Thing
    spot: Spot
    around: tuple[str, ...]
    after: str

    @property
    def is_block(self) -> bool:
        return self.kind not in ("case", "lane", "interrupt")

    @property
    def parts(self) -> frozenset[tuple[str, str]]:
        """(of, key) of its parts that have no key."""
        return frozenset((spot.of, spot.key) for spot, _ in below(self.thing, self.key) if spot.of in KEYLESS)


def inventory(tree: Tree) -> dict[str, Found]:
    """By key, in the order drawn; of two with one key the first counts."""
    found: dict[str, Found] = {}
    for one in everything(tree):
        found.setdefault(one.key, one)
    return found


def everything(tree: Tree) -> Iterator[Found]:
    """Everything with a key, in the order drawn."""
    yield from _found(tree, FLOW, ())


def below(thing: Thing | Tree, own: str) -> list[tuple[Spot, Blocks | list[Case] | list[Lane] | list[Interrupt]]]:
    """The lists of a thing, in the order drawn."""
    if isinstance(thing, Step):
        return [(Spot(own, "port", outcome), body) for outcome, body in sorted(thing.ports.items())]
    if isinstance(thing, Branch):
        cases: list[tuple[Spot, Blocks | list[Case] | list[Lane] | list[Interrupt]]] = [(Spot(own, "cases"), thing.cases)]
        return cases if thing.otherwise is None else [*cases, (Spot(own, "otherwise"), thing.otherwise)]
    if isinstance(thing, Parallel):
        return [(Spot(own, "lanes"), thing.lanes)]
    if isinstance(thing, Case | Lane | Interrupt | Repeat):
        body: list[tuple[Spot, Blocks | list[Case] | list[Lane] | list[Interrupt]]] = [(Spot(own, "body"), thing.body)]
        return [*body, (Spot(own, "exhausted"), thing.exhausted)] if isinstance(thing, Repeat) and thing.exhausted is not None else body
    if isinstance(thing, Scope | Tree):
        return [(Spot(own, "body"), thing.body), (Spot(own, "interrupts"), thing.interrupts)]
    return []


def _found(thing: Thing | Tree, own: str, around: tuple[str, ...]) -> Iterator[Found]:
    for spot, things in below(thing, own):
        after = ""
        for one in things:
            yield Found(one.key, kind_of(one), one, spot, around, after)
            yield from _found(one, one.key, (*around, one.key))
            after = one.key


def kind_of(thing: Thing) -> str:
    return getattr(thing, "kind", type(thing).__name__.lower())


def kept_in_order(old: Mapping[str, Found], new: Mapping[str, Found], stay: Collection[str]) -> set[str]:
    """The keys that stand in the same list as before, and in the longest run of its things that kept their order."""
    place = {key: number for number, key in enumerate(old)}
    lists: dict[Spot, list[str]] = {}
    for key, one in new.items():
        if key in stay and old[key].spot == one.spot:
            lists.setdefault(one.spot, []).append(key)
    return {key for keys in lists.values() for key in _longest_rising(keys, place)}


def _longest_rising(keys: list[str], place: Mapping[str, int]) -> list[str]:
    ends: list[int] = []
    last: list[str] = []
    behind: dict[str, str] = {}
    for key in keys:
        at = bisect_left(ends, place[key])
        ends[at:], last[at:] = [place[key], *ends[at + 1 :]], [key, *last[at + 1 :]]
        behind[key] = last[at - 1] if at else ""
    found, key = [], last[-1] if last else ""
    while key:
        found.append(key)
        key = behind[key]
    return found[::-1]
