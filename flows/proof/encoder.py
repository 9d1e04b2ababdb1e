"""A tree as one formula: every history a run of it can have, and nothing else (flow-language §6.4).

It never runs the kernel. Each block becomes its `Ends`: formulas over its own variables that say in which ways it can stand now. Variables
are made in the order drawn, so what a block reads is asked before it. Five places depend on the order of events and are encoded: exactly
`need` lanes win a race; at most one lane leaves, and not after the join; a lane never decides at once (the structure forbids it); giving
up takes time (`held`), during which something outside can strike; and one event is heard in all lanes at once (`ears`).

A repeat is encoded twice: as its last round, and as one earlier round, complete and not yet through. Rounds share nothing but what was
known outside, so whatever two rounds can show, these two can.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any

from core.conditions import All, Compare, Condition, Fact, Not, compares, evaluate
from core.diagrams import ALWAYS, NEVER
from flows.proof.ears import Ears
from flows.proof.ends import Algebra, Ends, Formula, Option, Weaver, straight
from flows.proof.values import representatives
from flows.proof.variables import (
    CUT,
    EARLIER,
    FALSE,
    GAP,
    HELD,
    LAST,
    LEFT,
    MOST_ROUNDS,
    NONE,
    OPEN,
    OTHERWISE,
    THROUGH,
    TRUE,
    UNKNOWN,
    GivenUp,
    Instance,
    Listening,
    Path,
    Reading,
    Variable,
    amount_known_on,
    final,
    known,
)
from flows.schema import (
    FLOW,
    OUTCOME,
    SKIPPED,
    Block,
    Branch,
    Contract,
    Interrupt,
    Leave,
    Parallel,
    Repeat,
    Scope,
    Step,
    Tree,
    parts,
    tells,
    vocabulary_of,
    walk,
)  # fmt: skip
from flows.schema import Sequence as Blocks


class Encoder(Weaver):
    """Encodes on construction. `ended` holds for complete runs, `rules` for every history, complete or not."""

    def __init__(self, tree: Tree, contracts: Mapping[str, Contract], vocabulary: Mapping[str, Fact], algebra: Algebra) -> None:
        super().__init__(algebra)
        self.contracts = contracts
        self.words = {**vocabulary, **vocabulary_of(tree, contracts)}
        self.values = representatives(tree, self.words)
        self.variables: list[Variable] = []
        self.instances: list[Instance] = []
        self.readings: list[Reading] = []
        self.early: list[tuple[Instance, Formula]] = []  # payments whose amount is not known when they begin, and when that is so
        self.leaves: list[tuple[Leave, Variable]] = []
        self.scopes: list[Listening] = []
        self.around: tuple[Variable, ...] = ()  # scopes whose body, and races whose lane, one is in
        self.parallels = 0
        self.path: Path = ()
        self.lanes: dict[int, int] = {}
        self.facts: dict[str, Variable] = {}
        self.steps = {block.key: block for block, _ in walk(tree) if isinstance(block, Step)}
        self.start(vocabulary)
        ends = self.scope(FLOW, tree.body, tree.interrupts)
        self.ended = ends.through
        self.rules = self.any([ends.through, ends.idle, ends.busy])

    # Variables

    def make(self, kind: str, key: str, values: Iterable[Any]) -> Variable:
        listed = tuple(values)
        made = Variable(self.algebra.variable(len(listed)), kind, key, listed, self.path)
        self.variables.append(made)
        return made

    def among(self, variable: Variable, *values: Any) -> Formula:
        return self.algebra.among(variable.level, [variable.values.index(value) for value in values if value in variable.values])

    def start(self, vocabulary: Mapping[str, Fact]) -> None:
        for name, values in self.values.items():
            if name in vocabulary and vocabulary[name].known != "after":
                unknown = [NONE] if vocabulary[name].known == "maybe" else []
                self.facts[name] = self.make("start", name, [*unknown, *values])

    # Conditions

    def certain(self, condition: Condition, truth: bool) -> Formula:
        """When the facts known here make the condition `truth`."""
        if isinstance(condition, Compare):
            return self.compare(condition, self.facts.get(condition.fact), truth)
        if isinstance(condition, Not):
            return self.certain(condition.inner, not truth)
        members = [self.certain(member, truth) for member in (condition.all if isinstance(condition, All) else condition.any)]
        return self.all(members) if isinstance(condition, All) == truth else self.any(members)

    def compare(self, comparison: Compare, variable: Variable | None, truth: bool) -> Formula:
        if variable is None:
            return ALWAYS if evaluate(comparison, {}) is truth else NEVER
        fits = [value for value in variable.values if evaluate(comparison, known(comparison.fact, value)) is truth]
        return self.among(variable, *fits)

    def undecided(self, condition: Condition) -> Formula:
        return self.no(self.either(self.certain(condition, True), self.certain(condition, False)))

    def read(self, *conditions: Condition) -> dict[str, Variable | None]:
        return {each.fact: self.facts.get(each.fact) for condition in conditions for each in compares(condition)}

    # Blocks

    def sequence(self, blocks: Blocks) -> Ends:
        ends = Ends(ALWAYS, NEVER, NEVER, {}, ALWAYS)
        for first in reversed([self.block(block) for block in blocks]):
            ends = self.then(first, ends)
        return ends

    def block(self, block: Block) -> Ends:
        if isinstance(block, Step):
            return self.step(block)
        if isinstance(block, Branch):
            return self.branch(block)
        if isinstance(block, Parallel):
            return self.parallel(block)
        if isinstance(block, Repeat):
            return self.repeat(block)
        if isinstance(block, Scope):
            return self.scope(block.key, block.body, block.interrupts)
        return self.leave(block)

    def without(self, variables: Iterable[Variable], ends: Ends) -> Ends:
        """Not entered means too that these have their first value, `-`."""
        return ends._replace(absent=self.all([*(self.among(each, NONE) for each in variables), ends.absent]))

    # Steps

    def step(self, step: Step) -> Ends:
        contract = self.contracts[step.type]
        skipped = [SKIPPED] if step.skippable and not final(step, contract) else []
        variable = self.make("step", step.key, [NONE, CUT, *contract.ends(), *skipped])
        facts = {fact.key: fact for fact in tells(step, contract) if f"{step.key}.{fact.key}" in self.values}
        told = {name: self.make("fact", f"{step.key}.{name}", [NONE, *self.values[f"{step.key}.{name}"]]) for name in facts}
        instance = Instance(step, contract, variable, self.path, dict(self.lanes))
        self.amount(instance)
        self.instances.append(instance)
        self.facts |= {f"{step.key}.{OUTCOME}": variable} | {each.key: each for each in told.values()}
        ports = {part.key: self.sequence(part.body) for part in parts(step)}
        late = None if contract.closes else (step.timeout and step.timeout.outcome) or contract.late
        options: list[Option] = []
        for outcome in variable.values[1:]:
            words = [self.fact(told[name], known=outcome in fact.on, maybe=outcome == late) for name, fact in facts.items()]
            guard = self.all([self.among(variable, outcome), *words])
            options.append((guard, ports.get(outcome), self.end(outcome, contract)))
        return self.without([variable, *told.values()], self.choose(options, list(ports.values())))

    def end(self, outcome: str, contract: Contract) -> str:
        """Where an outcome without a port leads."""
        if outcome == CUT:
            return "busy" if contract.closes else "idle"
        return "through" if outcome in (contract.main, SKIPPED) else "idle"

    def fact(self, variable: Variable, *, known: bool, maybe: bool) -> Formula:
        """A fact is known on the outcomes listed for it, but a time-out brings none."""
        if known and maybe:
            return ALWAYS
        return self.among(variable, *variable.values[1:]) if known else self.among(variable, NONE)

    def amount(self, payment: Instance) -> None:
        for source in payment.step.names("amount_of")[:1]:
            entered = self.no(self.among(payment.variable, NONE))
            variable = self.facts.get(f"{source}.{OUTCOME}")
            sources = [each for each in self.instances if each.variable is variable]
            if variable is None or any(each.beside(payment) for each in sources):
                self.early.append((payment, entered))
                continue
            told = self.among(variable, *amount_known_on(self.contracts[self.steps[source].type]))
            self.early.append((payment, self.both(self.no(told), entered)))

    def leave(self, leave: Leave) -> Ends:
        taken = self.make("leave", leave.key, [NONE, leave.key])
        self.leaves.append((leave, taken))
        return Ends(NEVER, NEVER, NEVER, {leave.of: (self.among(taken, leave.key), NEVER)}, self.among(taken, NONE))

    # Branches and repeats

    def branch(self, branch: Branch) -> Ends:
        variable = self.make("branch", branch.key, [NONE, *(case.key for case in branch.cases), OTHERWISE, UNKNOWN, GAP])
        holds = [self.certain(case.when, True) for case in branch.cases]
        fails = [self.certain(case.when, False) for case in branch.cases]
        unclear = [self.undecided(case.when) for case in branch.cases]
        facts = self.read(*(case.when for case in branch.cases))
        overlaps = tuple(
            (branch.cases[a].key, branch.cases[b].key, self.both(holds[b], self.among(variable, branch.cases[a].key)))
            for a, b in combinations(range(len(holds)), 2)
        )
        self.readings.append(Reading(branch, variable, facts, overlaps))
        bodies = [self.sequence(part.body) for part in parts(branch)]
        options: list[Option] = []
        for index, case in enumerate(branch.cases):
            options.append((self.all([*fails[:index], holds[index], self.among(variable, case.key)]), bodies[index], ""))
            options.append((self.all([*fails[:index], unclear[index], self.among(variable, UNKNOWN)]), None, "idle"))
        if branch.otherwise is None:
            options.append((self.all([*fails, self.among(variable, GAP)]), None, "idle"))
        else:
            options.append((self.all([*fails, self.among(variable, OTHERWISE)]), bodies[-1], ""))
        return self.without([variable], self.choose(options, bodies))

    def repeat(self, repeat: Repeat) -> Ends:
        most = MOST_ROUNDS if repeat.at_most is None else min(repeat.at_most, MOST_ROUNDS)
        earlier = self.make("earlier", repeat.key, [NONE, EARLIER])
        nothing, complete = self.round_before(repeat, earlier) if most > 1 else (ALWAYS, NEVER)
        none = self.both(self.among(earlier, NONE), nothing)
        last = self.copy(repeat, LAST)
        until = self.make("until", repeat.key, [NONE, TRUE, FALSE, UNKNOWN])
        self.readings.append(Reading(repeat, until, self.read(repeat.until)))
        true = self.both(self.certain(repeat.until, True), self.among(until, TRUE))
        false = self.both(self.certain(repeat.until, False), self.among(until, FALSE))
        unclear = self.both(self.undecided(repeat.until), self.among(until, UNKNOWN))
        exhausted = [self.sequence(repeat.exhausted)] if repeat.exhausted is not None else []
        decided = self.without([until], self.choose([(true, None, "through"), (unclear, None, "idle")], exhausted))
        failed = self.without([until], self.choose([(false, exhausted[0] if exhausted else None, "idle")], exhausted))
        ended = self.under(self.either(none, complete), self.then(last, decided))
        ended_late = self.under(complete if most > 1 else none, self.then(last, failed))
        return self.merge(ended, ended_late)._replace(absent=self.both(none, ended.absent))

    def round_before(self, repeat: Repeat, earlier: Variable) -> tuple[Formula, Formula]:
        """The earlier round not there; and there, complete, its until false."""
        facts = dict(self.facts)
        body = self.copy(repeat, EARLIER)
        complete = self.all([self.among(earlier, EARLIER), body.through, self.certain(repeat.until, False)])
        self.facts = facts  # each round begins with a clean slate
        return body.absent, complete

    def copy(self, repeat: Repeat, tag: str) -> Ends:
        outer, self.path = self.path, (*self.path, (repeat.key, tag))
        ends = self.sequence(repeat.body)
        self.path = outer
        return ends

    # Parallels

    def parallel(self, parallel: Parallel) -> Ends:
        count = len(parallel.lanes)
        need = count if parallel.need == "all" else max(1, min(parallel.need, count))
        if need < count:
            return self.race(parallel, need)
        lanes, ears = self.lane_ends(parallel)
        ends = self.standing(lanes, count)._replace(through=self.all(lane.through for lane in lanes))
        return ears.heard(ends)

    def lane_ends(self, parallel: Parallel) -> tuple[list[Ends], Ears]:
        """How each lane can stand, and what can be heard in it."""
        self.parallels += 1
        name, outer, ends, steps, scopes, leaves = self.parallels, self.lanes, [], [], [], []
        for index, lane in enumerate(parallel.lanes):
            self.lanes = outer | {name: index}
            first, first_scope, first_leave = len(self.instances), len(self.scopes), len(self.leaves)
            ends.append(self.sequence(lane.body))
            steps.append(range(first, len(self.instances)))
            scopes.append(self.scopes[first_scope:])
            leaves.append(self.leaves[first_leave:])
        self.lanes = outer
        return ends, Ears(self, self.instances, self.around, self.path, steps, scopes, leaves)

    def race(self, parallel: Parallel, need: int) -> Ends:
        """The first `need` lanes are through, the others given up; that takes time (held) when a partner must answer."""
        keys = [lane.key for lane in parallel.lanes]
        won = list(combinations(keys, need))
        variable = self.make("race", parallel.key, [NONE, OPEN, *((THROUGH, *who) for who in won), *((HELD, *who) for who in won)])
        outer, self.around = self.around, (*self.around, variable)
        lanes, ears = self.lane_ends(parallel)
        self.around = outer
        within = ears.lanes
        ends = ears.heard(self.under(self.among(variable, OPEN), self.standing(lanes, need)))
        for who in won:
            lost = [each for key, place in zip(keys, within, strict=True) if key not in who for each in place]
            owed = self.owed(lost) if parallel.losers == "undo" else NEVER
            quiet, loud = self.decided(lanes, [key in who for key in keys])
            over = straight(self.both(self.among(variable, (THROUGH, *who)), self.either(quiet, loud)), "through")
            held = straight(self.both(self.among(variable, (HELD, *who)), self.either(loud, self.both(quiet, owed))), "busy")
            ends = self.merge(ends, ears.heard(self.merge(over, held), deciding=True))
        if parallel.losers == "undo":
            for key, place in zip(keys, within, strict=True):
                losing = [value for value in variable.values if isinstance(value, tuple) and key not in value]
                self.give_up(place, self.among(variable, *losing))
        return self.without([variable], ends)

    # Scopes and giving up

    def scope(self, key: str, body: Blocks, interrupts: list[Interrupt]) -> Ends:
        names = [interrupt.key for interrupt in interrupts]
        variable = self.make("scope", key, [NONE, OPEN, THROUGH, LEFT, HELD + LEFT, *names, *(HELD + name for name in names)])
        first, first_leave, first_scope = len(self.instances), len(self.leaves), len(self.scopes)
        outer, self.around = self.around, (*self.around, variable)
        inner = self.sequence(body)
        self.around = outer
        within = range(first, len(self.instances))
        leaving = [taken for leave, taken in self.leaves[first_leave:] if leave.of == key and leave.undo]
        takes_back = self.any(self.among(taken, taken.key) for taken in leaving)
        owed = self.owed(within)
        quiet, loud = inner.left.get(key, (NEVER, NEVER))
        options: list[Option] = [
            (self.both(self.among(variable, THROUGH), inner.through), None, "through"),
            (self.both(self.among(variable, OPEN), inner.idle), None, "idle"),
            (self.both(self.among(variable, OPEN), inner.busy), None, "busy"),
            (self.both(self.among(variable, LEFT), self.either(quiet, loud)), None, "through"),
            (self.held(variable, LEFT, quiet, loud, self.both(owed, takes_back)), None, "busy"),
        ]
        handlers, at_once = [], {}
        inside = self.scopes[first_scope:]
        for interrupt in interrupts:
            deaf = ALWAYS if interrupt.on is None else self.no(self.heard_inside(interrupt.on, inside, variable))
            quiet, loud = self.both(inner.idle, deaf), self.both(inner.busy, deaf)
            at_once[interrupt.key] = self.all([self.among(variable, interrupt.key), quiet, self.no(owed) if interrupt.undo else ALWAYS])
            handlers.append(self.sequence(interrupt.body))
            options.append((self.both(self.among(variable, interrupt.key), self.either(quiet, loud)), handlers[-1], ""))
            options.append((self.held(variable, interrupt.key, quiet, loud, owed if interrupt.undo else NEVER), None, "busy"))
        self.scopes.append(Listening(key, tuple(interrupts), variable, outer, dict(self.lanes), within, at_once))
        undoing = [name for interrupt in interrupts if interrupt.undo for name in (interrupt.key, HELD + interrupt.key)]
        left_undoing = self.both(self.among(variable, LEFT, HELD + LEFT), takes_back)
        self.give_up(within, self.either(self.among(variable, *undoing), left_undoing), end=within.stop)
        ends = self.choose(options, handlers)
        outward = {
            target: tuple(self.all([self.among(variable, OPEN), way, ends.absent]) for way in pair)
            for target, pair in inner.left.items()
            if target != key
        }
        ends = self.merge(ends, straight(NEVER, "idle")._replace(left=outward))
        return self.without([variable], ends._replace(absent=self.both(inner.absent, ends.absent)))

    def held(self, variable: Variable, way: str, quiet: Formula, loud: Formula, owed: Formula) -> Formula:
        """Given up, and a partner is still being asked."""
        return self.both(self.among(variable, HELD + way), self.either(loud, self.both(quiet, owed)))

    def heard_inside(self, event: str, scopes: list[Listening], of: Variable) -> Formula:
        """Whether a scope in the body stands open and listens, so that the event is not heard outside it."""
        hearing = [scope for scope in scopes if of in scope.around and scope.hears(event)]
        return self.any(self.stands_open(scope, (*scope.around[: scope.around.index(of)], of), of.path) for scope in hearing)

    def stands_open(self, scope: Listening, outer: tuple[Variable, ...], path: Path) -> Formula:
        """Whether a scope is open now, seen from what is `outer` to it: nothing between has been given up, and no round is over."""
        if any(copy == EARLIER for _, copy in scope.variable.path[len(path) :]):
            return NEVER
        return self.all(self.among(each, OPEN) for each in (*scope.around[len(outer) :], scope.variable))

    def give_up(self, within: Iterable[int], when: Formula, *, end: int | None = None) -> None:
        for index in within:
            self.instances[index].given_up.append(GivenUp(when, len(self.instances) if end is None else end))

    def owed(self, within: Iterable[int]) -> Formula:
        """Something finished among these would have to be taken back now."""
        return self.any(self.owes(self.instances[index]) for index in within)

    def owes(self, instance: Instance) -> Formula:
        kept = self.no(self.any(place.when for place in instance.given_up))
        taking = set(instance.contract.taking()) if instance.step.names("for") else set()
        plain = self.among(instance.variable, *(outcome for outcome in instance.contract.undo if outcome not in taking))
        money = self.among(instance.variable, *(outcome for outcome in instance.contract.undo if outcome in taking))
        surely_over = [each for each in self.instances if not each.beside(instance)]
        unearned = self.both(money, self.no(self.delivered(instance, surely_over)))
        return self.both(self.either(plain, unearned), kept)

    def delivered(self, payment: Instance, among: Iterable[Instance]) -> Formula:
        """Every service the payment is for was delivered, in the rounds it shares with it."""
        services = payment.step.names("for")
        return (
            self.all(
                self.any(self.delivers(each) for each in among if each.step.key == service and each.shares_rounds(payment))
                for service in services
            )
            if services
            else NEVER
        )

    def delivers(self, instance: Instance) -> Formula:
        return self.among(instance.variable, *instance.contract.delivering())
