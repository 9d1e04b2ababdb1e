"""Everything that depends on walks: encode, ask, and let the kernel take each walk before staff see it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any

from core.diagrams import NEVER, NODES, SECONDS, Diagrams, OverBudget
from flows.kernel import flatten
from flows.proof import reach, sentences
from flows.proof.confirm import Confirming
from flows.proof.draft import Draft
from flows.proof.encoder import Encoder
from flows.proof.fault import Fault, Turn, error
from flows.proof.money import Money
from flows.proof.question import Question
from flows.proof.variables import LEFT, NONE, OPEN, THROUGH, Variable
from flows.proof.walker import Walker, guide
from flows.schema import FLOW, Scope, steps_in, walk

log = logging.getLogger(__name__)
UNDECIDED = "flow.undecided_limit"
TRIES = 4  # models, before one is given up as a defect


class Judge:
    """Proves one draft. The structure must be sound enough to be encoded (`flows.proof.BLOCKING`)."""

    def __init__(self, draft: Draft, *, nodes: int = NODES, seconds: float = SECONDS) -> None:
        self.draft = draft
        self.diagrams = Diagrams(nodes=nodes, seconds=seconds)

    def faults(self) -> Iterator[Fault]:
        try:
            yield from self.found()
        except (OverBudget, RecursionError):
            yield undecided(self.draft)

    def found(self) -> list[Fault]:
        """All of them or none: a proof that stopped half way says nothing about the rest."""
        self.encoder = Encoder(self.draft.tree, self.draft.contracts, self.draft.vocabulary, self.diagrams)
        self.table = self.diagrams.possible(self.encoder.rules)
        found = [self.shown(question) for question in self.questions()]
        found += [sentences.never(self.draft, code, keys) for code, keys in reach.never(self.draft.tree, self.encoder, self.possible)]
        if self.encoder.ended == NEVER:
            found.append(error("flow.never_ends", "没有任何一种走法能走完本流程。", FLOW))
        return found

    def possible(self, variable: Variable) -> set[Any]:
        return {variable.values[index] for index in self.table[variable.level]}

    def questions(self) -> Iterator[Question]:
        """Those whose answer is yes, one for each code and card."""
        answered: set[tuple[str, tuple[str, ...]]] = set()
        for question in [*reach.shown(self.encoder, self.possible), *Money(self.encoder, self.draft.tree).questions()]:
            name = (question.code, question.keys if question.code == "flow.branch_overlap" else question.keys[:1])
            self.diagrams.in_time()
            if name not in answered and self.diagrams.meet(self.among(question), question.when):
                answered.add(name)
                yield question

    def among(self, question: Question) -> int:
        histories: int = self.encoder.ended if question.ended else self.encoder.rules
        return histories

    def shown(self, question: Question) -> Fault:
        """The fault with its walk. Models that the kernel cannot walk are a defect of this proof: logged, and nothing is claimed."""
        program, goal = self.confirming.probed(question), self.confirming.goal(question)
        when = self.diagrams.both(self.among(question), question.when)
        for _ in range(TRIES):
            model = self.diagrams.cheapest(when, self.costs)
            if model is None:
                break
            if taken := self.walker.walk(program, guide(self.encoder, model), goal):
                return self.sentence(question, taken, model)
            when = self.diagrams.both(when, self.otherwise(model))
        log.error("flows.proof: no walk for %s of %s in %s", question.code, question.keys, self.draft.tree.code)
        return undecided(self.draft, *question.keys)

    def otherwise(self, model: list[int]) -> int:
        """Another end of some scope than in this model."""
        scopes = [each.level for each in self.encoder.variables if each.kind == "scope"]
        return self.diagrams.no(self.diagrams.all(self.diagrams.among(level, [model[level]]) for level in scopes))

    def sentence(self, question: Question, taken: tuple[Turn, ...], model: list[int]) -> Fault:
        facts: dict[str, Any] = {}
        for reading in self.encoder.readings:
            if reading.block.key == question.keys[0] and model[reading.variable.level] != reading.variable.values.index(NONE):
                facts |= {name: each.values[model[each.level]] if each else NONE for name, each in reading.facts.items()}
        return replace(sentences.shown(self.draft, question, taken, facts), walk=taken)

    @cached_property
    def costs(self) -> list[list[int]]:
        """A step costs one, an interrupt two: the shortest walk is the least surprising one."""
        price = {"step": 1, "scope": 2, "earlier": 1}
        plain = {OPEN, THROUGH, LEFT, NONE}
        return [
            [0 if value == NONE or (each.kind == "scope" and value in plain) else price.get(each.kind, 0) for value in each.values]
            for each in self.encoder.variables
        ]

    @cached_property
    def confirming(self) -> Confirming:
        return Confirming(flatten(self.draft.tree, self.draft.contracts), self.draft.contracts)

    @cached_property
    def walker(self) -> Walker:
        interrupts = {one.key: one for scope, _ in self.draft.scopes() for one in scope.interrupts}
        return Walker(self.draft.contracts, self.draft.vocabulary, interrupts, self.encoder.values.keys())


def undecided(draft: Draft, *keys: str) -> Fault:
    """P12, at the largest scope."""
    scopes = [block for block, _ in walk(draft.tree) if isinstance(block, Scope)]
    largest = max(scopes, key=lambda scope: len(list(steps_in(scope))), default=None)
    key = largest.key if largest else FLOW
    return error(UNDECIDED, f"流程太复杂，无法在限定时间内验证。请拆分「{draft.title_of(key)}」。", *keys, key)
