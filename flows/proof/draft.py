"""A tree with everything its faults are judged by, and short ways through it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from pydantic import BaseModel

from core.conditions import Condition, Vocabulary
from flows.schema import FLOW, Block, Branch, Contract, Parallel, Parents, Repeat, Scope, Step, Tree, steps_in, walk

KIND_TITLES = {"step": "步骤", "branch": "分支", "parallel": "并行", "repeat": "重复", "scope": "范围", "leave": "离开"}
References = Mapping[str, Collection[str]]
"""What other rooms offer, by kind: roles, staffed, templates, surveys, pages, departments, texts. A kind that is absent is not checked."""


@dataclass
class Draft:
    """A tree with everything its faults are judged by."""

    tree: Tree
    contracts: Mapping[str, Contract]
    vocabulary: Vocabulary
    settings: Mapping[str, type[BaseModel]]
    references: References
    steps: Mapping[str, Step]

    def contract(self, step: Step) -> Contract | None:
        return self.contracts.get(step.type)

    def title(self, block: Block) -> str:
        """What staff call a block: its title, its type's, or its key."""
        contract = self.contract(block) if isinstance(block, Step) else None
        return block.title or (contract.title if contract else "") or block.key

    def title_of(self, key: str) -> str:
        """What staff call whatever has this key."""
        return self.titles.get(key) or key

    @cached_property
    def titles(self) -> dict[str, str]:
        named = {key: title for key, title, _ in self.names()} | {FLOW: self.tree.title or "流程"}
        return named | {block.key: self.title(block) for block, _ in walk(self.tree)}

    def typed(self) -> Iterator[tuple[Step, Contract, Parents]]:
        """The steps whose type is known."""
        for block, parents in walk(self.tree):
            if isinstance(block, Step) and (contract := self.contract(block)):
                yield block, contract, parents

    def scopes(self) -> Iterator[tuple[Tree | Scope, str]]:
        yield self.tree, FLOW
        yield from ((block, block.key) for block, _ in walk(self.tree) if isinstance(block, Scope))

    def names(self) -> Iterator[tuple[str, str, str]]:
        """(key, title, what it is) of everything that has a key, in the order drawn."""
        for interrupt in self.tree.interrupts:
            yield interrupt.key, interrupt.title, "中断"
        for block, _ in walk(self.tree):
            yield block.key, block.title, KIND_TITLES[block.kind]
            if isinstance(block, Branch):
                yield from ((case.key, case.title, "分支条件") for case in block.cases)
            if isinstance(block, Parallel):
                yield from ((lane.key, lane.title, "并行线") for lane in block.lanes)
            if isinstance(block, Scope):
                yield from ((interrupt.key, interrupt.title, "中断") for interrupt in block.interrupts)

    def reads(self) -> Iterator[tuple[Block, Parents, Condition, list[str]]]:
        """(block, parents, condition, steps of its own that are over by then) of every condition."""
        for block, parents in walk(self.tree):
            if isinstance(block, Branch):
                yield from ((block, parents, case.when, []) for case in block.cases)
            if isinstance(block, Repeat):
                yield block, parents, block.until, [step.key for child in block.body for step in steps_in(child)]


def listening(parents: Parents) -> list[Tree | Scope]:
    """The scopes that are open while one stands here: those whose body one is in, not their handlers."""
    return [parent for parent, part in parents if isinstance(parent, Tree | Scope) and part.of == "body"]
