"""What conditions read, as far as the drawing shows it (S8, F1 to F7)."""

from __future__ import annotations

from collections.abc import Iterator

from core.conditions import check, compares
from flows.proof.draft import Draft
from flows.proof.fault import Fault, error
from flows.schema import Block, Parallel, Parents, Step, Tree, parts, steps_in


def conditions(draft: Draft) -> Iterator[Fault]:
    """S8, F1 to F5."""
    for block, _, condition, _ in draft.reads():
        for finding in check(condition, draft.vocabulary, draft.title(block)):
            yield error(finding.code, finding.text, block.key)


def reads(draft: Draft) -> Iterator[Fault]:
    """F6, F7: whose facts are read where they cannot be known."""
    for block, parents, condition, own in draft.reads():
        for key in dict.fromkeys(comparison.fact.partition(".")[0] for comparison in compares(condition)):
            if key in draft.steps and key not in own:
                yield from read(draft, block, parents, key)
    for step, _, parents in draft.typed():
        if step.match is not None and (key := step.match.partition(".")[0]) in draft.steps:
            yield from read(draft, step, parents, key)
        for source in step.names("amount_of"):
            if source in beside(parents):
                yield from read(draft, step, parents, source)


def read(draft: Draft, block: Block, parents: Parents, key: str) -> Iterator[Fault]:
    title, step = draft.title(block), draft.title_of(key)
    if key in beside(parents):
        text = f"「{title}」要看「{step}」的结果，但两者同时进行，先后不定。请移到并行之后。"
        yield error("flow.race_read", text, block.key, key)
    elif key not in before(block, parents):
        yield error("flow.read_too_early", f"「{title}」要看「{step}」的结果，但那时它还没有开始。", block.key, key)


def beside(parents: Parents) -> set[str]:
    """The steps in sibling lanes of every parallel one stands in."""
    lanes = [lane for parent, part in parents if isinstance(parent, Parallel) for lane in parts(parent) if lane.key != part.key]
    return {step.key for lane in lanes for child in lane.body for step in steps_in(child)}


def before(block: Block, parents: Parents) -> set[str]:
    """The steps that may be over when `block` is entered."""
    over: set[str] = set()
    inner = block
    for parent, part in reversed(parents):
        for sibling in part.body[: part.body.index(inner)]:
            over |= {step.key for step in steps_in(sibling)}
        if isinstance(parent, Step):
            over.add(parent.key)
        if part.of in ("exhausted", "interrupt"):
            over |= {step.key for child in parts(parent)[0].body for step in steps_in(child)}
        if not isinstance(parent, Tree):
            inner = parent
    return over


RULES = (conditions, reads)
