"""The tree as a nested list of words: for pages without scripts, for readers, for print."""

from __future__ import annotations

from dataclasses import dataclass

from core.conditions import Vocabulary, sentence
from flows.nodes import CONTRACTS, PALETTE
from flows.schema import Block, Branch, Part, Repeat, Step, Tree, parts
from flows.schema import Sequence as Blocks

KINDS = {"branch": "条件分支", "parallel": "并行", "repeat": "重复", "scope": "范围", "leave": "离开"}


@dataclass(frozen=True)
class Line:
    """One block: what it is called, what it is, and the ways below it, each with its words and lines."""

    title: str
    kind: str
    ways: tuple[tuple[str, tuple[Line, ...]], ...]


def outline(tree: Tree, vocabulary: Vocabulary) -> tuple[Line, ...]:
    return lines(tree.body, vocabulary)


def lines(blocks: Blocks, vocabulary: Vocabulary) -> tuple[Line, ...]:
    return tuple(line(block, vocabulary) for block in blocks)


def line(block: Block, vocabulary: Vocabulary) -> Line:
    ways = tuple((words(block, part, vocabulary), lines(part.body, vocabulary)) for part in parts(block))
    kind = PALETTE[block.type].contract.title if isinstance(block, Step) and block.type in PALETTE else KINDS.get(block.kind, "未知步骤")
    return Line(block.title or kind, kind, ways)


def words(block: Block, part: Part, vocabulary: Vocabulary) -> str:
    """What leads into a part: an outcome, a condition, a line's name."""
    if isinstance(block, Step):
        contract = CONTRACTS.get(block.type)
        return next((f"{one.title}时" for one in contract.outcomes if one.key == part.key), part.key) if contract else part.key
    if isinstance(block, Branch):
        case = next((one for one in block.cases if one.key == part.key), None)
        return f"{case.title or '这条路'}：{sentence(case.when, vocabulary)}" if case else "其余情况"
    if isinstance(block, Repeat) and part.of == "body":
        return f"直到 {sentence(block.until, vocabulary)}，最多 {block.at_most or '不限'} 次"
    named = [*getattr(block, "lanes", []), *getattr(block, "interrupts", [])]
    return next((one.title or one.key for one in named if one.key == part.key), "次数用完" if part.of == "exhausted" else "")
