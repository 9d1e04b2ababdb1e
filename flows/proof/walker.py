"""From a model of the formula to a walk: the kernel itself is run over the orders in which the model's outcomes can arrive."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from core.conditions import Value, Vocabulary
from flows.kernel import advance
from flows.program import Program
from flows.proof.confirm import Goal
from flows.proof.encoder import Encoder
from flows.proof.fault import Turn
from flows.proof.variables import CUT, HELD, NONE
from flows.schema import Contract, Interrupt, Step, tells
from flows.state import State

SHORTEST, ANY = 800, 4_000  # states looked at for the shortest walk, and then for any
Facts = tuple[tuple[str, Value], ...]


@dataclass
class Guide:
    """What a model allows: the start facts, the outcomes of each step, the interrupts that strike."""

    start: dict[str, Value] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)  # the start facts that a block on this walk reads
    outcomes: dict[str, set[tuple[str, Facts]]] = field(default_factory=dict)
    struck: set[str] = field(default_factory=set)


def guide(encoder: Encoder, model: Sequence[int]) -> Guide:
    made = Guide()
    value = {variable: variable.values[model[variable.level]] for variable in encoder.variables}
    told: dict[tuple[str, Any], list[tuple[str, Value]]] = {}
    for variable, chosen in value.items():
        if variable.kind == "start" and chosen != NONE:
            made.start[variable.key] = chosen
        elif variable.kind == "fact" and chosen != NONE:
            step, _, name = variable.key.partition(".")
            told.setdefault((step, variable.path), []).append((name, chosen))
        elif variable.kind == "scope" and isinstance(chosen, str):
            made.struck.add(chosen.removeprefix(HELD))
    for variable, chosen in value.items():
        if variable.kind == "step" and chosen not in (NONE, CUT):
            made.outcomes.setdefault(variable.key, set()).add((chosen, tuple(told.get((variable.key, variable.path), ()))))
    for reading in encoder.readings:
        if value[reading.variable] != NONE:
            made.asked |= {fact for fact, variable in reading.facts.items() if variable is not None and variable.kind == "start"}
    return made


class Search(NamedTuple):
    """Over at most so many states: the shortest walk or any; `patient`: nothing strikes a scope before what the model finishes in it."""

    most: int
    shortest: bool = True
    patient: bool = False


class Walker:
    """Walks one tree. Turns are written in words as they are taken."""

    def __init__(
        self, contracts: Mapping[str, Contract], vocabulary: Vocabulary, interrupts: Mapping[str, Interrupt], read: Collection[str]
    ) -> None:
        self.contracts, self.vocabulary, self.interrupts = contracts, vocabulary, interrupts
        self.read = read  # the facts that some condition reads

    def walk(self, program: Program, by: Guide, goal: Goal) -> tuple[Turn, ...] | None:
        """The shortest walk by the guide that reaches the goal; where there are too many orders, the first found. None when none does."""
        ways = (Search(SHORTEST, patient=True), Search(SHORTEST), Search(ANY, shortest=False))
        return next((found for way in ways if (found := self.search(program, by, goal, way))), None)

    def search(self, program: Program, by: Guide, goal: Goal, way: Search) -> tuple[Turn, ...] | None:
        first = Turn("start", facts=tuple(sorted(by.start.items())), words=self.start_words(by))
        todo: deque[tuple[State, tuple[Turn, ...], Turn]] = deque([(State.new(), (), first)])
        seen: set[Any] = set()
        while todo and len(seen) < way.most:
            state, so_far, turn = todo.popleft() if way.shortest else todo.pop()
            moved = advance(program, state, turn.event(f"e{len(so_far)}"))
            taken = (*so_far, turn)
            if goal(moved):
                return (*taken, Turn("ended", words="结束")) if moved.state.status == "ended" else taken
            if moved.verdict != "applied" or (name := what_matters(moved.state)) in seen:
                continue
            seen.add(name)
            follow = list(self.turns(program, moved.state, by, way))
            todo.extend((moved.state, taken, each) for each in (follow if way.shortest else reversed(follow)))
        return None

    def turns(self, program: Program, state: State, by: Guide, way: Search) -> Iterator[Turn]:
        for key, (n, mode) in sorted(state.live.items()):
            if key in program.steps:
                yield from self.answers(program, key, f"{key}#{n}", mode, by)
        ripe = {scope for scope in state.scopes if not way.patient or self.all_done(program, scope, state, by)}
        for event, handlers in sorted(program.listeners.items()):
            names = [one.key for one in self.interrupts.values() if one.on == event and one.key in by.struck]
            if names and any(scope in ripe for scope in handlers):
                yield Turn(event, words=self.interrupts[names[0]].title or event)
        for name, handler in sorted(program.deadlines.items()):
            if name in by.struck and handler.scope in ripe:
                yield Turn("timer", ref=f"{name}#{state.scopes[handler.scope]}", words=self.interrupts[name].title or "到时限")

    def all_done(self, program: Program, scope: str, state: State, by: Guide) -> bool:
        """Whether every step that the model finishes in a scope is finished."""
        return by.outcomes.keys() & program.inside[scope] <= {row.key for row in state.done}

    def answers(self, program: Program, key: str, ref: str, mode: str, by: Guide) -> Iterator[Turn]:
        at = program.step(key)
        contract = self.contracts[at.type]
        if mode == "undoing":
            yield Turn("undone", ref, "returned")
        elif mode == "closing":
            yield from (Turn("answer", ref, outcome) for outcome in contract.ends() if outcome not in contract.undo)
        elif mode != "unserved":
            for outcome, facts in sorted(by.outcomes.get(key, ()), key=repr):
                yield self.answer(at, ref, outcome, facts)

    def answer(self, step: Step, ref: str, outcome: str, facts: Facts) -> Turn:
        key, contract = step.key, self.contracts[step.type]
        words = f"「{step.title or contract.title or key}」"
        titles = {each.key: each.title for each in contract.outcomes}
        if outcome not in titles:
            return Turn("staff.skip", ref, words=words + "已免除")
        numbers = [f"{fact.title}{fact.type.words(value)}" for name, value in facts if (fact := self.vocabulary.get(f"{key}.{name}"))]
        words += titles[outcome] + (f"({'、'.join(numbers)})" if numbers else "")
        expected = {fact.key for fact in tells(step, contract) if outcome in fact.on and f"{key}.{fact.key}" in self.read}
        if expected - {name for name, _ in facts} and not contract.closes:
            return Turn("timer", ref, words=f"{words}（超时，没有内容）")
        return Turn("answer", ref, outcome, facts, words)

    def start_words(self, by: Guide) -> str:
        told = []
        for name in sorted(by.asked):
            fact = self.vocabulary[name]
            told.append(f"{fact.title} {fact.type.words(by.start[name])}" if name in by.start else f"{fact.title}未知")
        return "、".join(told)


def what_matters(state: State) -> Any:
    """Entry numbers and the order of what is done do not decide what can follow."""
    rounds = {(row.key, row.n): row.rounds for row in state.done}
    return (
        frozenset(state.facts.items()),
        frozenset((key, mode) for key, (_, mode) in state.live.items()),
        frozenset((key, frozenset(lanes)) for key, lanes in state.joins.items()),
        frozenset(state.rounds.items()),
        frozenset(state.scopes),
        frozenset((key, tuple((k, rounds[k, n]) for k, n in owed), then) for key, (owed, then) in state.unwind.items()),
        tuple(sorted((row.key, row.outcome, row.how or "", row.rounds) for row in state.done)),
    )


def in_words(walk: tuple[Turn, ...]) -> str:
    return " → ".join(turn.words for turn in walk if turn.words)
