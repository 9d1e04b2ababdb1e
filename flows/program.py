"""A tree made flat: every block once, with the place behind it. Linear, and done once for each version.

A *place* is where a token can go: `k` enters block k, `/k` is the end of the body or lane k, `$end` ends the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.conditions import Condition, FactType
from flows.schema import FLOW, OUTCOME, Block, Branch, Contract, Interrupt, Parallel, Repeat, Scope, Step, Tree, tells
from flows.schema import Sequence as Blocks

END = "$end"
MOST_ROUNDS = 20


@dataclass(frozen=True, slots=True)
class StepAt:
    key: str
    next: str
    ports: Mapping[str, str]  # outcome → place; the main one leads to `next`
    outcomes: frozenset[str]
    facts: Mapping[str, tuple[tuple[str, str, FactType], ...]]  # outcome → (name in the event, name in the run, type)
    takes: frozenset[str]
    delivers: frozenset[str]
    undo: frozenset[str]
    undo_within: int
    closes: bool
    late: str | None
    after: int | None
    reminders: tuple[int, ...]
    match: str | None
    skippable: bool
    pays_for: tuple[str, ...]
    repeats: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BranchAt:
    key: str
    cases: tuple[tuple[str, Condition, str], ...]
    otherwise: str | None


@dataclass(frozen=True, slots=True)
class ForkAt:
    key: str
    lanes: tuple[str, ...]
    next: str


@dataclass(frozen=True, slots=True)
class JoinAt:
    key: str
    lane: str
    lanes: tuple[str, ...]
    need: int
    undo: bool
    next: str


@dataclass(frozen=True, slots=True)
class RepeatAt:
    key: str
    body: str
    forgets: frozenset[str]


@dataclass(frozen=True, slots=True)
class UntilAt:
    key: str
    until: Condition
    at_most: int
    next: str
    exhausted: str | None


@dataclass(frozen=True, slots=True)
class ScopeAt:
    key: str
    body: str
    deadlines: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class CloseAt:
    key: str
    next: str


@dataclass(frozen=True, slots=True)
class LeaveAt:
    of: str
    undo: bool
    then: str


@dataclass(frozen=True, slots=True)
class EndAt:
    pass


@dataclass(frozen=True, slots=True)
class Handler:
    """An interrupt: the scope it ends, and the place where its body begins."""

    scope: str
    undo: bool
    then: str


At = StepAt | BranchAt | ForkAt | JoinAt | RepeatAt | UntilAt | ScopeAt | CloseAt | LeaveAt | EndAt


def facts_on(step: Step, contract: Contract, outcome: str) -> tuple[tuple[str, str, FactType], ...]:
    """(name in the event, name in the run, type) of every fact the step tells when it ends so."""
    return tuple((fact.key, f"{step.key}.{fact.key}", fact.fact_type) for fact in tells(step, contract) if outcome in fact.on)


@dataclass(slots=True)
class Program:
    """A flattened tree. `around`: the scopes, parallels, lanes and repeats a block lies in, innermost first; `inside`: turned round."""

    places: dict[str, At] = field(default_factory=dict)
    steps: dict[str, Step] = field(default_factory=dict)
    around: dict[str, tuple[str, ...]] = field(default_factory=dict)
    inside: dict[str, set[str]] = field(default_factory=dict)
    listeners: dict[str, dict[str, Handler]] = field(default_factory=dict)  # event → scope → handler
    deadlines: dict[str, Handler] = field(default_factory=dict)

    def step(self, key: str) -> Step:
        """The step as drawn. Raises KeyError for a key that is no step."""
        return self.steps[key]


def flatten(tree: Tree, contracts: Mapping[str, Contract]) -> Program:
    """Each block once, with the place behind it. Total: a draft with faults flattens too; a step of an unknown type only waits."""
    program = Program(places={END: EndAt()}, inside={FLOW: set()})
    _Flattening(program, contracts, {}).scope(FLOW, tree.body, tree.interrupts, END, inside=(FLOW,), around=(FLOW,))
    return program


@dataclass(frozen=True, slots=True)
class _Flattening:
    program: Program
    contracts: Mapping[str, Contract]
    behind: dict[str, str]  # scope → the place behind it

    def sequence(self, blocks: Blocks, then: str, around: tuple[str, ...]) -> str:
        """The place where a sequence begins; `then` lies behind it."""
        for block in reversed(blocks):
            self.block(block, then, around)
            then = block.key
        return then

    def block(self, block: Block, then: str, around: tuple[str, ...]) -> None:
        self.program.around[block.key] = around
        for outer in around:
            self.program.inside[outer].add(block.key)
        if isinstance(block, Step):
            self.step(block, then, around)
        elif isinstance(block, Branch):
            self.branch(block, then, around)
        elif isinstance(block, Parallel):
            self.parallel(block, then, around)
        elif isinstance(block, Repeat):
            self.repeat(block, then, around)
        elif isinstance(block, Scope):
            self.scope(block.key, block.body, block.interrupts, then, inside=(block.key, *around), around=around)
        else:
            target = block.of if block.of in around and block.of in self.behind else FLOW
            self.program.places[block.key] = LeaveAt(target, block.undo, self.behind[target])

    def step(self, step: Step, then: str, around: tuple[str, ...]) -> None:
        contract = self.contracts.get(step.type) or Contract(name=step.type, title="", actor="staff", main="", outcomes=[])
        timeout = step.timeout
        ports = {outcome: self.sequence(body, then, around) for outcome, body in step.ports.items()}
        final = contract.taking() or contract.delivering() or step.names("of")  # what takes, delivers or returns is never skipped
        self.program.steps[step.key] = step
        self.program.places[step.key] = StepAt(
            key=step.key, next=then, ports={contract.main: then} | ports, outcomes=frozenset(contract.ends()),
            facts={outcome: facts_on(step, contract, outcome) for outcome in contract.ends()},
            takes=frozenset(contract.taking()), delivers=frozenset(contract.delivering()), undo=frozenset(contract.undo),
            undo_within=contract.undo_within, closes=contract.closes, late=(timeout and timeout.outcome) or contract.late,
            after=timeout.after if timeout else contract.after, reminders=tuple(step.reminders), match=step.match,
            skippable=step.skippable and not final, pays_for=tuple(step.names("for")),
            repeats=tuple(key for key in around if isinstance(self.program.places.get(key), RepeatAt)),
        )  # fmt: skip

    def branch(self, branch: Branch, then: str, around: tuple[str, ...]) -> None:
        cases = tuple((case.key, case.when, self.sequence(case.body, then, around)) for case in branch.cases)
        otherwise = None if branch.otherwise is None else self.sequence(branch.otherwise, then, around)
        self.program.places[branch.key] = BranchAt(branch.key, cases, otherwise)

    def parallel(self, parallel: Parallel, then: str, around: tuple[str, ...]) -> None:
        lanes = tuple(lane.key for lane in parallel.lanes)
        need = len(lanes) if parallel.need == "all" else max(1, min(parallel.need, len(lanes)))
        begins = []
        self.program.inside[parallel.key] = set()
        for lane in parallel.lanes:
            self.program.inside[lane.key] = set()
            self.program.places["/" + lane.key] = JoinAt(parallel.key, lane.key, lanes, need, parallel.losers == "undo", then)
            begins.append(self.sequence(lane.body, "/" + lane.key, (lane.key, parallel.key, *around)))
        self.program.places[parallel.key] = ForkAt(parallel.key, tuple(begins), then)

    def repeat(self, repeat: Repeat, then: str, around: tuple[str, ...]) -> None:
        key, forgets = repeat.key, set[str]()
        at_most = MOST_ROUNDS if repeat.at_most is None else min(repeat.at_most, MOST_ROUNDS)
        exhausted = None if repeat.exhausted is None else self.sequence(repeat.exhausted, then, around)
        self.program.inside[key] = set()
        self.program.places[key] = RepeatAt(key, "", frozenset())  # seen by the steps in the body
        self.program.places["/" + key] = UntilAt(key, repeat.until, at_most, then, exhausted)
        body = self.sequence(repeat.body, "/" + key, (key, *around))
        for inner in self.program.inside[key] & self.program.steps.keys():
            step = self.program.steps[inner]
            contract = self.contracts.get(step.type)
            forgets |= {f"{inner}.{name}" for name in [OUTCOME, *(fact.key for fact in (tells(step, contract) if contract else []))]}
        self.program.places[key] = RepeatAt(key, body, frozenset(forgets))

    def scope(
        self, key: str, body: Blocks, interrupts: list[Interrupt], then: str, *, inside: tuple[str, ...], around: tuple[str, ...]
    ) -> None:
        """`inside` is round the body, `around` round the handlers."""
        program = self.program
        self.behind[key] = then
        program.inside.setdefault(key, set())
        program.places["/" + key] = CloseAt(key, then)
        deadlines = tuple((interrupt.key, interrupt.after) for interrupt in interrupts if interrupt.after is not None)
        program.places[key] = ScopeAt(key, self.sequence(body, "/" + key, inside), deadlines)
        for interrupt in interrupts:
            handler = Handler(key, interrupt.undo, self.sequence(interrupt.body, then, around))
            if interrupt.after is not None:
                program.deadlines[interrupt.key] = handler
            elif interrupt.on is not None:
                program.listeners.setdefault(interrupt.on, {}).setdefault(key, handler)
