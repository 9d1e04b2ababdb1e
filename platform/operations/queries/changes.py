"""What a submitted flow changes against what is out: for the second person, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from flows import actions
from flows.editor.field import vocabulary
from flows.editor.outline import KINDS, words
from flows.errors import FlowIncomplete
from flows.models import FlowDefinition, FlowVersion, Publication
from flows.nodes import PALETTE
from flows.schema import Block, Part, Step, Tree, digest, parts, walk
from operations.words import Word

ADDED, REMOVED, CHANGED, MOVED = Word("新加", "good"), Word("去掉", "urgent"), Word("改了", "watch"), Word("挪了位置", "busy")
FIELDS = {
    "title": "名称",
    "type": "步骤类型",
    "settings": "设置",
    "skippable": "能不能免除",
    "timeout": "时限",
    "reminders": "提醒",
    "match": "对应的单号",
    "need": "几路办完才走",
    "losers": "没走完的路怎么办",
    "until": "重复到什么时候",
    "at_most": "最多几次",
    "of": "离开哪里",
    "undo": "要不要撤回",
}
CHILDREN = ("body", "ports", "cases", "otherwise", "lanes", "exhausted", "interrupts", "kind", "key")


@dataclass(frozen=True)
class Change:
    word: Word
    title: str
    kind: str
    note: str = ""


@dataclass(frozen=True)
class Changes:
    """`against` is the version that is out; 0 when none is. `stale`: the draft was changed after it had been submitted."""

    rows: list[Change]
    against: int
    steps: int
    stale: bool = False
    definition: int = 0


def changes(process: Publication) -> Changes | None:
    """None when the flow that was submitted cannot be read any more."""
    definition = FlowDefinition.objects.filter(pk=process.definition).first()
    after = submitted(definition, process.sha256) if definition else None
    if definition is None or after is None:
        return None
    out = FlowVersion.objects.filter(definition=definition).exclude(sha256=process.sha256).order_by("-number").first()
    before = out.parsed if out else None
    stale = digest(after) != process.sha256
    return Changes(list(compared(before, after)), out.number if out else 0, len(blocks_of(after)), stale, definition.pk)


def submitted(definition: FlowDefinition, sha256: str) -> Tree | None:
    """What was published of it, else the draft as it is now."""
    if version := FlowVersion.objects.filter(definition=definition, sha256=sha256).first():
        return version.parsed
    try:
        return actions.complete(definition.get_latest_revision_as_object())
    except FlowIncomplete:
        return None


Place = tuple[Block, Block | Tree, Part]


def blocks_of(tree: Tree | None) -> dict[str, Place]:
    """Every block by key, with the part it stands in."""
    return {block.key: (block, *above[-1]) for block, above in walk(tree)} if tree else {}


def compared(before: Tree | None, after: Tree) -> Iterator[Change]:
    """In the order of the new tree, what is gone last."""
    old, new = blocks_of(before), blocks_of(after)
    stayed = in_place(before, after) if before else set()
    for key, (block, parent, part) in new.items():
        if key not in old:
            yield Change(ADDED, title(block), kind(block), where(parent, part, after))
        elif notes := differences(old[key][0], block, before, after):
            yield Change(CHANGED, title(block), kind(block), "；".join(notes))
        elif key not in stayed:
            yield Change(MOVED, title(block), kind(block), where(parent, part, after))
    for key, (block, _, _) in old.items():
        if key not in new:
            yield Change(REMOVED, title(block), kind(block))
    if before is not None and interrupts(before) != interrupts(after):
        yield Change(CHANGED, "整个流程", "流程", "中途离开的规则")


def in_place(before: Tree, after: Tree) -> set[str]:
    """Keys that stand in the same part, in the same order among those that stayed."""
    found: set[str] = set()
    old = orders(before)
    for place, keys in orders(after).items():
        mine = old.get(place, [])
        for match in SequenceMatcher(None, mine, keys, autojunk=False).get_matching_blocks():
            found |= set(mine[match.a : match.a + match.size])
    return found


def orders(tree: Tree) -> dict[tuple[str, str, str], list[str]]:
    found: dict[tuple[str, str, str], list[str]] = {}
    for block, above in walk(tree):
        parent, part = above[-1]
        found.setdefault((getattr(parent, "key", ""), part.of, part.key), []).append(block.key)
    return found


def differences(old: Block, new: Block, before: Tree | None, after: Tree) -> list[str]:
    """What is another of the block itself; what stands inside it is told by itself."""
    left, right = fields_of(old), fields_of(new)
    notes = [note(name, left.get(name), right.get(name), new) for name in FIELDS if left.get(name) != right.get(name)]
    if before is not None and ways(old, before) != ways(new, after):
        notes.append("出口或条件：" + "、".join(one for one in ways(new, after) if one not in ways(old, before)) or "出口或条件")
    return [one.removesuffix("：") for one in notes]


def fields_of(block: Block) -> dict[str, Any]:
    return {name: value for name, value in block.model_dump(mode="json").items() if name not in CHILDREN}


def ways(block: Block, tree: Tree) -> list[str]:
    """The ways out of it, in words; the round of a repeat is told by its own fields."""
    known = vocabulary(tree)
    return [words(block, part, known) for part in parts(block) if part.of not in ("body",)]


def note(name: str, old: Any, new: Any, block: Block) -> str:
    if name == "title":
        return f"名称“{old}”改为“{new}”"
    if name == "settings" and isinstance(block, Step):
        return f"设置：{'、'.join(settings_changed(block, old or {}, new or {}))}"
    if name == "skippable":
        return "可以免除" if new else "不能免除"
    return FIELDS[name]


def settings_changed(step: Step, old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Titles of the settings that differ; what is not set counts as its default."""
    fields = PALETTE[step.type].settings.model_fields if step.type in PALETTE else {}
    changed = [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
    return list(dict.fromkeys(str(fields[name].title) if name in fields and fields[name].title else "其他" for name in changed))


def interrupts(tree: Tree) -> list[tuple[Any, ...]]:
    return [(one.key, one.title, one.on, one.after, one.undo) for one in tree.interrupts]


def title(block: Block) -> str:
    return block.title or kind(block)


def kind(block: Block) -> str:
    if isinstance(block, Step):
        return PALETTE[block.type].contract.title if block.type in PALETTE else "未知步骤"
    return KINDS.get(block.kind, "步骤")


def where(parent: Block | Tree, part: Part, tree: Tree) -> str:
    """Where it stands now: after which step, in which part."""
    if isinstance(parent, Tree):
        return "在流程里"
    way = words(parent, part, vocabulary(tree)) if part.of != "body" else ""
    return f"在“{title(parent)}”{f'的“{way}”' if way else ''}里"
