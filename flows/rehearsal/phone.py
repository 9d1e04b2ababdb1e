"""The patient's screen of a draft that is being played: the real drawing over a state in memory. Every name and number is invented."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings

from core import clock
from core.screen import Screen
from flows import screens
from flows.chain import Walked, stations
from flows.nodes import CONTRACTS, PALETTE, Scene
from flows.preview import Sample
from flows.program import Program
from flows.schema import Block, Tree
from flows.screens import Chain
from flows.state import State


class Played(Sample):
    """A draft that is played can stand still; then a person is asked."""

    def stuck(self, block: Block) -> Scene:
        return Scene(
            key=block.key, instance=block.key, title="工作人员正在安排", state="trouble", settings=PALETTE["message@1"].settings(),
            run="preview", desk=settings.DESK_NAME, elder=self.elder,
        )  # fmt: skip


def screen(tree: Tree, program: Program, state: State, *, elder: bool) -> Screen:
    now = clock.now()
    chain = Chain(
        run="preview", title=tree.title or "新流程", patient="示例患者", relation="本人", card="**** 0000", department="示例科室",
        doctor="示例", starts=now + timedelta(minutes=30),
        stations=stations(tree, Walked(program, CONTRACTS, state), Played(now, elder)), ended=state.status == "ended", ended_by="",
        as_of=now, desk_name=settings.DESK_NAME, desk_phone=settings.DESK_PHONE, elder=elder,
    )  # fmt: skip
    return screens.visit(chain)
