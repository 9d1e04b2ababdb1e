"""Past and draft side by side: one recorded event moves both, each by the kernel.

Visits that are alike so far share a `Node`; an event that led on from it once leads on again without being worked out. What cannot change
where a run goes (amounts nobody compares, minutes) is left out of the event, so a day of thousands has a few hundred nodes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from core.conditions import Value
from flows.kernel import advance
from flows.move import APPLIED, LATE
from flows.program import Program, StepAt
from flows.rehearsal.asking import foregone, limits, reads
from flows.rehearsal.snags import Snag, in_trouble, waits
from flows.schema import Contract
from flows.state import Advance, Effect, Event, State

REFUSED = ("no_limit", "by_hand", "unheard")
MOST_NODES = 150_000
"""Beyond, the nodes are forgotten and worked out anew: memory stays bounded whatever was recorded."""


class Told(NamedTuple):
    """What is left of a recorded event: all that can change where a run goes."""

    version: str
    type: str
    ref: str
    outcome: str
    facts: tuple[tuple[str, Value], ...] = ()


Change = tuple[str, int | None]
"""A limit of the draft's own: (timer, minutes) armed, or (timer, None) disarmed."""


class Node:
    """Both states after the same events. `snag` is where the draft waits behind the past; `final` is set once that can no longer mend."""

    __slots__ = ("draft", "final", "next", "past", "snag")

    def __init__(self, past: State, draft: State, snag: Snag | None = None, final: Snag | None = None) -> None:
        self.past, self.draft, self.snag, self.final = past, draft, snag, final
        self.next: dict[Told, tuple[Node, tuple[Change, ...]]] = {}


@dataclass
class Lockstep:
    """`past`: sha-256 of a version → its program. `draft`: the flow under rehearsal."""

    past: Mapping[str, Program]
    draft: Program
    contracts: Mapping[str, Contract]
    root: Node = field(default_factory=lambda: Node(State.new(), State.new()))
    nodes: int = 1
    advances: int = 0

    def __post_init__(self) -> None:
        self.names = reads(self.draft).union(*(reads(program) for program in self.past.values()))
        self.shorts = {name.partition(".")[2] for name in self.names}
        self.foregone = foregone(self.draft, self.contracts)
        own = limits(self.draft)
        before = {sha: limits(program) for sha, program in self.past.items()}
        self.own_limits = {sha: {key for key, limit in own.items() if known.get(key) != limit} for sha, known in before.items()}
        self.timed = any(minutes is not None for keys in self.own_limits.values() for minutes in (own[key][0] for key in keys))

    def told(self, version: str, type_: str, ref: str, outcome: str, facts: Mapping[str, Value]) -> Told:
        """A recorded event, narrowed to what matters."""
        if not facts:
            return Told(version, type_, ref, outcome)
        keep = self.names if type_ == "start" else self.shorts
        return Told(version, type_, ref, outcome, tuple(sorted((name, value) for name, value in facts.items() if name in keep)))

    def step(self, node: Node, told: Told) -> tuple[Node, tuple[Change, ...]]:
        """The node behind one event, and the draft's own limits that it armed or disarmed."""
        found = node.next.get(told)
        if found is None:
            self.nodes += 1
            if self.nodes > MOST_NODES:
                self.forget()
            found = node.next[told] = self.work_out(node, told)
        return found

    def forget(self) -> None:
        self.root.next.clear()
        self.nodes = 1

    # One event through both

    def work_out(self, node: Node, told: Told) -> tuple[Node, tuple[Change, ...]]:
        event = Event("", "past", told.type, ref=told.ref or None, outcome=told.outcome or None, facts=dict(told.facts))
        program = self.past[told.version]
        past = self.advance(program, node.past, event) if not is_move(told) else Advance(node.past, (), LATE)
        given = self.given(node, told, event, program)
        draft = self.advance(self.draft, node.draft, given) if given else Advance(node.draft, (), LATE)
        return self.settled(node, told, past, draft, given)

    def own_limit(self, node: Node, told: Told) -> tuple[Node, tuple[Change, ...]]:
        """A limit of the draft's own has passed. Where the past waited too, no answer had come by then; elsewhere the past is silent, and
        what a partner asked to close would have said nobody knows.
        """
        key = told.ref.partition("#")[0]
        at = self.draft.places.get(key)
        if isinstance(at, StepAt) and (at.closes or key not in node.past.live):
            final = node.final or Snag("unknown", key, "shorter" if key in node.past.live else "waiting")
            return Node(node.past, node.draft, node.snag, final), ()
        draft = self.advance(self.draft, node.draft, Event("", "draft", "timer", ref=told.ref))
        return self.settled(node, told, Advance(node.past, (), LATE), draft, None)

    def limit_passed(self, node: Node, told: Told) -> tuple[Node, tuple[Change, ...]]:
        found = node.next.get(told)
        if found is None:
            self.nodes += 1
            found = node.next[told] = self.own_limit(node, told)
        return found

    def advance(self, program: Program, state: State, event: Event) -> Advance:
        self.advances += 1
        return advance(program, state, event)

    def given(self, node: Node, told: Told, event: Event, program: Program) -> Event | None:
        """The event as the draft hears it: to the instance that stands where the past one stood. None: the draft does not hear it."""
        if is_move(told):
            return None
        if not told.ref:
            return event
        key, _, entry = told.ref.partition("#")
        if told.type == "timer" and key in self.own_limits[told.version]:
            return None
        step = program.steps.get(key)
        digits, plus, reminder = entry.partition("+")
        if step is None or not digits.isdecimal():
            return event
        here = key if key in self.draft.steps else self.like(step.type, node.draft, program)
        if here is None:
            return None
        stand, live = entered(node.past, key, int(digits)), node.draft.live.get(here)
        if stand < 0:
            return event if here == key else None
        n = live[0] if stand == 0 and live else node.draft.count.get(here, 0) + max(stand, 1)
        return Event("", "past", told.type, ref=f"{here}#{n}{plus}{reminder}", outcome=event.outcome, facts=event.facts)

    def like(self, type_: str, state: State, program: Program) -> str | None:
        """A step of the same type that the past did not have: the draft's name for what HIS tells by its kind, not by our key."""
        new = [key for key, step in self.draft.steps.items() if step.type == type_ and key not in program.steps]
        live = [key for key in new if key in state.live]
        return next(iter(live or [key for key in new if not state.count.get(key)]), None)

    def settled(self, node: Node, told: Told, past: Advance, draft: Advance, given: Event | None) -> tuple[Node, tuple[Change, ...]]:
        """Answer what can only end in one way, then see whether the draft still follows."""
        effects, state = list(draft.effects), draft.state
        while (answer := self.obvious(past.state, state)) is not None:
            more = self.advance(self.draft, state, answer)
            effects, state = [*effects, *more.effects], more.state
        own = self.own_limits[told.version]
        changes = tuple((one.name, one.minutes if one.kind == "arm" else None) for one in effects if self.is_own(one, own))
        snag = in_trouble(past.state, state, self.draft) or self.refused(told, past, draft, given, state) or waits(past.state, state)
        final = node.final or self.given_up(node, told, state)
        if node.snag and node.snag.reason in REFUSED and node.snag.key in state.live:
            snag = node.snag
        return Node(past.state, state, snag, final), changes

    def is_own(self, effect: Effect, own: set[str]) -> bool:
        return effect.kind in ("arm", "disarm") and effect.name.partition("#")[0] in own and "+" not in effect.name

    def obvious(self, past: State, draft: State) -> Event | None:
        """An answer the past need not give: the step can end in one way only, and the past does not stand there now."""
        for key, (n, mode) in draft.live.items():
            if mode == "waiting" and key in self.foregone and key not in past.live:
                return Event("", "draft", "assumed", ref=f"{key}#{n}", outcome=self.foregone[key])
        return None

    def refused(self, told: Told, past: Advance, draft: Advance, given: Event | None, state: State) -> Snag | None:
        """What moved the past does not move the draft, though the draft stands there too."""
        if past.verdict != APPLIED or not told.ref:
            return None
        key = (given.ref or "" if given else told.ref).partition("#")[0]
        if draft.verdict != LATE or state.live.get(key, (0, ""))[1] not in ("waiting", "trouble"):
            return None
        if told.type == "timer":
            return Snag("stuck", key, "no_limit") if limits(self.draft).get(key, (None, None))[0] is None else None
        if told.type.startswith("staff."):
            return Snag("stuck", key, "by_hand", told.type)
        return Snag("stuck", key, "unheard", told.outcome)

    def given_up(self, node: Node, told: Told, state: State) -> Snag | None:
        """An interrupt or a deadline ended what the draft was waiting for: it stays open for ever."""
        key = node.snag.key if node.snag else ""
        outside = not told.ref or told.ref.partition("#")[0] in self.draft.deadlines
        return node.snag if key and outside and key not in state.live else None


def is_move(told: Told) -> bool:
    """The visit went over to another version: its state stays, only the program behind it changes."""
    return told.type == "moved" and not told.ref


def entered(state: State, key: str, n: int) -> int:
    """Where entry n stands in the past: 0 is live, -1 is over, 1 is the next that will be."""
    live = state.live.get(key)
    if live is not None and live[0] == n:
        return 0
    ahead = n - state.count.get(key, 0)
    return ahead if ahead > 0 else -1


__all__ = ["Change", "Lockstep", "Node", "Told"]
