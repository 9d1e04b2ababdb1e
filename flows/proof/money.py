"""What becomes of money, as questions about complete runs (flow-language §6.3): taken, delivered, given back, kept, paid twice.

Each question speaks of one step in one copy; a repeat has two copies, and a third would be the earlier one once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

from flows.proof.encoder import Encoder
from flows.proof.ends import Formula
from flows.proof.question import Question
from flows.proof.variables import EARLIER, MOST_ROUNDS, Instance
from flows.schema import Repeat, Tree, walk

GIVES_BACK = ("returned", "held", "resolved")  # how a refund or a desk ends that has seen to the money
NOTHING_DUE = "nothing_due"  # a payment for which nothing had to be paid
COVERED = "covered"  # an insurance settled beforehand


class Money:
    def __init__(self, encoder: Encoder, tree: Tree) -> None:
        self.encoder, self.instances = encoder, encoder.instances
        self.rounds = {block.key: block.at_most or MOST_ROUNDS for block, _ in walk(tree) if isinstance(block, Repeat)}

    def questions(self) -> Iterator[Question]:
        for each in self.instances:
            key, contract = each.step.key, each.contract
            if contract.taking():
                yield Question("money.unaccounted", (key,), self.unaccounted(each))
            if contract.delivering() and (payers := self.payers(each)):
                yield Question("money.service_unpaid", (key,), self.unpaid(each, payers))
            if each.step.names("of"):
                yield Question("money.refund_of_nothing", (key,), self.of_nothing(each))
            if COVERED in contract.ends():
                yield Question("money.reserved_unused", (key,), self.unused(each))
        yield from self.paid_twice()

    def no(self, formulas: Iterable[Formula]) -> Formula:
        return self.encoder.algebra.no(self.encoder.any(formulas))

    def ended(self, instance: Instance, outcomes: Iterable[str]) -> Formula:
        return self.encoder.among(instance.variable, *outcomes)

    def takes(self, instance: Instance) -> Formula:
        return self.ended(instance, instance.contract.taking())

    def naming(self, instance: Instance, setting: str) -> list[Instance]:
        """The steps whose setting names this one, in the rounds they share."""
        return [each for each in self.instances if instance.step.key in each.step.names(setting) and each.shares_rounds(instance)]

    def payers(self, service: Instance) -> list[Instance]:
        return [each for each in self.instances if service.step.key in each.step.names("for") and each.contract.taking()]

    def not_taken_back(self, instance: Instance, outcomes: Iterable[str]) -> Formula:
        """The outcome lies in nothing that was given up with all it held."""
        back = self.ended(instance, set(outcomes) & set(instance.contract.undo))
        return self.no([self.encoder.both(back, place.when) for place in instance.given_up])

    def not_given_back(self, payment: Instance) -> Formula:
        return self.no(self.ended(each, GIVES_BACK) for each in self.naming(payment, "of"))

    def unaccounted(self, payment: Instance) -> Formula:
        taken = self.not_taken_back(payment, payment.contract.taking())
        undelivered = self.no([self.encoder.delivered(payment, self.instances)])
        return self.encoder.all([self.takes(payment), taken, undelivered, self.not_given_back(payment)])

    def unpaid(self, service: Instance, payers: list[Instance]) -> Formula:
        paid = [self.ended(each, [*each.contract.taking(), NOTHING_DUE]) for each in payers if each.shares_rounds(service)]
        return self.encoder.all([self.encoder.delivers(service), self.no(paid)])

    def of_nothing(self, refund: Instance) -> Formula:
        named = [each for each in self.instances if each.step.key in refund.step.names("of") and each.shares_rounds(refund)]
        return self.encoder.all([self.ended(refund, GIVES_BACK), self.no(self.takes(each) for each in named)])

    def unused(self, reserved: Instance) -> Formula:
        used = self.no(self.takes(each) for each in self.naming(reserved, "insurance"))
        return self.encoder.all([self.ended(reserved, [COVERED]), self.not_taken_back(reserved, [COVERED]), used])

    # Paid twice

    def paid_twice(self) -> Iterator[Question]:
        for service in dict.fromkeys(each.step.key for each in self.instances):
            payments = [each for each in self.instances if service in each.step.names("for") and each.contract.taking()]
            if payments:
                repeats = next({repeat for repeat, _ in each.path} for each in self.instances if each.step.key == service)
                yield from self.pairs(service, payments, repeats)

    def pairs(self, service: str, payments: list[Instance], repeats: set[str]) -> Iterator[Question]:
        for one in payments:
            if any(copy == EARLIER and repeat not in repeats and self.rounds[repeat] > 2 for repeat, copy in one.path):
                yield Question("money.paid_twice", (service, one.step.key, one.step.key), self.kept(one))
        for one, other in combinations(payments, 2):
            theirs = dict(other.path)
            if all(theirs.get(repeat, copy) == copy for repeat, copy in one.path if repeat in repeats):
                both = self.encoder.both(self.kept(one), self.kept(other))
                yield Question("money.paid_twice", (service, one.step.key, other.step.key), both)

    def kept(self, payment: Instance) -> Formula:
        """Taken and neither given back nor taken back; what was earned before its scope was given up is not taken back."""
        stays = [self.takes(payment), self.not_given_back(payment)]
        for place in payment.given_up:
            over = [each for index, each in enumerate(self.instances) if index < place.end or each.beside(payment)]
            back = self.ended(payment, set(payment.contract.taking()) & set(payment.contract.undo))
            given_up = self.encoder.both(back, place.when)
            stays.append(self.encoder.either(self.encoder.algebra.no(given_up), self.encoder.delivered(payment, over)))
        return self.encoder.all(stays)
