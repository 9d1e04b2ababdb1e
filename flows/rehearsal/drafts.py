"""The draft under rehearsal, made ready: its program, the words for its steps, the facts a visit begins with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from core.conditions import Fact
from flows import actions
from flows.models import FlowDefinition, FlowVersion
from flows.nodes import CONTRACTS
from flows.program import Program, flatten
from flows.queries import start_facts
from flows.rehearsal.play import Stage
from flows.rehearsal.replay import Subject
from flows.rehearsal.verdict import Names, outcomes
from flows.schema import Step, Tree, steps_in, vocabulary_of, walk
from flows.wording import EVENTS


def tree_of(definition: FlowDefinition) -> Tree:
    """The draft as last saved, with the rule that ends every visit with its day. Raises FlowIncomplete."""
    draft: FlowDefinition = definition.get_latest_revision_as_object() if definition.latest_revision_id else definition
    return actions.complete(draft)


def walked(tree: Tree) -> list[Step]:
    """Every step of the tree, in the order drawn."""
    return list(steps_in(tree))


def program_of(tree: Tree) -> Program:
    return flatten(tree, CONTRACTS)


def titles_of(tree: Tree) -> dict[str, str]:
    """Every block, case, lane and interrupt → what staff call it."""
    found: dict[str, str] = {}
    for block, _ in walk(tree):
        found[block.key] = block.title or (CONTRACTS[block.type].title if block.kind == "step" and block.type in CONTRACTS else block.key)
        found |= inner_titles(block)
    return found | {one.key: one.title or one.key for one in tree.interrupts}


def inner_titles(block: Any) -> dict[str, str]:
    named = [*getattr(block, "cases", []), *getattr(block, "lanes", []), *getattr(block, "interrupts", [])]
    return {one.key: one.title or one.key for one in named}


def facts_of(tree: Tree) -> dict[str, str]:
    words: Mapping[str, Fact] = {**start_facts(), **vocabulary_of(tree, CONTRACTS)}
    return {name: fact.title for name, fact in words.items()}


def subject(tree: Tree, versions: Iterable[FlowVersion]) -> Subject:
    """What a replay needs to know of both sides."""
    return Subject(program_of(tree), {one.sha256: one.program for one in versions}, CONTRACTS, facts_of(tree), titles_of(tree))


def stage(tree: Tree) -> Stage:
    program = program_of(tree)
    return Stage(program, Names(titles_of(tree), outcomes(program, CONTRACTS), facts_of(tree)), start_facts(), EVENTS)


__all__ = ["facts_of", "program_of", "stage", "subject", "titles_of", "tree_of", "walked"]
