"""How things of a tree and their places are told in Chinese. For comparing two trees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel

from core.conditions import Condition, Vocabulary, sentence
from flows.schema import FLOW, Case, Contract, Interrupt, Leave, Step, Tree, vocabulary_of
from flows.spots import Found, Spot, inventory

KINDS = {"step": "步骤", "branch": "分支", "parallel": "并行", "repeat": "重复", "scope": "范围", "leave": "离开"}
EVENTS = {
    "visit.cancelled": "患者取消就诊",
    "appointment.withdrawn": "HIS 退号",
    "clinic.stopped": "医生停诊",
    "visit.day_over": "当天结束",
}
"""What may interrupt a scope, in words."""
UNDO = {True: "退回已完成步骤", False: "不退"}
LONGEST = 40


def quoted(text: str) -> str:
    """A text of staff's own, cut where it gets long."""
    return f"“{text if len(text) <= LONGEST else text[: LONGEST - 1] + '…'}”"


def listed(names: Sequence[str]) -> str:
    return "、".join(f"「{name}」" for name in names)


@dataclass(frozen=True)
class Side:
    """One of two trees, with what its words come from. `contracts` are those it was proved against, `settings` typed, by type."""

    tree: Tree
    contracts: Mapping[str, Contract]
    vocabulary: Vocabulary = field(default_factory=dict)
    settings: Mapping[str, type[BaseModel]] = field(default_factory=dict)


class Words:
    """The words of one tree."""

    def __init__(self, side: Side) -> None:
        self.side, self.tree = side, side.tree
        self.things = inventory(side.tree)
        self.vocabulary: Vocabulary = {**side.vocabulary, **vocabulary_of(side.tree, side.contracts)}

    # Names

    def name(self, key: str) -> str:
        """What staff call it: its title, its type's, or its key."""
        one = self.things.get(key)
        if key == FLOW or one is None:
            return self.tree.title or "流程" if key == FLOW else key
        if isinstance(one.thing, Leave):
            return f"离开{'整个流程' if one.thing.of == FLOW else self.name(one.thing.of)}"
        return one.thing.title or (
            self.contract(one.thing).title if isinstance(one.thing, Step) and one.thing.type in self.side.contracts else key
        )

    def contract(self, step: Step) -> Contract:
        return self.side.contracts[step.type]

    def titled(self, key: str) -> str:
        """「…」 with what it is before it: 步骤「候诊」, 范围「看医生」, 流程."""
        one = self.things.get(key)
        if one is None:
            return "流程" if key == FLOW else f"「{key}」"
        if one.kind == "leave":
            return f"“{self.name(key)}”"
        return f"{KINDS.get(one.kind, '')}「{self.name(key)}」"

    def scope(self, key: str) -> str:
        return "整个流程" if key == FLOW else f"「{self.name(key)}」"

    def outcome(self, step: Step, outcome: str) -> str:
        contract = self.side.contracts.get(step.type)
        return next((one.title for one in contract.outcomes if one.key == outcome), outcome) if contract else outcome

    def condition(self, condition: Condition) -> str:
        return sentence(condition, self.vocabulary)

    def trigger(self, interrupt: Interrupt) -> str:
        """When it strikes: 患者取消就诊时, 进入 720 分钟后."""
        if interrupt.after is not None:
            return f"进入 {interrupt.after} 分钟后"
        return f"{EVENTS.get(interrupt.on or '', interrupt.on or '没有写什么时候')}时"

    # Places

    def container(self, spot: Spot) -> str:
        """The list something stands in: 流程, 范围「看医生」, 分支「年龄」的「老人」, 「缴费」的“超时未缴”处理."""
        if spot.parent == FLOW:
            return "流程"
        one = self.things[spot.parent]
        if one.kind in ("case", "lane", "interrupt"):
            ending = {"case": "", "lane": "线", "interrupt": "处理"}[one.kind]
            return f"{self.owner(one)}的「{self.name(one.key)}」{ending}"
        if isinstance(one.thing, Step):
            return f"「{self.name(one.key)}」的“{self.outcome(one.thing, spot.key)}”处理"
        ending = {"otherwise": "的“其他情况”", "exhausted": "的“次数用完”处理"}.get(spot.of, "")
        return f"{self.titled(one.key)}{ending}"

    def owner(self, one: Found) -> str:
        return self.titled(one.spot.parent)

    def place(self, one: Found) -> str:
        """在「报到」之后, 在范围「看医生」的开头."""
        return f"「{self.name(one.after)}」之后" if one.after else f"{self.container(one.spot)}的开头"

    # Sentences

    def added(self, one: Found, inside: int) -> str:
        if isinstance(one.thing, Case):
            told = f"{self.owner(one)}新增情况「{self.name(one.key)}」（{self.condition(one.thing.when)}）"
        elif one.kind == "lane":
            told = f"{self.owner(one)}新增「{self.name(one.key)}」线"
        elif isinstance(one.thing, Interrupt):
            told = f"{self.owner(one)}新增中断「{self.name(one.key)}」（{self.trigger(one.thing)}，{UNDO[one.thing.undo]}）"
        else:
            return f"在{self.place(one)}新增{self.titled(one.key)}{with_inside(inside)}。"
        return f"{told}：{steps(inside)}。"

    def removed(self, one: Found, inside: int) -> str:
        if one.kind == "case":
            return f"{self.owner(one)}删除情况「{self.name(one.key)}」{with_inside(inside)}。"
        if one.kind == "lane":
            return f"{self.owner(one)}删除「{self.name(one.key)}」线{with_inside(inside)}。"
        if one.kind == "interrupt":
            return f"{self.owner(one)}不再有中断「{self.name(one.key)}」{with_inside(inside)}。"
        return f"删除{self.titled(one.key)}{with_inside(inside)}。"

    def part_added(self, key: str, part: tuple[str, str], blocks: int) -> str:
        return f"{self.titled_short(key)}新增{self.part(key, part)}：{steps(blocks)}。"

    def part_removed(self, key: str, part: tuple[str, str], blocks: int) -> str:
        if part[0] == "otherwise":
            return f"{self.titled_short(key)}不再有“其他情况”{had(blocks)}。"
        return f"{self.titled_short(key)}不再有{self.part(key, part)}{had(blocks)}。"

    def part(self, key: str, part: tuple[str, str]) -> str:
        thing = self.things[key].thing
        if isinstance(thing, Step):
            return f"对“{self.outcome(thing, part[1])}”的处理"
        return "“其他情况”" if part[0] == "otherwise" else "对“次数用完”的处理"

    def titled_short(self, key: str) -> str:
        """A step needs no word for what it is."""
        return f"「{self.name(key)}」" if self.things[key].kind == "step" else self.titled(key)


def moved(keys: Sequence[str], was: Words, now: Words) -> str:
    """Neighbours that went from one list to another, or within their list."""
    names = listed([now.name(key) for key in keys])
    old, new = was.things[keys[0]], now.things[keys[0]]
    if old.spot == new.spot:
        return f"{names}移到{now.place(new)}。"
    return f"{names}从{was.container(old.spot)}移到{now.container(new.spot)}中。"


def steps(count: int) -> str:
    return f"{count} 个步骤" if count else "照常往下"


def with_inside(count: int) -> str:
    return f"及其中 {count} 个步骤" if count else ""


def had(count: int) -> str:
    return f"（原有 {count} 个步骤）" if count else ""
