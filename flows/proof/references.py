"""What a flow borrows from other rooms, and whether the patient can always cancel (C rows).

A kind of reference is judged when `references` lists what there is; else `unchecked` says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from flows.proof.draft import Draft, References, listening
from flows.proof.fault import Fault, error, warning
from flows.schema import Step, Tree, steps_in

CANCELLED = "visit.cancelled"
STATES = {"now": "轮到", "done": "完成"}


class Kind(NamedTuple):
    """A setting that names something of another room."""

    offered: str
    title: str
    code: str
    blocks: bool
    text: str


KINDS = {
    "role": Kind("roles", "岗位", "care.role_missing", True, "「{title}」没有指定负责的岗位。"),
    "template": Kind("templates", "消息模板", "care.template_missing", True, "「{title}」的消息模板不存在或未通过审核。"),
    "survey": Kind("surveys", "问卷", "care.survey_unpublished", True, "「{title}」引用的问卷还没有发布。"),
    "form": Kind("surveys", "表单", "care.survey_unpublished", True, "「{title}」引用的表单还没有发布。"),
    "page": Kind("pages", "页面", "care.page_unpublished", False, "「{title}」选的页面没有发布，患者点开看不到内容。"),
    "department": Kind("departments", "科室", "care.department_missing", True, "「{title}」选的科室不存在。"),
}


def named(step: Step, draft: Draft | None = None) -> Iterator[tuple[str, Kind]]:
    """The references a step has, or should have: (what it names, kind)."""
    model = draft.settings.get(step.type) if draft else None
    usual = {name: field.default for name, field in model.model_fields.items()} if model else {}
    for setting, kind in KINDS.items():
        if setting in step.settings or setting in usual:
            yield str(step.settings.get(setting, usual.get(setting)) or ""), kind


def references(draft: Draft) -> Iterator[Fault]:
    """C1, C2, C3."""
    for step in draft.steps.values():
        title = draft.title(step)
        for name, kind in named(step, draft):
            if kind.offered in draft.references and name not in draft.references[kind.offered]:
                yield (error if kind.blocks else warning)(kind.code, kind.text.format(title=title), step.key)
            elif kind.offered == "roles" and "staffed" in draft.references and name not in draft.references["staffed"]:
                yield warning("care.role_empty", f"「{title}」的岗位没有人员。", step.key)


def texts(draft: Draft) -> Iterator[Fault]:
    """C4: `references["texts"]` lists `key.state` of every text there is."""
    told = draft.references.get("texts")
    for step in draft.steps.values() if told is not None else ():
        for state, title in STATES.items():
            if told is not None and f"{step.key}.{state}" not in told:
                yield warning("care.text_missing", f'「{draft.title(step)}」在"{title}"时没有给患者看的文字。', step.key)


def cancelling(draft: Draft) -> Iterator[Fault]:
    """C5: while a patient has something to do, somebody must hear that he will not."""
    for step, contract, parents in draft.typed():
        in_handler = any(part.of == "interrupt" for _, part in parents)
        if contract.actor == "patient" and not in_handler and not any(hears(scope) for scope in listening(parents)):
            yield warning("care.cancel_unheard", f"在「{draft.title(step)}」时患者无法取消就诊。", step.key)


def hears(scope: object) -> bool:
    return any(interrupt.on == CANCELLED for interrupt in getattr(scope, "interrupts", []))


def unchecked(tree: Tree, references: References | None = None) -> list[str]:
    """A sentence for each kind of reference the tree has and nobody could check."""
    counted = Counter(kind for step in steps_in(tree) for _, kind in named(step) if kind.offered not in (references or {}))
    return [f"有 {times} 处{kind.title}没有核对。" for kind, times in counted.items()]


RULES = (references, texts, cancelling)
