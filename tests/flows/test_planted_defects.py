"""Is the oracle sharp? Each defect planted in the encoder is exposed: on some tree oracle and sound proof agree, and the defective one
differs. The trees were found by growing many; their seeds are kept. The first two defects are those no test had found before.
"""

from __future__ import annotations

from typing import Any

import pytest
from agreement import decided, grown
from growing import Json, branch, leave, on, parallel, pay, repeat, scope, serve, step, told, tree
from oracle import Oracle
from thicket import CONTRACTS, VOCABULARY

from core.conditions import Compare
from core.diagrams import NEVER
from flows.proof import ends as endings
from flows.proof.ears import Ears
from flows.proof.encoder import Encoder
from flows.proof.ends import Ends, Formula
from flows.proof.money import Money
from flows.proof.variables import Instance, Variable
from flows.schema import Interrupt, Parallel, Repeat, Tree


class TwoLeavesAtOnce(Encoder):
    """Both lanes may leave, each after its own last step."""

    def standing(self, lanes: list[Ends], need: int) -> Ends:
        ends = super().standing(lanes, need)
        targets = {target for lane in lanes for target in lane.left}
        for target in targets:
            pairs = [lane.left.get(target, (NEVER, NEVER)) for lane in lanes]
            every = self.all(self.either(*pair) for pair in pairs)
            left = endings.straight(NEVER, "idle")._replace(left={target: (every, NEVER)})
            ends = self.merge(ends, left)
        return ends


class RefundInAnyRound(Money):
    """A refund of another round gives this one's money back."""

    def naming(self, instance: Instance, setting: str) -> list[Instance]:
        return [each for each in self.instances if instance.step.key in each.step.names(setting)]


class GivenUpAtOnce(Encoder):
    """Giving up takes no time: nothing can strike meanwhile."""

    def held(self, *_: Any) -> Formula:
        return NEVER


class OneRound(Encoder):
    """There was never an earlier round."""

    def round_before(self, repeat: Repeat, earlier: Variable) -> tuple[Formula, Formula]:
        nothing, _ = super().round_before(repeat, earlier)
        return nothing, self.both(self.among(earlier, "earlier"), nothing)


class LosersToo(Encoder):
    """At least `need` lanes win."""

    def decided(self, lanes: list[Ends], wins: list[bool]) -> tuple[Formula, Formula]:
        looser = [lane if won else lane._replace(idle=self.either(lane.idle, lane.through)) for lane, won in zip(lanes, wins, strict=True)]
        return super().decided(looser, wins)


class AlwaysTakesBack(Encoder):
    """An interrupt takes back what was finished, whatever it says."""

    def scope(self, key: str, body: Any, interrupts: list[Interrupt]) -> Ends:
        return super().scope(key, body, [one.model_copy(update={"undo": True}) for one in interrupts])


class DeliveredInAnyRound(Encoder):
    """A service of another round pays for this one."""

    def delivered(self, payment: Instance, *_: Any) -> Formula:
        services = payment.step.names("for")
        every = [self.any(self.delivers(each) for each in self.instances if each.step.key == service) for service in services]
        return self.all(every) if services else NEVER


class UnknownIsFalse(Encoder):
    """A comparison with an unknown fact is false."""

    def compare(self, comparison: Compare, variable: Variable | None, truth: bool) -> Formula:
        holds = super().compare(comparison, variable, True)
        return holds if truth else self.no(holds)


class HeardEverywhere(Encoder):
    """An outer scope hears an event that an inner one takes."""

    def heard_inside(self, *_: Any) -> Formula:
        return NEVER


class OneEar(Encoder):
    """An event strikes in one lane only."""

    def lane_ends(self, parallel: Parallel) -> tuple[list[Ends], Ears]:
        ends, ears = super().lane_ends(parallel)
        ears.pairs = []
        return ends, ears


class TimeOutsTell(Encoder):
    """A time-out brings the facts of its outcome."""

    def fact(self, variable: Variable, *, known: bool, **_: bool) -> Formula:
        return super().fact(variable, known=known, maybe=False)


class RoundsRemember(Encoder):
    """A round sees the facts of the round before it."""

    def round_before(self, repeat: Repeat, earlier: Variable) -> tuple[Formula, Formula]:
        body = self.copy(repeat, "earlier")
        return body.absent, self.all([self.among(earlier, "earlier"), body.through, self.certain(repeat.until, False)])


EXPOSED: list[tuple[type[Any], int]] = [
    (TwoLeavesAtOnce, 59),
    (RefundInAnyRound, 55),
    (GivenUpAtOnce, 362),
    (OneRound, 55),
    (LosersToo, 1897),
    (AlwaysTakesBack, 84),
    (DeliveredInAnyRound, 1484),
    (UnknownIsFalse, 9),
    (HeardEverywhere, 102),
]


def two_lanes_hear_one_event() -> Tree:
    """Whoever cancels cancels in both lanes: the payment is given back before the other lane can leave without it."""
    asked = scope("ca", [step("t")], on("cancelled", [step("h"), leave("x", "o")], key="ia", undo=False))
    refund = step("u", "refund@1", settings={"of": ["q"]})
    paid = scope("cb", [pay("q", "s"), serve("s", ports={"missed": [refund]})], on("cancelled", key="ib"))
    return tree(scope("o", [parallel("p", [asked], [paid])]))


def silence_is_a_declared_end() -> Tree:
    """Nobody answers: the step ends in time with its main outcome, and without its score."""
    scored = {"fact": "a.score", "op": "below", "value": 3}
    guarded: Json = {"all": [told("a", "answered"), scored]}
    return tree(step("a", "task@1") | {"type": "ask@1", "ports": {"declined": []}}, branch("b", (guarded, [step("z")]), otherwise=[]))


def a_round_forgets() -> Tree:
    """Whether the first round's answer is still known in the second."""
    looked = branch("b", ({"fact": "a.outcome", "op": "known"}, [step("z")]), otherwise=[])
    return tree(repeat("r", [looked, step("a")], told("a"), 3, []))


DRAWN: list[tuple[type[Any], Tree]] = [
    (OneEar, two_lanes_hear_one_event()),
    (TimeOutsTell, silence_is_a_declared_end()),
    (RoundsRemember, a_round_forgets()),
]


@pytest.mark.parametrize(("defect", "seed"), EXPOSED, ids=[defect.__name__ for defect, _ in EXPOSED])
def test_the_defect_is_exposed_by_a_random_tree(defect: type[Any], seed: int) -> None:
    expose(defect, grown(seed))


@pytest.mark.parametrize(("defect", "tree"), DRAWN, ids=[defect.__name__ for defect, _ in DRAWN])
def test_the_defect_is_exposed_by_a_tree_drawn_for_it(defect: type[Any], tree: Tree) -> None:
    expose(defect, tree)


def expose(defect: type[Any], tree: Tree) -> None:
    truth = Oracle(tree, CONTRACTS, VOCABULARY).verdicts()
    assert decided(tree) == truth
    planted = {"money": defect} if issubclass(defect, Money) else {"encoder": defect}
    assert decided(tree, **planted) != truth
