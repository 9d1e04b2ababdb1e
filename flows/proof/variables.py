"""What a tree is about once it is encoded: its variables, its steps in their copies, its conditions, its scopes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from flows.proof.ends import Formula
from flows.schema import Branch, Contract, Interrupt, Repeat, Step

NONE, CUT = "$none", "$cut"  # a step not entered; one that waits, or was given up while it waited
OTHERWISE, UNKNOWN, GAP = "$otherwise", "$unknown", "$gap"  # how a branch was decided, if not by a case
TRUE, FALSE = "$true", "$false"  # how an until was decided
OPEN, THROUGH, LEFT, HELD = "$open", "$through", "$left", "$held:"  # how a scope or race stands; `$held:` its giving up still takes time
EARLIER, LAST = "earlier", "last"  # the copies of a repeat's body
MOST_ROUNDS = 20


Path = tuple[tuple[str, str], ...]  # (repeat, copy) round a block, outermost first


@dataclass(frozen=True)
class Variable:
    level: int
    kind: str  # start, step, fact, branch, until, earlier, scope, race or leave
    key: str
    values: tuple[Any, ...]
    path: Path


class GivenUp(NamedTuple):
    """A place that took back what it held: when, and how many steps were encoded by then (later ones come after it)."""

    when: Formula
    end: int


@dataclass
class Instance:
    """A step in one copy."""

    step: Step
    contract: Contract
    variable: Variable
    path: Path
    lanes: Mapping[int, int]  # parallel → lane
    given_up: list[GivenUp] = field(default_factory=list)

    def shares_rounds(self, other: Instance) -> bool:
        theirs = dict(other.path)
        return all(theirs.get(repeat, copy) == copy for repeat, copy in self.path)

    def beside(self, other: Instance) -> bool:
        """In sibling lanes: either may be first."""
        return any(other.lanes.get(parallel, lane) != lane for parallel, lane in self.lanes.items())


@dataclass(frozen=True)
class Reading:
    """A branch or until, in one copy: its variable, and the variables of the facts it reads."""

    block: Branch | Repeat
    variable: Variable
    facts: Mapping[str, Variable | None]
    overlaps: tuple[tuple[str, str, Formula], ...] = ()  # (case taken, later case that holds too, when)


@dataclass(frozen=True)
class Listening:
    """A scope in one copy, and the scopes and races round it."""

    key: str
    interrupts: tuple[Interrupt, ...]
    variable: Variable
    around: tuple[Variable, ...]
    lanes: Mapping[int, int]
    body: range  # the instances inside
    at_once: Mapping[str, Formula] = field(default_factory=dict)  # interrupt → it struck and nothing had to be waited for

    def hears(self, event: str) -> bool:
        return any(interrupt.on == event for interrupt in self.interrupts)

    def struck(self, event: str) -> list[str]:
        """The values of the variable that say so."""
        return [value for one in self.interrupts if one.on == event for value in (one.key, HELD + one.key)]


def known(fact: str, value: Any) -> dict[str, Any]:
    """The one fact, unless it is unknown."""
    return {} if value in (NONE, CUT) else {fact: value}


def final(step: Step, contract: Contract) -> bool:
    """What takes, delivers or returns is never skipped."""
    return bool(contract.taking() or contract.delivering() or step.names("of"))


def amount_known_on(contract: Contract) -> list[str]:
    """The outcomes on which a bill's amount is known: those of its money facts, else every one."""
    money = [fact for fact in contract.facts if fact.type == "money"]
    return sorted({outcome for fact in money for outcome in fact.on}) if money else contract.ends()
