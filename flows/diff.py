"""What one tree changes against another, block by block, matched by key (flow-language §7): a sentence for each change. Pure.

Money-relevant changes stand first. Conditions are compared by meaning, so a rewriting is no change. A key names the same thing for ever;
a copy with a new key is an addition. `spots` says where a thing stands, `wording` and `fields` how it is told, `touching` what is money.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from flows import fields, wording
from flows.schema import FLOW
from flows.spots import KEYLESS, Found, Spot, kept_in_order
from flows.touching import concerned, money_keys, touches
from flows.wording import Side, Words

Kind = Literal["added", "removed", "moved", "renamed", "changed"]


@dataclass(frozen=True)
class Change:
    """One sentence. `keys` are what canvas and phone mark, the first one the card; `money`: a second person must agree."""

    kind: Kind
    keys: tuple[str, ...]
    text: str
    money: bool = False


def changes(before: Side, after: Side) -> list[Change]:
    """Every change, money first, then in the order drawn, what is gone last."""
    comparing = Comparing(Words(before), Words(after))
    order = {key: place for place, key in reversed([*enumerate([FLOW, *comparing.now.things, *comparing.was.things])])}
    return sorted(comparing.all(), key=lambda change: (not change.money, order[change.keys[0]]))


class Comparing:
    """`stay` are the keys of what is in both trees and of one kind."""

    def __init__(self, was: Words, now: Words) -> None:
        self.was, self.now = was, now
        self.stay = {key for key, one in now.things.items() if key in was.things and was.things[key].kind == one.kind}
        self.money = {key for words in (was, now) for key in money_keys(words.tree, words.side.contracts)}

    def all(self) -> Iterator[Change]:
        if self.was.tree.title != self.now.tree.title:
            yield Change("renamed", (FLOW,), f"流程「{self.was.tree.title}」改名为「{self.now.tree.title}」。")
        for key in self.outermost(self.now, self.was):
            yield Change("added", (key,), self.now.added(self.now.things[key], self.inside(key, self.now)), self.is_money(key))
        for key in self.outermost(self.was, self.now):
            yield Change("removed", (key,), self.was.removed(self.was.things[key], self.inside(key, self.was)), self.is_money(key))
        yield from self.moved()
        for key in [key for key in self.now.things if key in self.stay]:
            yield from self.differences(key)

    # What came, what went

    def outermost(self, side: Words, other: Words) -> Iterator[str]:
        """Of what stands only on this side. What lies in something that came or went with it is counted there."""
        for key, one in side.things.items():
            if key not in self.stay and self.stay.issuperset(one.around) and not self.in_new_part(one.spot, other):
                yield key

    def in_new_part(self, spot: Spot, other: Words) -> bool:
        """In a port, an otherwise or an exhausted that the other side does not have."""
        return spot.of in KEYLESS and (spot.of, spot.key) not in other.things[spot.parent].parts

    def inside(self, key: str, side: Words) -> int:
        """How many blocks came or went together with it."""
        return sum(1 for name, one in side.things.items() if key in one.around and name not in self.stay and one.is_block)

    # What stands elsewhere

    def moved(self) -> Iterator[Change]:
        """Neighbours that went the same way are told in one sentence; the order of cases and lanes is told with their block."""
        steady = kept_in_order(self.was.things, self.now.things, self.stay)
        gone = [key for key in self.now.things if key in self.stay and key not in steady]
        for (old, new), group in groupby(gone, key=lambda key: (self.was.things[key].spot, self.now.things[key].spot)):
            keys = tuple(group)
            if old != new or self.now.things[keys[0]].is_block:
                yield Change("moved", keys, wording.moved(keys, self.was, self.now), any(map(self.is_money, keys)))

    # What is another

    def differences(self, key: str) -> Iterator[Change]:
        names = self.was.name(key), self.now.name(key)
        old, new = self.was.things[key], self.now.things[key]
        if new.kind != "leave" and getattr(old.thing, "title", "") != getattr(new.thing, "title", ""):
            yield Change("renamed", (key,), f"「{names[0]}」改名为「{names[1]}」。")
        for told in fields.told(key, self.was, self.now):
            yield Change("changed", (key,), told.text, told.money or (told.weighs and self.is_money(key)))
        for part in sorted(new.parts - old.parts):
            blocks = self.blocks_in(Spot(key, *part), self.now)
            yield Change("added", (key, *blocks), self.now.part_added(key, part, len(blocks)), self.is_money(key))
        for part in sorted(old.parts - new.parts):
            blocks = self.blocks_in(Spot(key, *part), self.was)
            yield Change(
                "removed", (key,), self.was.part_removed(key, part, len(blocks)), self.is_money(key) or any(map(self.is_money, blocks))
            )

    def blocks_in(self, spot: Spot, side: Words) -> list[str]:
        things = side.things
        return [key for key, one in things.items() if one.is_block and any(things[name].spot == spot for name in (key, *one.around))]

    # Money

    def is_money(self, key: str) -> bool:
        """Money is taken, given back or earned by it or inside it, on either side."""
        found: list[tuple[Words, Found]] = [(words, words.things[key]) for words in (self.was, self.now) if key in words.things]
        return any(touches(thing, self.money) for words, one in found for thing in concerned(one, words.tree, words.things))


__all__ = ["Change", "Side", "changes"]
