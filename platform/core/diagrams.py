"""Multi-valued decision diagrams: questions about finitely many things with finitely many values, answered exactly.

A diagram is a number; 0 never holds, 1 always. Equal meaning is equal number (hash-consed, fully reduced). Variables are asked in the
order they were made. Flows and questionnaires share this; it knows neither. One `Diagrams` is one question's workshop: make it, ask, drop
it. Beyond its budget it raises `OverBudget`; then nothing is proved.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Sequence

NEVER, ALWAYS = 0, 1
NODES, SECONDS = 400_000, 8.0
DEEP = 30_000  # frames: a diagram is as deep as it has variables, and each costs two
LOOK_AT_THE_CLOCK = 512  # nodes between two looks


class OverBudget(Exception):
    """More nodes or seconds than allowed: undecided."""


class Diagrams:
    """The nodes, and what was computed about them."""

    def __init__(self, *, nodes: int = NODES, seconds: float = SECONDS) -> None:
        sys.setrecursionlimit(max(sys.getrecursionlimit(), DEEP))
        self.most, self.until = nodes, time.thread_time() + seconds
        self.sizes: list[int] = []
        self.levels: list[int] = [sys.maxsize, sys.maxsize]
        self.ways: list[tuple[int, ...]] = [(), ()]
        self._known: dict[tuple[int, tuple[int, ...]], int] = {}
        self._both: dict[tuple[int, int], int] = {}
        self._either: dict[tuple[int, int], int] = {}
        self._not: dict[int, int] = {NEVER: ALWAYS, ALWAYS: NEVER}
        self._apart: set[tuple[int, int]] = set()

    # Making

    def variable(self, size: int) -> int:
        """A new variable with values 0 … size-1, asked after all made before."""
        self.sizes.append(size)
        return len(self.sizes) - 1

    def among(self, variable: int, values: Iterable[int]) -> int:
        """That the variable has one of these values."""
        wanted = set(values)
        return self._node(variable, tuple(ALWAYS if value in wanted else NEVER for value in range(self.sizes[variable])))

    def all(self, parts: Iterable[int]) -> int:
        """Quickest when the parts stand in the order of their variables."""
        made = ALWAYS
        for part in reversed(list(parts)):
            made = self.both(part, made)
        return made

    def any(self, parts: Iterable[int]) -> int:
        made = NEVER
        for part in parts:
            made = self.either(made, part)
        return made

    def both(self, one: int, other: int) -> int:
        if one > other:
            one, other = other, one
        if one in (NEVER, other):
            return one
        if one == ALWAYS:
            return other
        made = self._both.get((one, other))
        if made is None:
            level, pairs = self._split(one, other)
            made = self._both[one, other] = self._node(level, tuple([self.both(a, b) for a, b in pairs]))
        return made

    def either(self, one: int, other: int) -> int:
        if one > other:
            one, other = other, one
        if one in (ALWAYS, other):
            return one
        if one == NEVER:
            return other
        made = self._either.get((one, other))
        if made is None:
            level, pairs = self._split(one, other)
            made = self._either[one, other] = self._node(level, tuple([self.either(a, b) for a, b in pairs]))
        return made

    def no(self, one: int) -> int:
        made = self._not.get(one)
        if made is None:
            made = self._not[one] = self._node(self.levels[one], tuple([self.no(way) for way in self.ways[one]]))
        return made

    def _split(self, one: int, other: int) -> tuple[int, Iterable[tuple[int, int]]]:
        """The first variable either asks, and what is left of both for each of its values."""
        a, b = self.levels[one], self.levels[other]
        if a == b:
            return a, zip(self.ways[one], self.ways[other], strict=True)
        if a < b:
            return a, [(way, other) for way in self.ways[one]]
        return b, [(one, way) for way in self.ways[other]]

    def _node(self, level: int, ways: tuple[int, ...]) -> int:
        first = ways[0]
        if ways.count(first) == len(ways):
            return first
        made = self._known.get((level, ways))
        if made is None:
            made = self._known[level, ways] = len(self.ways)
            self.levels.append(level)
            self.ways.append(ways)
            if made > self.most:
                raise OverBudget
            if made % LOOK_AT_THE_CLOCK == 0:
                self.in_time()
        return made

    def in_time(self) -> None:
        """Raises OverBudget when the seconds are used up: seconds of work, so that a busy machine decides as an idle one does."""
        if time.thread_time() > self.until:
            raise OverBudget

    # Asking

    def meet(self, one: int, other: int) -> bool:
        """Whether both can hold at once. Stops at the first way and builds nothing."""
        if one > other:
            one, other = other, one
        if one == NEVER:
            return False
        if one in (ALWAYS, other):
            return True
        if (one, other) in self._apart:
            return False
        _, pairs = self._split(one, other)
        if any(self.meet(a, b) for a, b in pairs):
            return True
        self._apart.add((one, other))
        if len(self._apart) % LOOK_AT_THE_CLOCK == 0:
            self.in_time()
        return False

    def possible(self, one: int) -> list[set[int]]:
        """For each variable the values it has in some model; one walk over the diagram."""
        seen, found = {one}, [set[int]() for _ in self.sizes]
        free = [0] * (len(self.sizes) + 1)  # +1 where a stretch of variables begins that an edge skips, -1 behind it
        todo = [one]

        def skip(start: int, end: int) -> None:
            if start < end:
                free[start] += 1
                free[end] -= 1

        skip(0, self._level(one) if one else 0)
        while todo:
            node = todo.pop()
            for value, way in enumerate(self.ways[node]):
                if way == NEVER:
                    continue
                found[self.levels[node]].add(value)
                skip(self.levels[node] + 1, self._level(way))
                if way not in seen:
                    seen.add(way)
                    todo.append(way)
        open_ = 0
        for variable, values in enumerate(found):
            open_ += free[variable]
            if open_:
                values |= set(range(self.sizes[variable]))
        return found

    def cheapest(self, one: int, costs: Sequence[Sequence[int]]) -> list[int] | None:
        """A model with the least sum of costs (by variable and value), as the value of every variable; None when there is no model."""
        if one == NEVER:
            return None
        least = [min(row) for row in costs]
        before = [0]
        for cost in least:
            before.append(before[-1] + cost)
        best: dict[int, tuple[int, int]] = {ALWAYS: (0, 0)}

        def price(node: int) -> int:
            """Of the variables from the node's own on."""
            if node not in best:
                level = self.levels[node]
                options = [
                    (costs[level][value] + before[self._level(way)] - before[level + 1] + price(way), value)
                    for value, way in enumerate(self.ways[node])
                    if way != NEVER
                ]
                best[node] = min(options)
            return best[node][0]

        price(one)
        model = [row.index(cost) for row, cost in zip(costs, least, strict=True)]
        while one != ALWAYS:
            value = best[one][1]
            model[self.levels[one]] = value
            one = self.ways[one][value]
        return model

    def _level(self, node: int) -> int:
        return min(self.levels[node], len(self.sizes))
