"""Whether a run of the kernel shows a fault: the same rows as the encoder's questions, asked of what was really done.

Written for the kernel's states and from the fault catalogue, not from the encoder: it is what the encoder's models must convince.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import combinations

from core.conditions import All
from flows.kernel import Advance
from flows.program import BranchAt, Program, StepAt
from flows.proof.money import COVERED, GIVES_BACK, NOTHING_DUE
from flows.proof.question import Question
from flows.proof.variables import amount_known_on
from flows.schema import Contract
from flows.state import Done

BOTH = "$both"  # the place a probed branch leads to when two of its cases hold
Goal = Callable[[Advance], bool]


class Confirming:
    """One program, and what counts as shown in it."""

    def __init__(self, program: Program, contracts: Mapping[str, Contract]) -> None:
        self.program = program
        self.contracts = {key: contracts[step.type] for key, step in program.steps.items()}

    def goal(self, question: Question) -> Goal:
        key = question.keys[0]
        if question.code == "flow.unknown_read":
            return lambda moved: stuck(moved, key, "unknown")
        if question.code == "flow.branch_gap":
            return lambda moved: stuck(moved, key, "gap")
        if question.code == "flow.branch_overlap":
            return lambda moved: stuck(moved, BOTH, "gap")
        if question.code == "money.amount_source":
            return lambda moved: self.opened_early(moved, key)
        judge = {
            "money.unaccounted": self.unaccounted, "money.service_unpaid": self.unpaid, "money.refund_of_nothing": self.of_nothing,
            "money.paid_twice": self.paid_twice, "money.reserved_unused": self.unused,
        }[question.code]  # fmt: skip
        return lambda moved: moved.state.status == "ended" and judge(key, moved.state.done)

    def probed(self, question: Question) -> Program:
        """The program to walk; for an overlap, one that stops where both cases hold."""
        if question.code != "flow.branch_overlap":
            return self.program
        key, taken, also = question.keys
        at = self.program.places[key]
        if not isinstance(at, BranchAt):
            raise TypeError(key)
        conditions = {case: when for case, when, _ in at.cases}
        index = [case for case, _, _ in at.cases].index(taken)
        probe = (BOTH, All(all=[conditions[taken], conditions[also]]), BOTH)
        branch = replace(at, cases=(*at.cases[:index], probe, *at.cases[index:]))
        return replace(self.program, places={**self.program.places, key: branch, BOTH: BranchAt(BOTH, (), None)})

    def opened_early(self, moved: Advance, payment: str) -> bool:
        source = self.program.steps[payment].names("amount_of")[0]
        known = source in self.contracts and moved.state.facts.get(f"{source}.outcome") in amount_known_on(self.contracts[source])
        return not known and any(effect.kind == "open" and effect.name.startswith(f"{payment}#") for effect in moved.effects)

    # Money, at the end

    def unaccounted(self, key: str, done: tuple[Done, ...]) -> bool:
        return any(row.key == key and self.takes(row) and not self.accounted(row, done) for row in done)

    def accounted(self, payment: Done, done: tuple[Done, ...]) -> bool:
        services = self.program.steps[payment.key].names("for")
        delivered = bool(services) and all(
            any(row.key == service and self.delivers(row) and same_rounds(row, payment) for row in done) for service in services
        )
        return payment.how is not None or delivered or self.given_back(payment, done)

    def given_back(self, payment: Done, done: tuple[Done, ...]) -> bool:
        return any(row.outcome in GIVES_BACK and self.names(row, "of", payment) for row in done)

    def unpaid(self, key: str, done: tuple[Done, ...]) -> bool:
        return any(
            service.key == key
            and self.delivers(service)
            and not any(self.names(row, "for", service) and (self.takes(row) or row.outcome == NOTHING_DUE) for row in done)
            for service in done
        )

    def of_nothing(self, key: str, done: tuple[Done, ...]) -> bool:
        return any(
            refund.key == key
            and refund.outcome in GIVES_BACK
            and not any(self.takes(row) and self.names(refund, "of", row) for row in done)
            for refund in done
        )

    def unused(self, key: str, done: tuple[Done, ...]) -> bool:
        return any(
            row.key == key
            and row.outcome == COVERED
            and row.how is None
            and not any(self.takes(payment) and self.names(payment, "insurance", row) for payment in done)
            for row in done
        )

    def paid_twice(self, service: str, done: tuple[Done, ...]) -> bool:
        at = self.program.places[service]
        rounds = set(at.repeats) if isinstance(at, StepAt) else set()
        kept = [row for row in done if self.kept(row, done) and service in self.program.steps[row.key].names("for")]
        return any(same_rounds(one, other, rounds) for one, other in combinations(kept, 2))

    def kept(self, row: Done, done: tuple[Done, ...]) -> bool:
        return self.takes(row) and row.how is None and not self.given_back(row, done)

    def takes(self, row: Done) -> bool:
        return row.outcome in self.contracts[row.key].taking()

    def delivers(self, row: Done) -> bool:
        return row.outcome in self.contracts[row.key].delivering()

    def names(self, row: Done, setting: str, other: Done) -> bool:
        return other.key in self.program.steps[row.key].names(setting) and same_rounds(row, other)


def stuck(moved: Advance, key: str, why: str) -> bool:
    return any(effect.kind == "trouble" and effect.why == why and effect.name.partition("#")[0] == key for effect in moved.effects)


def same_rounds(one: Done, other: Done, among: set[str] | None = None) -> bool:
    """Whether they ended in one round of every repeat that holds both (and is one of these)."""
    theirs = dict(other.rounds)
    return all(theirs.get(repeat, n) == n for repeat, n in one.rounds if among is None or repeat in among)
