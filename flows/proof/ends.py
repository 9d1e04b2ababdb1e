"""How the parts of a formula are put together: what a block's ways to stand make of those of its parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from core.diagrams import ALWAYS, NEVER

Formula = Any


class Algebra(Protocol):
    """What the encoder needs of whoever decides. Parts come in the order of their variables."""

    def variable(self, size: int) -> int: ...
    def among(self, variable: int, values: Iterable[int]) -> Any: ...
    def all(self, parts: Iterable[Any]) -> Any: ...
    def any(self, parts: Iterable[Any]) -> Any: ...
    def both(self, one: Any, other: Any) -> Any: ...
    def either(self, one: Any, other: Any) -> Any: ...
    def no(self, one: Any) -> Any: ...


class Ends(NamedTuple):
    """How a block can stand: through; waiting, so that giving it up is done at once (idle) or takes a partner's answer (busy);
    left for a scope outside it (idle or busy besides); or not entered at all."""

    through: Formula
    idle: Formula
    busy: Formula
    left: Mapping[str, tuple[Formula, Formula]]
    absent: Formula


Option = tuple[Formula, Ends | None, str]  # guard, the body it leads into, else the end: through, idle, busy


def straight(formula: Formula, end: str) -> Ends:
    return Ends(NEVER, NEVER, NEVER, {}, ALWAYS)._replace(**{end: formula})


class Weaver:
    """Composes ends over some algebra. Parts are given in the order of their variables."""

    def __init__(self, algebra: Algebra) -> None:
        self.algebra = algebra

    def any(self, formulas: Iterable[Formula]) -> Formula:
        return self.algebra.any(formulas)

    def all(self, formulas: Iterable[Formula]) -> Formula:
        return self.algebra.all(formulas)

    def both(self, one: Formula, other: Formula) -> Formula:
        return self.algebra.both(one, other)

    def either(self, one: Formula, other: Formula) -> Formula:
        return self.algebra.either(one, other)

    def no(self, one: Formula) -> Formula:
        return self.algebra.no(one)

    def then(self, first: Ends, rest: Ends) -> Ends:
        both, either = self.both, self.either

        def stand(here: Formula, later: Formula) -> Formula:
            return either(both(here, rest.absent), both(first.through, later))

        targets = sorted(first.left.keys() | rest.left.keys())
        left = {target: (first.left.get(target, (NEVER, NEVER)), rest.left.get(target, (NEVER, NEVER))) for target in targets}
        return Ends(
            both(first.through, rest.through), stand(first.idle, rest.idle), stand(first.busy, rest.busy),
            {target: (stand(here[0], later[0]), stand(here[1], later[1])) for target, (here, later) in left.items()},
            both(first.absent, rest.absent),
        )  # fmt: skip

    def choose(self, options: Iterable[Option], bodies: list[Ends]) -> Ends:
        """One of several ways, each under its guard: into one of the bodies, or straight to an end; the other bodies are not entered.

        The variables of the guards come before those of the bodies.
        """
        ends = Ends(NEVER, NEVER, NEVER, {}, self.all(body.absent for body in bodies))
        for guard, into, end in options:
            if into is None:
                ends = self.merge(ends, straight(self.both(guard, ends.absent), end))
                continue
            place = next(index for index, body in enumerate(bodies) if body is into)
            before, behind = self.all(body.absent for body in bodies[:place]), self.all(body.absent for body in bodies[place + 1 :])
            ends = self.merge(ends, self.under(self.both(guard, before), self.followed(into, behind)))
        return ends

    def followed(self, ends: Ends, by: Formula) -> Ends:
        both = self.both
        left = {target: (both(quiet, by), both(loud, by)) for target, (quiet, loud) in ends.left.items()}
        return Ends(both(ends.through, by), both(ends.idle, by), both(ends.busy, by), left, ends.absent)

    def under(self, guard: Formula, ends: Ends) -> Ends:
        both = self.both
        left = {target: (both(guard, quiet), both(guard, loud)) for target, (quiet, loud) in ends.left.items()}
        return Ends(both(guard, ends.through), both(guard, ends.idle), both(guard, ends.busy), left, ends.absent)

    def merge(self, one: Ends, other: Ends) -> Ends:
        either, nowhere = self.either, (NEVER, NEVER)
        pairs = {
            target: zip(one.left.get(target, nowhere), other.left.get(target, nowhere), strict=True)
            for target in sorted({*one.left, *other.left})
        }
        left = {target: (either(*quiet), either(*loud)) for target, (quiet, loud) in pairs.items()}
        return Ends(either(one.through, other.through), either(one.idle, other.idle), either(one.busy, other.busy), left, one.absent)

    def standing(self, lanes: list[Ends], need: int) -> Ends:
        """Fewer than `need` lanes through, the others waiting, or one of them leaving."""
        table: dict[tuple[int, bool, str], Formula] = {(0, False, ""): ALWAYS}
        for lane in reversed(lanes):
            grown: dict[tuple[int, bool, str], list[Formula]] = {}
            for (through, loud, target), rest in table.items():
                for more, louder, leaving, here in ways(lane):
                    name = (through + more, loud or louder, target or leaving)
                    if not (target and leaving):
                        grown.setdefault(name, []).append(self.both(here, rest))
            table = {name: self.any(found) for name, found in grown.items() if name[0] < need}
        ends = Ends(NEVER, NEVER, NEVER, {}, self.all(lane.absent for lane in lanes))
        for (_, loud, target), found in table.items():
            end = {target: (NEVER, found) if loud else (found, NEVER)} if target else {}
            one = straight(found, "busy" if loud else "idle") if not target else straight(NEVER, "idle")._replace(left=end)
            ends = self.merge(ends, one)
        return ends

    def decided(self, lanes: list[Ends], wins: list[bool]) -> tuple[Formula, Formula]:
        """These lanes through and the others waiting: none of them busy; one at least."""
        quiet, loud = ALWAYS, NEVER
        for lane, winning in reversed(list(zip(lanes, wins, strict=True))):
            if winning:
                quiet, loud = self.both(lane.through, quiet), self.both(lane.through, loud)
            else:
                loud = self.either(self.both(lane.busy, self.either(quiet, loud)), self.both(lane.idle, loud))
                quiet = self.both(lane.idle, quiet)
        return quiet, loud


def ways(lane: Ends) -> list[tuple[int, bool, str, Formula]]:
    """Each way a lane can stand: lanes through, whether busy, the scope it leaves."""
    leaving = [(0, loud, target, pair[loud]) for target, pair in lane.left.items() for loud in (False, True)]
    return [(1, False, "", lane.through), (0, False, "", lane.idle), (0, True, "", lane.busy), *leaving]
