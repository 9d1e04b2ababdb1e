"""One event is heard in all lanes at once: it strikes every scope that stands open and listens, in the order of their keys.

So lanes are not wholly independent. When a scope of one lane was struck by an event and a scope of another, open since the fork, listens to
it too, that one was struck with it: it cannot stand open still, nor have been struck by another event that both hear. Except where the
first, by its key, came before it and by its handler left or won at once: then the other was shut before its turn, and not struck.

The rules speak of two scopes at a time. Longer chains over three lanes are let pass, so the encoder may hold a history no run has; a fault
found in one has no walk and is said to be unproved, never shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import permutations
from typing import Protocol

from core.diagrams import ALWAYS, NEVER
from flows.proof.ends import Ends, Formula
from flows.proof.variables import CUT, NONE, Instance, Listening, Path, Variable
from flows.schema import Leave

Leaving = tuple[Leave, Variable]


class Encoding(Protocol):
    """What is needed of the encoder."""

    def among(self, variable: Variable, *values: str) -> Formula: ...
    def stands_open(self, scope: Listening, outer: tuple[Variable, ...], path: Path) -> Formula: ...
    def followed(self, ends: Ends, by: Formula) -> Ends: ...
    def all(self, formulas: Iterator[Formula] | list[Formula]) -> Formula: ...
    def any(self, formulas: Iterator[Formula] | list[Formula]) -> Formula: ...
    def no(self, one: Formula) -> Formula: ...


class Ears:
    """The lanes of one parallel: which steps lie in each, and which scopes."""

    def __init__(
        self,
        encoding: Encoding,
        instances: list[Instance],
        around: tuple[Variable, ...],
        path: Path,
        lanes: list[range],
        scopes: list[list[Listening]],
        leaves: list[list[Leaving]],
    ) -> None:
        self.encoding, self.instances, self.around, self.path = encoding, instances, around, path
        self.lanes, self.scopes, self.leaves = lanes, scopes, leaves

    def heard(self, ends: Ends, *, deciding: bool = False) -> Ends:
        """The ends without those in which an event was heard in one lane only. `deciding`: a race was won, perhaps by the event itself."""
        if not self.pairs:
            return ends
        told = self.encoding.followed(ends, self.encoding.no(self.deaf("won" if deciding else "")))
        return told._replace(left=self.encoding.followed(ends, self.encoding.no(self.deaf("left"))).left)

    @cached_property
    def pairs(self) -> list[tuple[int, Listening, int, Listening, str]]:
        """(lane, scope struck, other lane, scope that listens too, event)."""
        return [
            (one, struck, other, listening, event)
            for one, other in permutations(range(len(self.lanes)), 2)
            for struck in self.scopes[one]
            for event in sorted({interrupt.on for interrupt in struck.interrupts if interrupt.on})
            for listening in self.scopes[other]
            if listening.hears(event)
        ]

    def deaf(self, way: str) -> Formula:
        """Some scope did not hear what it must have heard, or heard what it cannot have heard."""
        return self.encoding.any([self.missed(*pair, way) for pair in self.pairs])

    def missed(self, lane: int, struck: Listening, other: int, listening: Listening, event: str, way: str) -> Formula:
        """`struck` was struck by the event, and the scope of the other lane that listens too does not show it."""
        among, every, first = self.encoding.among, self.encoding.all, struck.key < listening.key
        inside = [scope for scope in self.scopes[other] if listening.variable in scope.around and scope.hears(event)]
        heard_inside = self.encoding.any([among(scope.variable, *scope.struck(event)) for scope in inside])
        opened, is_open = self.at_once(other, listening), self.encoding.stands_open(listening, self.around, self.path)
        shut = self.shut(lane, struck, event, way) if way else NEVER
        wrong = [
            every([opened, is_open, self.encoding.no(shut) if first else ALWAYS]),
            every([opened, self.crossed(lane, struck, listening, event)]),
        ]
        if not first:
            wrong.append(every([shut, is_open]))
        if way == "left" and not inside and not self.nested(lane, struck):
            both = every([self.at_once(lane, struck), shut, among(listening.variable, *listening.struck(event))])
            wrong.append(both if first else every([both, self.went_on(other, listening)]))
        return every([among(struck.variable, *struck.struck(event)), self.encoding.no(heard_inside), self.encoding.any(wrong)])

    def at_once(self, lane: int, scope: Listening) -> Formula:
        """The scope was opened by the fork itself."""
        return self.encoding.all([self.encoding.among(each.variable, NONE) for each in self.before(lane, scope)])

    def before(self, lane: int, scope: Listening) -> list[Instance]:
        """The steps of the lane that were over before the scope was opened."""
        earlier = (self.instances[index] for index in self.lanes[lane] if index < scope.body.start)
        return [each for each in earlier if not any(scope.lanes.get(name, at) != at for name, at in each.lanes.items())]

    def shut(self, lane: int, struck: Listening, event: str, way: str) -> Formula:
        """The strike itself led out of the lane: nothing had to be waited for behind it."""
        behind = self.behind(lane, struck)
        strikes = [struck.at_once.get(interrupt.key, ALWAYS) for interrupt in struck.interrupts if interrupt.on == event]
        out = [taken for leave, taken in self.leaves[lane] if leave.of not in [scope.key for scope in self.scopes[lane]]]
        gone = self.encoding.any([self.encoding.among(taken, taken.key) for taken in out]) if way == "left" else ALWAYS
        return self.encoding.all([self.encoding.any(strikes), *(self.encoding.among(variable, NONE) for variable in behind), gone])

    def behind(self, lane: int, scope: Listening) -> list[Variable]:
        return [self.instances[index].variable for index in self.lanes[lane] if index >= scope.body.stop]

    def went_on(self, lane: int, scope: Listening) -> Formula:
        """Some step behind the scope was finished."""
        return self.encoding.any([self.encoding.no(self.encoding.among(each, NONE, CUT)) for each in self.behind(lane, scope)])

    def crossed(self, lane: int, struck: Listening, listening: Listening, event: str) -> Formula:
        """Each was struck by an event that both hear, but not by the same."""
        if self.nested(lane, struck):
            return NEVER
        events = {one.on for one in listening.interrupts if one.on and one.on != event and struck.hears(one.on)}
        values = [value for other in sorted(events) for value in listening.struck(other)]
        return self.encoding.all([self.at_once(lane, struck), self.encoding.among(listening.variable, *values)])

    def nested(self, lane: int, scope: Listening) -> bool:
        return any(scope.variable in each.around for each in self.scopes[lane])
