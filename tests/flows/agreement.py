"""One random tree, judged by the proof and by the oracle."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping

from oracle import ASKED, Oracle, TooMany, Verdict
from thicket import CONTRACTS, VOCABULARY, Thicket

from core.conditions import Fact
from core.diagrams import NEVER, Diagrams
from flows.proof import BLOCKING, Fault, faults, reach
from flows.proof.encoder import Encoder
from flows.proof.money import Money
from flows.proof.question import Question
from flows.proof.variables import Variable
from flows.schema import Contract, Tree


def grown(seed: int, steps: int = 6) -> Tree:
    return Thicket(random.Random(seed), steps=steps).grow()


def name(fault: Fault) -> Verdict:
    """The fault as the oracle calls it."""
    whole = fault.code in ("flow.branch_overlap", "flow.case_dead")
    return fault.code, fault.keys if whole else fault.keys[:1]


def asked(found: Iterable[Fault]) -> set[Verdict]:
    return {name(fault) for fault in found if fault.code in ASKED or fault.code == "flow.undecided_limit"}


def disagreement(
    tree: Tree, most: int, contracts: Mapping[str, Contract] = CONTRACTS, vocabulary: Mapping[str, Fact] = VOCABULARY
) -> str | None:
    """None when the tree is not judged (broken as drawn, or too many states), empty when all agree, else what differs."""
    found = faults(tree, contracts, vocabulary)
    if {fault.code for fault in found} & BLOCKING:
        return None
    oracle = Oracle(tree, contracts, vocabulary, most=most)
    try:
        truth = oracle.verdicts()
    except TooMany:
        return None
    proved = asked(found)
    told = [f"only the proof: {sorted(proved - truth)}"] if proved - truth else []
    told += [f"only the oracle: {sorted(truth - proved)}"] if truth - proved else []
    for fault in found:
        if fault.walk and not shows(oracle, fault):
            told.append(f"the walk does not show {name(fault)}: {fault.text}")
    return "; ".join(told)


def shows(oracle: Oracle, fault: Fault) -> bool:
    """Whether the kernel, going the walk, comes to the fault."""
    events = [turn.event(f"e{index}") for index, turn in enumerate(fault.walk) if turn.type != "ended"]
    return name(fault) in oracle.shown_by(events)


def decided(
    tree: Tree,
    encoder: type[Encoder] = Encoder,
    money: type[Money] = Money,
    contracts: Mapping[str, Contract] = CONTRACTS,
    vocabulary: Mapping[str, Fact] = VOCABULARY,
) -> set[Verdict]:
    """The verdicts of a given encoder, without walks."""
    diagrams = Diagrams()
    made = encoder(tree, contracts, vocabulary, diagrams)
    table = diagrams.possible(made.rules)

    def possible(variable: Variable) -> set[object]:
        return {variable.values[index] for index in table[variable.level]}

    def meets(question: Question) -> bool:
        return diagrams.meet(made.ended if question.ended else made.rules, question.when)

    return verdicts(tree, made, money, possible, meets) | ({("flow.never_ends", ("$flow",))} if made.ended == NEVER else set())


def verdicts(
    tree: Tree,
    encoder: Encoder,
    money: type[Money],
    possible: Callable[[Variable], set[object]],
    meets: Callable[[Question], bool],
) -> set[Verdict]:
    """As the oracle calls them, whoever decides."""
    shown = [*reach.shown(encoder, possible), *money(encoder, tree).questions()]
    found = {name(Fault(question.code, "E", question.keys, "")) for question in shown if meets(question)}
    return found | {name(Fault(code, "E", keys, "")) for code, keys in reach.never(tree, encoder, possible)}
