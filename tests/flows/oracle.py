"""What the kernel can do with a tree, found by doing all of it: every order of events, outcome, representative fact value and interrupt.

Slow and plain on purpose. It shares nothing with the proof but the tree, the contracts and the kernel; what counts as accounted for is
written here a second time. Verdicts are (code, keys) pairs, of the kinds that speak of walks.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from core.conditions import All, Any_, Compare, Condition, Fact, FactType, Not, Value, compares
from flows.kernel import Advance, Event, State, advance, flatten
from flows.program import BranchAt, ForkAt, StepAt, UntilAt
from flows.schema import FLOW, Branch, Contract, Repeat, Scope, Step, Tree, vocabulary_of, walk
from flows.state import Done

Verdict = tuple[str, tuple[str, ...]]
ASKED = frozenset(
    {
        "flow.unknown_read", "flow.branch_gap", "flow.branch_overlap", "flow.case_dead", "flow.step_unreachable", "flow.until_never",
        "flow.repeat_once", "flow.interrupt_never", "flow.never_ends", "money.unaccounted", "money.service_unpaid",
        "money.refund_of_nothing", "money.paid_twice", "money.amount_source", "money.reserved_unused",
    }
)  # fmt: skip
EARLY = "early_"  # the key of the branch before a payment
GIVES_BACK = ("returned", "held", "resolved")


class TooMany(Exception):
    """More states than the oracle will visit."""


class Watched(dict[str, Any]):
    """The places of a program; it remembers which were entered."""

    def __init__(self, places: Mapping[str, Any]) -> None:
        super().__init__(places)
        self.entered: set[str] = set()

    def __getitem__(self, place: str) -> Any:
        self.entered.add(place)
        return super().__getitem__(place)


def certainly(condition: Condition, truth: bool) -> Condition:
    """A condition that is true when `condition` is `truth` on the known facts, and false otherwise: never unknown."""
    if isinstance(condition, Compare):
        wanted: Condition = condition if truth else Not(inner=condition)
        return wanted if condition.op in ("known", "unknown") else All(all=[Compare(fact=condition.fact, op="known"), wanted])
    if isinstance(condition, Not):
        return certainly(condition.inner, not truth)
    members = [certainly(member, truth) for member in (condition.all if isinstance(condition, All) else condition.any)]
    return All(all=members) if isinstance(condition, All) == truth else Any_(any=members)


@dataclass
class Oracle:
    tree: Tree
    contracts: Mapping[str, Contract]
    vocabulary: Mapping[str, Fact] = field(default_factory=dict)
    most: int = 6_000

    def verdicts(self) -> set[Verdict]:
        """Every fault that some walk shows, or that no walk escapes. Raises TooMany."""
        self.prepare()
        self.explore()
        return self.found | set(self.on_the_way()) | set(self.never())

    def shown_by(self, events: Iterable[Event]) -> set[Verdict]:
        """What one walk shows."""
        self.prepare()
        state = State.new()
        for event in events:
            moved = advance(self.program, state, event)
            assert moved.verdict == "applied", event
            state = moved.state
            self.look([], set(), moved)
        return self.found | set(self.on_the_way())

    def prepare(self) -> None:
        self.blocks = [block for block, _ in walk(self.tree)]
        self.program = flatten(self.with_probes(), self.contracts)
        self.read = self.facts_read()
        self.remembered = {*self.read, *(f"{key}.outcome" for step in self.program.steps.values() for key in step.names("amount_of"))}
        self.probe()
        self.found: set[Verdict] = set()
        self.opened: set[str] = set()
        self.ended = False
        self.visited = 0

    # Probes: extra places, written in the kernel's own words, that are entered exactly when something is the case

    def probe(self) -> None:
        program = self.program
        self.places = Watched(program.places)
        for key, at in list(program.places.items()):
            if isinstance(at, BranchAt) and key.startswith(EARLY):
                self.places[key] = replace(at, otherwise=self.mark(f"early:{key.removeprefix(EARLY)}", at.otherwise or ""))
            elif isinstance(at, BranchAt):
                self.probe_branch(at)
            elif isinstance(at, UntilAt):
                self.probe_until(key, at)
        for scope, interrupt in self.interrupts():
            handlers, name = (program.listeners[interrupt.on], scope) if interrupt.on else (program.deadlines, interrupt.key)
            handlers[name] = replace(handlers[name], then=self.mark(f"struck:{interrupt.key}", handlers[name].then))
        program.places = self.places

    def interrupts(self) -> Iterator[tuple[str, Any]]:
        for block in [self.tree, *self.blocks]:
            if isinstance(block, Tree | Scope):
                yield from ((FLOW if isinstance(block, Tree) else block.key, one) for one in block.interrupts)

    def with_probes(self) -> Tree:
        """The tree with a branch before every payment whose amount comes from a step: is the amount known?"""

        def grow(value: Any) -> Any:
            if isinstance(value, dict):
                return {name: grow(each) for name, each in value.items()}
            if not isinstance(value, list):
                return value
            return [made for each in value for made in (*probe(each), grow(each))]

        def probe(block: Any) -> list[Any]:
            source = block.get("settings", {}).get("amount_of") if isinstance(block, dict) and block.get("kind") == "step" else None
            if not source:
                return []
            known = Compare(fact=f"{source}.outcome", op="in", value=self.amounts_on(source))
            case = {"key": f"known_{block['key']}", "when": certainly(known, True).model_dump(by_alias=True), "body": []}
            return [{"kind": "branch", "key": EARLY + block["key"], "cases": [case], "otherwise": []}]

        return Tree.model_validate(grow(self.tree.model_dump(by_alias=True)))

    def mark(self, name: str, then: str) -> str:
        """A place that does nothing but lead on."""
        self.places[name] = ForkAt(name, (), then)
        return name

    def choice(self, name: str, when: Condition, then: str, otherwise: str) -> str:
        """`when` is never unknown."""
        self.places[name] = BranchAt(name, (("yes", when, then),), otherwise)
        return name

    def probe_branch(self, at: BranchAt) -> None:
        cases = []
        for index, (case, when, place) in enumerate(at.cases):
            then = place
            for other, also, _ in reversed(at.cases[index + 1 :]):
                hit = self.mark(f"both:{at.key}:{case}:{other}", then)
                then = self.choice(f"both?:{at.key}:{case}:{other}", certainly(also, True), hit, then)
            cases.append((case, when, self.mark(f"case:{at.key}:{case}", then)))
        self.places[at.key] = replace(at, cases=tuple(cases))

    def probe_until(self, key: str, at: UntilAt) -> None:
        self.places[f"real:{key}"] = at
        hit = self.mark(f"true:{at.key}", f"real:{key}")
        missed = self.choice(f"no?:{at.key}", certainly(at.until, False), self.mark(f"false:{at.key}", f"real:{key}"), f"real:{key}")
        self.choice(key, certainly(at.until, True), hit, missed)

    def amounts_on(self, source: str) -> list[str]:
        """The outcomes of a step on which its amount is known."""
        steps = {block.key: block for block in self.blocks if isinstance(block, Step)}
        if source not in steps:
            return ["-"]
        contract = self.contracts[steps[source].type]
        money = [fact for fact in contract.facts if fact.type == "money"]
        return sorted({outcome for fact in money for outcome in fact.on}) if money else contract.ends()

    # Walking

    def facts_read(self) -> dict[str, list[Value]]:
        """Every fact that some condition reads, with values on both sides of each constant."""
        conditions = [case.when for block in self.blocks if isinstance(block, Branch) for case in block.cases]
        conditions += [block.until for block in self.blocks if isinstance(block, Repeat)]
        words = {**self.vocabulary, **vocabulary_of(self.tree, self.contracts)}
        read: dict[str, set[Any]] = {}
        for comparison in (each for condition in conditions for each in compares(condition)):
            constants = comparison.value if isinstance(comparison.value, list) else [comparison.value]
            read.setdefault(comparison.fact, set()).update(constants)
        return {name: around(words[name].type, constants) for name, constants in read.items() if name in words}

    def explore(self) -> None:
        todo: list[State] = []
        seen: set[Any] = set()
        for facts in self.starts():
            self.look(todo, seen, advance(self.program, State.new(), Event("", "", "start", facts=facts)))
        while todo:
            state = todo.pop()
            for event in self.events(state):
                self.look(todo, seen, advance(self.program, state, event))

    def starts(self) -> Iterator[dict[str, Value]]:
        names = [name for name in self.read if name in self.vocabulary]
        values = [[*self.read[name], *([None] if self.vocabulary[name].known == "maybe" else [])] for name in names]
        for chosen in itertools.product(*values):
            yield {name: value for name, value in zip(names, chosen, strict=True) if value is not None}

    def look(self, todo: list[State], seen: set[Any], moved: Advance) -> None:
        state = moved.state
        for effect in moved.effects:
            key = effect.name.partition("#")[0]
            if effect.kind == "open":
                self.opened.add(key)
            elif effect.kind == "trouble" and effect.why == "unknown":
                self.found.add(("flow.unknown_read", (key,)))
            elif effect.kind == "trouble" and effect.why == "gap" and isinstance(self.program.places[key], BranchAt):
                self.found.add(("flow.branch_gap", (key,)))
        if state.status == "ended":
            self.ended = True
            self.found |= set(self.at_the_end(state.done))
            return
        name = self.name(state)
        if name not in seen:
            seen.add(name)
            self.visited += 1
            if self.visited > self.most:
                raise TooMany
            todo.append(state)

    def name(self, state: State) -> Any:
        """What of a state decides what can follow: entry numbers, facts nobody reads and the order of done steps do not."""
        rounds = {(row.key, row.n): row.rounds for row in state.done}
        return (
            tuple(sorted((name, value) for name, value in state.facts.items() if name in self.remembered)),
            tuple(sorted((key, mode) for key, (_, mode) in state.live.items())),
            tuple(sorted((key, tuple(sorted(lanes))) for key, lanes in state.joins.items())),
            tuple(sorted(state.rounds.items())),
            tuple(sorted(state.scopes)),
            tuple(sorted((key, tuple((k, rounds[k, n]) for k, n in owed), then) for key, (owed, then) in state.unwind.items())),
            tuple(sorted((row.key, row.outcome, row.how or "", row.rounds) for row in state.done if self.matters(row))),
        )

    def matters(self, row: Done) -> bool:
        at = self.program.step(row.key)
        contract = self.contracts[at.type]
        return row.outcome in {*contract.taking(), *contract.delivering(), *contract.undo, "nothing_due"} or bool(at.names("of"))

    def events(self, state: State) -> Iterator[Event]:
        for key, (n, mode) in sorted(state.live.items()):
            if key in self.program.steps:
                yield from self.answers(key, f"{key}#{n}", mode)
        for event, handlers in sorted(self.program.listeners.items()):
            if any(scope in state.scopes for scope in handlers):
                yield Event("", "", event)
        for name, handler in sorted(self.program.deadlines.items()):
            if handler.scope in state.scopes:
                yield Event("", "", "timer", ref=f"{name}#{state.scopes[handler.scope]}")

    def answers(self, key: str, ref: str, mode: str) -> Iterator[Event]:
        at = self.step_at(key)
        if mode == "undoing":
            yield Event("", "", "undone", ref=ref, outcome="returned")
        elif mode == "closing":
            yield from (Event("", "", "answer", ref=ref, outcome=outcome) for outcome in sorted(at.undo))
            yield from (Event("", "", "answer", ref=ref, outcome=outcome) for outcome in sorted(at.outcomes - at.undo)[:1])
        elif mode != "unserved":
            for outcome in sorted(at.outcomes):
                told = [(short, self.read[name]) for short, name, _ in at.facts.get(outcome, ()) if name in self.read]
                for chosen in itertools.product(*(values for _, values in told)):
                    facts = {short: value for (short, _), value in zip(told, chosen, strict=True)}
                    yield Event("", "", "answer", ref=ref, outcome=outcome, facts=facts)
            if not at.closes:
                yield Event("", "", "timer", ref=ref)
            if at.skippable:
                yield Event("", "", "staff.skip", ref=ref)

    def step_at(self, key: str) -> StepAt:
        at = self.program.places[key]
        assert isinstance(at, StepAt)
        return at

    # Judging

    def at_the_end(self, done: Iterable[Done]) -> Iterator[Verdict]:
        rows = list(done)
        for row in rows:
            step, contract = self.program.step(row.key), self.contracts[self.program.step(row.key).type]
            if row.outcome in contract.taking() and not self.accounted(row, rows):
                yield "money.unaccounted", (row.key,)
            if row.outcome in contract.delivering() and self.payers(row.key) and not self.paid(row, rows):
                yield "money.service_unpaid", (row.key,)
            if step.names("of") and row.outcome in GIVES_BACK and not any(self.taken(each, row, step.names("of")) for each in rows):
                yield "money.refund_of_nothing", (row.key,)
            if row.outcome == "covered" and row.how is None and not self.used(row, rows):
                yield "money.reserved_unused", (row.key,)
        for first, second in itertools.combinations([row for row in rows if self.kept(row, rows)], 2):
            for service in set(self.paid_for(first)) & set(self.paid_for(second)):
                common = set(self.step_at(service).repeats)
                if all(dict(second.rounds).get(repeat, n) == n for repeat, n in first.rounds if repeat in common):
                    yield "money.paid_twice", (service,)

    def paid_for(self, row: Done) -> list[str]:
        return [key for key in self.program.step(row.key).names("for") if key in self.program.steps]

    def takes(self, row: Done) -> bool:
        return row.outcome in self.contracts[self.program.step(row.key).type].taking()

    def accounted(self, row: Done, rows: list[Done]) -> bool:
        if row.how is not None or self.given_back(row, rows):
            return True
        services = self.program.step(row.key).names("for")
        return bool(services) and all(any(self.delivered(each, row, service) for each in rows) for service in services)

    def delivered(self, row: Done, payment: Done, service: str) -> bool:
        contract = self.contracts[self.program.step(row.key).type]
        return row.key == service and row.outcome in contract.delivering() and together(row, payment)

    def given_back(self, payment: Done, rows: list[Done]) -> bool:
        return any(
            payment.key in self.program.step(row.key).names("of") and row.outcome in GIVES_BACK and together(row, payment) for row in rows
        )

    def kept(self, row: Done, rows: list[Done]) -> bool:
        return self.takes(row) and row.how is None and not self.given_back(row, rows)

    def payers(self, service: str) -> list[str]:
        return [key for key, step in self.program.steps.items() if service in step.names("for") and self.contracts[step.type].taking()]

    def paid(self, service: Done, rows: list[Done]) -> bool:
        payers = self.payers(service.key)
        return any(row.key in payers and (self.takes(row) or row.outcome == "nothing_due") and together(row, service) for row in rows)

    def taken(self, row: Done, refund: Done, of: list[str]) -> bool:
        return row.key in of and self.takes(row) and together(row, refund)

    def used(self, reserved: Done, rows: list[Done]) -> bool:
        return any(
            reserved.key in self.program.step(row.key).names("insurance") and self.takes(row) and together(row, reserved) for row in rows
        )

    def on_the_way(self) -> Iterator[Verdict]:
        """What some walk did, seen by the probes it passed."""
        for probe in self.places.entered:
            what, _, keys = probe.partition(":")
            if what == "both":
                yield "flow.branch_overlap", tuple(keys.split(":"))
            elif what == "early":
                yield "money.amount_source", (keys,)

    def never(self) -> Iterator[Verdict]:
        """What no walk did."""
        entered = self.places.entered
        for block in self.blocks:
            if isinstance(block, Step) and block.key not in self.opened:
                yield "flow.step_unreachable", (block.key,)
            elif isinstance(block, Branch) and block.key in entered:
                yield from (("flow.case_dead", (block.key, c.key)) for c in block.cases if f"case:{block.key}:{c.key}" not in entered)
            elif isinstance(block, Repeat):
                true, false = f"true:{block.key}" in entered, f"false:{block.key}" in entered
                if false and not true:
                    yield "flow.until_never", (block.key,)
                if true and (not false or block.at_most == 1):
                    yield "flow.repeat_once", (block.key,)
        for scope, interrupt in self.interrupts():
            if scope in entered and f"struck:{interrupt.key}" not in entered:
                yield "flow.interrupt_never", (interrupt.key,)
        if not self.ended:
            yield "flow.never_ends", (FLOW,)


def together(one: Done, other: Done) -> bool:
    """Whether two steps ended in the same round of every repeat that holds both."""
    theirs = dict(other.rounds)
    return all(theirs.get(repeat, n) == n for repeat, n in one.rounds)


def around(kind: FactType, constants: Iterable[Any]) -> list[Value]:
    if kind.kind == "bool":
        return [True, False]
    if kind.kind == "enum":
        return sorted(kind.options)
    low, high = kind.range
    near = {value for constant in constants if isinstance(constant, int) for value in (constant - 1, constant, constant + 1)}
    near |= {bound for bound in (low, high) if bound is not None} or {0}
    return sorted(value for value in near if kind.holds(value))
