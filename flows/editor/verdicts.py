"""What the canvas is told about a draft: its faults, its conditions in words, the settings that are wrong."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from typing import Any

from core.conditions import sentence
from flows.actions import SETTINGS, takes_money
from flows.editor import sources
from flows.editor.field import vocabulary
from flows.editor.forms import CHOSEN, messages
from flows.nodes import CONTRACTS, PALETTE
from flows.proof import Fault, faults
from flows.queries import start_facts
from flows.schema import FLOW, Branch, Repeat, Tree, steps_in, walk

AT_SETTING = {"money.purpose_missing": "for", "money.desk_missing": "desk"}
"""Faults that belong to one setting of their step."""
EMPTY = Fault("flow.empty", "E", (FLOW,), "流程里还没有步骤。")
UNCHOSEN = re.compile(r'用到的""不存在|"还没有选看哪一项"')
UNFILLED = re.compile(r'^"\(未填写\)"不是"(.+)"的可选值。$')


def of(tree: Tree) -> dict[str, Any]:
    found = [replace(one, text=plain(one.text)) for one in faults(tree, CONTRACTS, start_facts(), SETTINGS)] + unpublished(tree)
    if not tree.body:
        found.insert(0, EMPTY)
    return {
        "faults": [asdict(fault) for fault in found],
        "sentences": sentences(tree),
        "fields": fields(tree, found),
        "takes_money": takes_money(tree),
    }


def plain(text: str) -> str:
    """What is merely not filled in yet, said as that."""
    if UNCHOSEN.search(text):
        return "条件里还有一条没有选看哪一项。"
    return UNFILLED.sub(r"“\1”还没有填要比的值。", text)


def sentences(tree: Tree) -> dict[str, str]:
    """The words of every condition, by the key of its case or repeat."""
    words = vocabulary(tree)
    told: dict[str, str] = {}
    for block, _ in walk(tree):
        if isinstance(block, Branch):
            told |= {case.key: sentence(case.when, words) for case in block.cases}
        elif isinstance(block, Repeat):
            told[block.key] = sentence(block.until, words)
    return told


def fields(tree: Tree, found: list[Fault]) -> dict[str, dict[str, list[str]]]:
    """Messages at settings: step key → setting → sentences."""
    told: dict[str, dict[str, list[str]]] = {}
    for step in steps_in(tree):
        if step.type in PALETTE and (wrong := messages(PALETTE[step.type], step.settings)):
            told[step.key] = wrong
        if any(key not in {one.key for one in steps_in(tree)} for key in step.names("amount_of")):
            told.setdefault(step.key, {})["amount_of"] = ["选的账单步骤已不在流程里"]
    for fault in found:
        if setting := AT_SETTING.get(fault.code):
            told.setdefault(fault.keys[0], {}).setdefault(setting, []).append(fault.text)
    return told


def unpublished(tree: Tree) -> list[Fault]:
    """Settings that choose from a list of another room, and name what it does not offer (any more)."""
    found: list[Fault] = []
    for step in steps_in(tree):
        for (node, setting), source in CHOSEN.items():
            if step.type.partition("@")[0] == node and sources.is_offered(source):
                usual = PALETTE[step.type].settings.model_fields[setting].default if step.type in PALETTE else ""
                found.extend(unoffered(step.key, step.title, str(step.settings.get(setting, usual) or ""), source))
    return found


UNOFFERED = {
    sources.GUIDE_PAGES: (
        "care.page_missing",
        "还没有选哪一页，患者点开看不到内容。",
        "care.page_unpublished",
        "选的页面没有发布，患者点开看不到内容。",
    ),
    sources.ROLES: ("care.role_missing", "没有指定负责的岗位。", "care.role_missing", "指定的岗位不存在，没有人会接到这件事。"),
    sources.STAFF_PROCESSES: ("care.process_missing", "没有选办理程序。", "care.process_missing", "选的办理程序不存在，会按一般程序办。"),
}
"""For each list: what is said where nothing is chosen, and where something is chosen that is not offered."""


def unoffered(key: str, title: str, value: str, source: str) -> list[Fault]:
    missing, nothing, gone, strange = UNOFFERED[source]
    if value in dict(sources.choices(source)) and value:
        return []
    return [Fault(gone, "W", (key,), f"「{title}」{strange}") if value else Fault(missing, "W", (key,), f"「{title}」{nothing}")]
