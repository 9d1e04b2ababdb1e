"""Play: a draft stepped through as one patient. A walk is a list of choices; the same walk leads to the same state, so it can be linked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from core.conditions import Compare, Fact, FactType, Value, compares
from flows.kernel import State, advance
from flows.program import BranchAt, Program, RepeatAt, StepAt
from flows.rehearsal.asking import conditions, event_for, reads
from flows.rehearsal.verdict import Names
from flows.state import Event
from flows.unwinding import RETURNS

MOST_VARIANTS = 12
BACK = {"returned": "已退回", "released": "已撤回", "held": "由专人处理"}
ANSWERABLE = ("waiting", "expiring", "trouble", "closing")


@dataclass(frozen=True)
class Choice:
    """One thing that can happen next. `name` is its place in a walk; `who` groups the buttons."""

    name: str
    who: str
    label: str
    event: Event


@dataclass(frozen=True)
class Played:
    """Where a walk led: what was taken, and what was left of the walk when it could not go on (the draft changed)."""

    state: State
    taken: tuple[Choice, ...]
    broken_at: str = ""


@dataclass(frozen=True)
class Stage:
    """A draft, ready to be played. `starts`: the facts a visit begins with; `events`: what may interrupt, in words."""

    program: Program
    names: Names
    starts: Mapping[str, Fact]
    events: Mapping[str, str]

    def play(self, walk: Sequence[str]) -> Played:
        state, taken = State.new(), list[Choice]()
        for name in walk:
            found = next((one for one in self.choices(state) if one.name == name), None)
            if found is None:
                return Played(state, tuple(taken), name)
            state = advance(self.program, state, found.event).state
            taken.append(found)
        return Played(state, tuple(taken))

    def choices(self, state: State) -> list[Choice]:
        """Everything that can happen now, as staff read it."""
        if state.status == "new":
            return list(self.beginnings())
        if state.status != "running":
            return []
        found = [choice for key in sorted(state.live) for choice in self.of(state, key)]
        return found + list(self.interrupts(state))

    # What may happen

    def beginnings(self) -> Iterator[Choice]:
        """One visit for each kind of patient the draft tells apart."""
        asked = [self.starts[name] for name in sorted(reads(self.program) & self.starts.keys())]
        for values in variants(self.program, [(fact.name, fact.type) for fact in asked]):
            words = "、".join(f"{fact.title}：{fact.type.words(values[fact.name])}" for fact in asked) or "一位患者"
            yield Choice(spelled("start", values), "开始", words, Event("play", "play", "start", facts=values))

    def of(self, state: State, key: str) -> Iterator[Choice]:
        n, mode = state.live[key]
        at, instance = self.program.places[key], f"{key}#{n}"
        if not isinstance(at, StepAt):
            yield from self.undecided(at, key, instance)
        elif mode == "unserved":
            yield from self.unserved(at, instance)
        elif mode == "undoing":
            for how in RETURNS:
                yield self.answer(instance, "undone", how, "退回", f"「{self.title(key)}」{BACK[how]}")
        elif mode in ANSWERABLE:
            yield from self.outcomes(at, instance)
            yield from self.nothing_happens(at, instance, mode)
            yield from self.by_hand(at, instance, mode)

    def outcomes(self, at: StepAt, instance: str) -> Iterator[Choice]:
        """Every way the step can end, once for each set of answers a condition tells apart."""
        type_ = self.program.steps[at.key].type
        for outcome in sorted(at.outcomes, key=lambda one: (at.ports.get(one) != at.next, one)):
            told = [(short, name, kind) for short, name, kind in at.facts.get(outcome, ()) if name in reads(self.program)]
            for values in variants(self.program, [(name, kind) for _, name, kind in told]):
                facts = {short: values[name] for short, name, _ in told}
                words = "".join(f"，{self.names.facts.get(name, short)}：{kind.words(values[name])}" for short, name, kind in told)
                label = f"「{self.title(at.key)}」{self.names.outcome(at.key, outcome)}{words}"
                event = Event("play", "play", event_for(type_, outcome), ref=instance, outcome=outcome, facts=facts)
                yield Choice(spelled(f"{instance}={outcome}", facts), "做完", label, event)

    def nothing_happens(self, at: StepAt, instance: str, mode: str) -> Iterator[Choice]:
        if at.after is not None and at.late is not None and mode in ("waiting", "trouble"):
            label = f"「{self.title(at.key)}」{at.after} 分钟里没有动静"
            yield Choice(f"{instance}=timer", "到时限", label, Event("play", "play", "timer", ref=instance))

    def by_hand(self, at: StepAt, instance: str, mode: str) -> Iterator[Choice]:
        title = self.title(at.key)
        if mode == "waiting":
            yield Choice(
                f"{instance}=trouble", "出问题", f"「{title}」出了问题，转给工作人员", Event("play", "play", "trouble", ref=instance)
            )
        if mode == "trouble":
            yield Choice(
                f"{instance}=retry", "工作人员", f"工作人员把「{title}」再试一次", Event("play", "play", "staff.retry", ref=instance)
            )
        if at.skippable and mode in ("waiting", "trouble"):
            yield Choice(f"{instance}=skip", "工作人员", f"工作人员免除「{title}」", Event("play", "play", "staff.skip", ref=instance))

    def unserved(self, at: StepAt, instance: str) -> Iterator[Choice]:
        for port in [*sorted(at.ports), "next"]:
            where = "往下走" if port == "next" else f"按“{self.names.outcome(at.key, port)}”走"
            yield self.answer(instance, "staff.choose", port, "工作人员", f"「{self.title(at.key)}」没有写怎么办，工作人员选{where}")

    def undecided(self, at: object, key: str, instance: str) -> Iterator[Choice]:
        ways: list[str] = []
        if isinstance(at, BranchAt):
            ways = [case for case, _, _ in at.cases] + (["otherwise"] if at.otherwise is not None else [])
        elif isinstance(at, RepeatAt):
            ways = ["next", "again"]
        for way in ways:
            words = {"otherwise": "其他情况", "next": "往下走", "again": "再来一遍"}.get(way) or self.title(way)
            yield self.answer(instance, "staff.choose", way, "工作人员", f"「{self.title(key)}」定不下来，工作人员选“{words}”")

    def interrupts(self, state: State) -> Iterator[Choice]:
        for event in sorted(self.program.listeners):
            if any(scope in state.scopes for scope in self.program.listeners[event]):
                yield Choice(f"!{event}", "打断", self.events.get(event, event), Event("play", "play", event))
        for key, handler in sorted(self.program.deadlines.items()):
            if handler.scope in state.scopes:
                label = f"「{self.title(key)}」时限到了"
                yield Choice(f"!{key}", "到时限", label, Event("play", "play", "timer", ref=f"{key}#{state.scopes[handler.scope]}"))

    def answer(self, instance: str, kind: str, outcome: str, who: str, label: str) -> Choice:
        return Choice(f"{instance}={kind}:{outcome}", who, label, Event("play", "play", kind, ref=instance, outcome=outcome))

    def title(self, key: str) -> str:
        return self.names.titles.get(key, key)


def spelled(name: str, facts: Mapping[str, Value]) -> str:
    return name + "".join(f";{fact}={value}" for fact, value in sorted(facts.items()))


def variants(program: Program, facts: Iterable[tuple[str, FactType]]) -> list[dict[str, Value]]:
    """Every combination of values the conditions tell apart, at most a dozen."""
    rows = list(facts)
    found = [dict(zip([name for name, _ in rows], values, strict=True)) for values in product(*(telling(program, *row) for row in rows))]
    return found[:MOST_VARIANTS]


def telling(program: Program, name: str, kind: FactType) -> list[Value]:
    """Values on either side of every constant the fact is compared with."""
    if kind.kind == "bool":
        return [True, False]
    if kind.kind == "enum":
        return list(kind.options)
    low, high = kind.range
    constants = {value for one in compared(program) if one.fact == name for value in listed(one.value)}
    around = sorted({value + step for value in constants for step in (-1, 0, 1)})
    return [value for value in around if (low is None or low <= value) and (high is None or value <= high)] or [low or 0]


def compared(program: Program) -> Iterator[Compare]:
    return (one for condition in conditions(program) for one in compares(condition))


def listed(value: object) -> list[int]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, int) and not isinstance(one, bool)]
