"""今日： what to do now, and how the day stands. One component that each person sees as far as her role goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from wagtail.admin.ui.components import Component

from core import clock
from operations.queries import inbox, runs, security, today
from operations.words import Word

MOST = 5


@dataclass(frozen=True)
class Thing:
    """One thing to do now."""

    word: Word
    what: str
    note: str
    label: str
    url: str


class Board(Component):
    order = 1
    template_name = "operations/board.html"

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    def get_context_data(self, _parent: Mapping[str, Any] | None = None) -> dict[str, Any]:
        can = self.request.user.has_perm
        things = things_to_do(self.request)
        return {
            "request": self.request,
            "day": clock.today(),
            "numbers": today.numbers(),
            "money": today.money() if can("payments.view_posting") else None,
            "things": things[:MOST],
            "more": max(0, len(things) - MOST),
            "arrivals": today.arrivals(),
            "crowds": today.crowds(),
            "sees_runs": can("flows.view_run"),
        }


def panels(request: HttpRequest) -> list[Component]:
    return [Board(request)] if request.user.has_perm("operations.see_today") else []


def things_to_do(request: HttpRequest) -> list[Thing]:
    """Tasks of mine first, then visits that stand still, then letters that did not arrive."""
    user = request.user
    things = [Thing(Word("马上", "urgent"), one.what, one.why, "去办", one.url) for one in inbox.waiting(user)]  # type: ignore[arg-type]  # signed in
    if user.has_perm("flows.act_on_run"):
        stopped = runs.shown(runs.narrowed(runs.Filter()), "needs")[:MOST]
        things += [
            Thing(
                Word("马上", "urgent"),
                f"{row.department}：{row.step}停住了",
                f"{row.person.name} · {row.waits}",
                "看原因",
                reverse("operations:run", args=[row.run.number]),
            )
            for row in runs.rows(stopped)
        ]
    if user.has_perm("core.view_delivery") and (dead := security.letters(dead=True).count()):
        things.append(
            Thing(
                Word("今天", "watch"),
                f"{dead} 条消息没有送到",
                "系统试了多次都没有成功，要人看原因后重试",
                "打开",
                reverse("operations:letters"),
            )
        )
    return things
