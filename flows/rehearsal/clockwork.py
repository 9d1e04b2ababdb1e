"""The clock of a simulation: invented visits, each moved by the kernel alone; here are only due times, queues and dice.

A visit has dice of its own, so a counter more or less changes nobody's illness, only the queue.
"""

from __future__ import annotations

import heapq
import random
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

from core.conditions import Fact, Value
from flows.kernel import advance
from flows.program import Program, StepAt
from flows.rehearsal.asking import event_for, in_order, reads
from flows.rehearsal.assumptions import Assumptions, StepAssumption, counters_of, duration, minutes_of, typical, value, weights_of
from flows.rehearsal.progress import Progress, tell, unheard
from flows.schema import Contract
from flows.state import Advance, Effect, Event, State

MINUTE = 60
DAY_OVER = "visit.day_over"
CLOSING = 60  # seconds until a partner confirms that it closed
TAKING_BACK = 300
HELP = 900  # until a person has helped
EVERY = 250
FLOWS_OWN = ("guide@1", "message@1")
"""Answered by the house itself; all else is told by care."""

Watch = Callable[["Visit", int, Event, Advance], None]


class Happening(NamedTuple):
    """Something due: `kind` arrive, answer, reply, timer, free, interrupt or closing. `order` settles what is due in the same second."""

    at: int
    order: int
    kind: str
    visit: Visit
    name: str
    outcome: str = ""
    extra: str = ""


@dataclass(slots=True, eq=False)
class Visit:
    """One invented patient. Times are seconds of the day; `seen_until` is when the doctor who called is through with her."""

    number: int
    dice: random.Random
    arrives: int
    state: State = field(default_factory=State.new)
    opened: dict[str, int] = field(default_factory=dict)
    armed: dict[str, int] = field(default_factory=dict)
    money: int = 0
    seen_until: int = 0
    ended: int | None = None
    stuck: str = ""


@dataclass(slots=True, eq=False)
class Station:
    """One step of the tree: its counters, its queue, and what was seen there."""

    key: str
    type: str
    title: str
    minutes: float | list[float]
    counters: int
    ends: tuple[list[str], list[float]]
    queue: deque[tuple[Visit, str, str]] = field(default_factory=deque)
    busy: int = 0
    worked: int = 0
    entries: int = 0
    waits: list[tuple[int, int]] = field(default_factory=list)  # (second of entry, seconds waited)
    stays: list[int] = field(default_factory=list)
    outcomes: dict[str, int] = field(default_factory=dict)


def unstamped(_second: int) -> str:
    return ""


class Simulation:
    """One run of the clock over all visits. `stamp` writes a second of the day as events carry it; `watch` sees every event.

    At the second `closing` the day ends for whoever is still here.
    """

    def __init__(
        self,
        program: Program,
        contracts: Mapping[str, Contract],
        assumptions: Assumptions,
        *,
        starts: Mapping[str, Fact],
        watch: Watch | None = None,
        stamp: Callable[[int], str] = unstamped,
        all_facts: bool = False,
        closing: int | None = None,
    ) -> None:
        self.program, self.contracts, self.given, self.starts = program, contracts, assumptions, starts
        self.watch, self.stamp, self.all_facts, self.closing = watch, stamp, all_facts, closing
        self.names = reads(program)
        self.due: list[Happening] = []
        self.order = count()
        self.visits: list[Visit] = []
        known = [key for key in in_order(program) if program.steps[key].type in contracts]
        self.seeing = next((self.minutes(key) for key in known if program.steps[key].type == "consultation@1"), 0.0)
        self.stations = {key: self.station(key) for key in known}

    def assumed(self, key: str) -> StepAssumption:
        return self.given.steps.get(key) or StepAssumption()

    def minutes(self, key: str) -> float | list[float]:
        return minutes_of(self.program.steps[key].type, self.assumed(key))

    def station(self, key: str) -> Station:
        step, given = self.program.steps[key], self.assumed(key)
        contract, minutes = self.contracts[step.type], self.minutes(key)
        taken = typical(self.seeing if step.type == "waiting@1" else minutes)
        kinds, shares = weights_of(contract, given)
        counters = counters_of(step.type, given, visits=self.given.visits, minutes=taken)
        return Station(key, step.type, step.title or contract.title, minutes, counters, (list(kinds), list(shares)))

    def run(self, progress: Progress = unheard) -> None:
        """Until nothing is due any more. Raises Cancelled."""
        self.invite()
        arrived = 0
        while self.due:
            happening = heapq.heappop(self.due)
            self.happen(happening)
            if happening.kind == "arrive":
                arrived += 1
                if arrived % EVERY == 0:
                    tell(progress, arrived, self.given.visits)
        tell(progress, self.given.visits, self.given.visits)

    def invite(self) -> None:
        """Everybody's hour, by the shares of the day; the minute within it is even."""
        hours = sorted(self.given.arrivals)
        shares = [max(0.0, self.given.arrivals[hour]) for hour in hours]
        for number in range(self.given.visits):
            dice = random.Random(f"{self.given.seed}:{number}")  # noqa: S311  # a rehearsal, no secret
            hour = dice.choices(hours, shares)[0] if any(shares) else 8
            visit = Visit(number, dice, hour * 3600 + dice.randrange(3600), money=dice.randint(800, 40_000))
            self.visits.append(visit)
            self.at(visit.arrives, "arrive", visit, "start")

    def at(self, second: int, kind: str, visit: Visit, name: str, *, outcome: str = "", extra: str = "") -> int:
        number = next(self.order)
        heapq.heappush(self.due, Happening(second, number, kind, visit, name, outcome, extra))
        return number

    # What happens

    def happen(self, now: Happening) -> None:
        visit, stamp = now.visit, self.stamp(now.at)
        if now.kind == "arrive":
            self.arrive(now)
        elif now.kind == "timer" and visit.armed.get(now.name) == now.order:
            del visit.armed[now.name]
            self.deliver(visit, now.at, Event(f"timer:{now.name}@{stamp}", "timer", "timer", stamp, now.name))
        elif now.kind == "answer" and now.name in visit.opened:
            self.answer(now)
        elif now.kind == "reply":
            self.reply(now)
        elif now.kind == "free":
            station = self.stations[now.name]
            station.busy -= 1
            self.serve(station, now.at)
        elif now.kind == "closing" and visit.ended is None:
            self.deliver(visit, now.at, Event("house:day_over", "house", DAY_OVER, stamp, reason="当天结束"))
        elif now.kind == "interrupt" and visit.ended is None:
            self.deliver(visit, now.at, Event(f"care:{now.name}:{visit.number}", "care", now.name, stamp))

    def arrive(self, now: Happening) -> None:
        visit, draw = now.visit, now.visit.dice
        if self.given.starts:
            facts = dict(draw.choice(self.given.starts))
        else:
            facts = {name: value(draw, name, fact.type, self.given.facts) for name, fact in self.starts.items()}
        self.deliver(visit, now.at, Event("house:start", "house", "start", self.stamp(now.at), facts=facts))
        for event, share in sorted(self.given.interrupts.items()):
            if draw.random() < share:
                self.at(now.at + draw.randrange(5 * MINUTE, 120 * MINUTE), "interrupt", visit, event)

        if self.closing is not None:
            self.at(self.closing, "closing", visit, DAY_OVER)

    def answer(self, now: Happening) -> None:
        visit, key, stamp = now.visit, now.name.partition("#")[0], self.stamp(now.at)
        if now.outcome == "trouble":
            name = f"flows:trouble:{now.name}:{now.order}"
            self.deliver(visit, now.at, Event(name, "flows", "trouble", stamp, now.name, reason=now.extra))
            self.at(now.at + HELP, "reply", visit, now.name, outcome="retry")
            return
        self.tell(now, "flows" if self.stations[key].type in FLOWS_OWN else "care")

    def reply(self, now: Happening) -> None:
        """A partner, or a person, answers what was asked, if it is still open."""
        visit, (key, _, n) = now.visit, now.name.partition("#")
        live = visit.state.live.get(key)
        if live is None or live[0] != int(n):
            return
        if now.extra == "undo":
            name = f"flows:undone:{now.name}:{now.outcome}"
            self.deliver(visit, now.at, Event(name, "flows", "undone", self.stamp(now.at), now.name, now.outcome))
        elif now.outcome != "retry":
            self.tell(now, "flows")
        elif live[1] == "trouble":
            visit.opened.pop(now.name, None)
            name, stamp = f"staff:retry:{now.name}:{now.order}", self.stamp(now.at)
            self.deliver(visit, now.at, Event(name, "staff", "staff.retry", stamp, now.name, by="huang", reason="核对后再试"))

    def tell(self, now: Happening, source: str) -> None:
        """A step ended with an outcome, in the words the house uses for it."""
        key = now.name.partition("#")[0]
        kind, facts = event_for(self.stations[key].type, now.outcome), self.facts(now.visit, key, now.outcome)
        name = f"{source}:{kind}:{now.name}:{now.outcome}"
        self.deliver(now.visit, now.at, Event(name, source, kind, self.stamp(now.at), now.name, now.outcome, facts))

    def facts(self, visit: Visit, key: str, outcome: str) -> dict[str, Value]:
        """Those that a condition reads, or all: one sum of money for all steps of a visit."""
        at, found = self.program.places[key], dict[str, Value]()
        for short, name, kind in at.facts.get(outcome, ()) if isinstance(at, StepAt) else ():
            if self.all_facts or name in self.names:
                found[short] = visit.money if kind.kind == "money" else value(visit.dice, name, kind, self.given.facts)
        return found

    def deliver(self, visit: Visit, now: int, event: Event) -> None:
        moved = advance(self.program, visit.state, event)
        visit.state = moved.state
        if self.watch is not None:
            self.watch(visit, now, event, moved)
        for effect in moved.effects:
            self.carry(visit, now, effect)

    def carry(self, visit: Visit, now: int, effect: Effect) -> None:
        if effect.kind == "open":
            self.open(visit, now, effect.name)
        elif effect.kind == "arm":
            visit.armed[effect.name] = self.at(now + effect.minutes * MINUTE, "timer", visit, effect.name)
        elif effect.kind == "disarm":
            visit.armed.pop(effect.name, None)
        elif effect.kind in ("done", "cancel"):
            self.over(visit, now, effect)
        elif effect.kind == "close":
            at = self.program.places[effect.name.partition("#")[0]]
            self.at(now + CLOSING, "reply", visit, effect.name, outcome=(at.late or "") if isinstance(at, StepAt) else "")
        elif effect.kind == "undo":
            self.at(now + TAKING_BACK, "reply", visit, effect.name, outcome="returned", extra="undo")
        elif effect.kind == "trouble":
            visit.stuck = "" if effect.name in visit.opened else effect.name.partition("#")[0]
        elif effect.kind == "ended":
            visit.ended, visit.stuck, visit.armed = now, "", {}

    # Stations

    def open(self, visit: Visit, now: int, instance: str) -> None:
        station = self.stations.get(instance.partition("#")[0])
        visit.opened[instance] = now
        if station is None:
            return
        station.entries += 1
        outcome, at = visit.dice.choices(*station.ends)[0], self.program.places[station.key]
        if not isinstance(at, StepAt) or self.silent(at, station, outcome):
            return
        if at.takes and visit.dice.random() < self.given.trouble:
            self.at(now + MINUTE, "answer", visit, instance, outcome="trouble", extra="收费处要核对")
        elif station.counters:
            station.queue.append((visit, instance, outcome))
            self.serve(station, now)
        elif station.type == "consultation@1" and visit.seen_until > now:
            self.at(visit.seen_until, "answer", visit, instance, outcome=outcome)
        else:
            self.at(now + duration(visit.dice, station.minutes), "answer", visit, instance, outcome=outcome)

    def silent(self, at: StepAt, station: Station, outcome: str) -> bool:
        """The patient, or the partner, does nothing: only the time-out will tell."""
        if at.after is None or outcome != at.late or len(station.ends[0]) == 1:
            return False
        return at.closes or event_for(station.type, outcome) == "answer"

    def serve(self, station: Station, now: int) -> None:
        """The next in the queue, while a counter is free. Who left meanwhile is passed over."""
        while station.queue and station.busy < station.counters:
            visit, instance, outcome = station.queue.popleft()
            if instance not in visit.opened:
                continue
            station.waits.append((visit.opened[instance], now - visit.opened[instance]))
            took, called = duration(visit.dice, station.minutes), station.type == "waiting@1"
            if called:  # the doctor calls, and is taken while she sees the patient; who does not come takes a minute
                took = max(MINUTE, duration(visit.dice, self.seeing)) if outcome == "called" else MINUTE
                visit.seen_until = now + took
            station.busy, station.worked = station.busy + 1, station.worked + took
            self.at(now + took, "free", visit, station.key)
            self.at(now if called else now + took, "answer", visit, instance, outcome=outcome)

    def over(self, visit: Visit, now: int, effect: Effect) -> None:
        opened, station = visit.opened.pop(effect.name, None), self.stations.get(effect.name.partition("#")[0])
        if station is None or opened is None or effect.kind != "done":
            return
        station.stays.append(now - opened)
        station.outcomes[effect.outcome or ""] = station.outcomes.get(effect.outcome or "", 0) + 1
