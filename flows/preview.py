"""A draft as the patient would see it, beside the canvas. Every name and number shown is invented; an unfinished draft still draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, get_args

from django.conf import settings
from pydantic import ValidationError

from core import clock
from core.screen import Screen
from flows import screens
from flows.chain import Look, imagine, stations
from flows.nodes import PALETTE, Scene
from flows.nodes.port import Seen
from flows.schema import Block, Step, Tree
from flows.screens import Chain

SAMPLE_LINES = (("示例药品甲", "10 毫克×30 片", "1 盒", 3_200), ("示例药品乙", "5 毫克×14 片", "2 盒", 2_800))
BODIES = ("body", "otherwise", "exhausted")
GROUPS = ("cases", "lanes", "interrupts")


def preview(tree: Mapping[str, Any], *, at: str | None, state: str, elder: bool, page: str = "visit") -> Screen:
    """The visit page (or with `page="step"` the step's own) while step `at` stands in `state`. Never raises for what a draft lacks."""
    draft, now = salvaged(tree), clock.now()
    seen: Seen = next((known for known in get_args(Seen) if known == state), "now")
    eyes = imagine(draft, at, seen)
    painter = Sample(now, elder)
    chain = Chain(
        run="preview", title=draft.title or "新流程", patient="示例患者", relation="本人", card="**** 0000",
        department="示例科室", doctor="示例",
        starts=now + timedelta(minutes=30), stations=stations(draft, eyes, painter), ended=False, ended_by="", as_of=now,
        desk_name=settings.DESK_NAME, desk_phone=settings.DESK_PHONE, elder=elder,
    )  # fmt: skip
    own = screens.step(chain, eyes.at) if page == "step" else None
    return own or screens.visit(chain)


@dataclass(frozen=True)
class Sample:
    """Fills a scene with neutral values, the same for every draft."""

    now: datetime
    elder: bool

    def scene(self, step: Step, look: Look) -> Scene:
        node, live = PALETTE[step.type], look.state in ("now", "waiting", "trouble", "unknown")
        return Scene(
            key=step.key, instance=f"{step.key}#1", title=step.title or node.contract.title, state=look.state,
            settings=node.settings_of(step.settings), run="preview", outcome=look.outcome, entered_at=self.now if live else None,
            finished_at=self.now if look.state == "done" else None, mode=look.mode, campus="示例院区", appointment_time=self.now,
            department="示例科室", doctor="示例", his_place="门诊楼 3 层", ticket="A000", ahead=3, minutes_low=10, minutes_high=20,
            room="1 诊室", fence_metres=500, due_fen=6_000, bill_lines=SAMPLE_LINES, order="preview", order_state="open",
            order_deadline=self.now + timedelta(minutes=30), paid_fen=6_000, medicine="ready", window="1 号窗口",
            page_title=step.title, desk=settings.DESK_NAME, elder=self.elder,
        )  # fmt: skip

    def stuck(self, block: Block) -> Scene:
        raise TypeError(block.key)  # a draft never stands still


def salvaged(raw: Mapping[str, Any]) -> Tree:
    """The tree, or as much of it as can be read: a block that is no block gives way to the blocks inside it."""
    given = {"schema": 1, "code": "draft", "title": str(raw.get("title") or "")}
    try:
        return Tree.model_validate({**given, "body": raw.get("body", []), "interrupts": raw.get("interrupts", [])})
    except ValidationError:
        return Tree.model_validate({**given, "body": [block for one in listed(raw.get("body")) for block in mended(one)], "interrupts": []})


def mended(block: Any) -> list[Any]:
    """The block as it is when it can be read, else the readable ones inside it."""
    if not isinstance(block, dict):
        return []
    try:
        Tree.model_validate({"schema": 1, "code": "draft", "body": [block]})
    except ValidationError:
        return [one for child in children(block) for one in mended(child)]
    return [block]


def children(block: dict[str, Any]) -> list[Any]:
    inside = [child for name in BODIES for child in listed(block.get(name))]
    for group in GROUPS:
        inside += [child for one in listed(block.get(group)) if isinstance(one, dict) for child in listed(one.get("body"))]
    return inside


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
