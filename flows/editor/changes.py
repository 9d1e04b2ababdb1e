"""Two versions of a flow side by side: a sentence for each change, and the newer one as an outline with what changed marked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from flows import comparisons
from flows.diff import Change, Side, changes
from flows.errors import FlowIncomplete
from flows.models import FlowDefinition, FlowVersion
from flows.spots import Found, inventory
from flows.wording import Words

MARKS = {"added": "新增", "removed": "删除", "moved": "移动", "renamed": "改名", "changed": "改动"}
DRAFT = "draft"


@dataclass(frozen=True)
class Row:
    """One line of the outline; `mark` is a kind of change or nothing."""

    name: str
    depth: int
    mark: str
    money: bool

    @property
    def word(self) -> str:
        return MARKS.get(self.mark, "")


def page(request: HttpRequest, pk: int) -> HttpResponse:
    """`?from=2&to=3`; `to` may be `draft`. Without them: the newest version against the draft."""
    user: Any = request.user
    if not user.has_perm("flows.view_flowversion"):
        raise PermissionDenied
    definition = get_object_or_404(FlowDefinition, pk=pk)
    versions = list(definition.versions.all())
    before = chosen(versions, request.GET.get("from") or str(versions[0].number if versions else ""))
    after = request.GET.get("to") or DRAFT
    shown = {"definition": definition, "versions": versions, "title": f"{definition.title} · 改动", "before": before, "after": after}
    return render(request, "flows/editor/changes.html", {**shown, **told(before, after, versions)})


def told(before: FlowVersion | None, after: str, versions: list[FlowVersion]) -> dict[str, Any]:
    """What the page says; `refused` when one side cannot be read."""
    if before is None:
        return {"refused": "还没有发布过，没有可比的版本。"}
    try:
        one = comparisons.of_draft(before.definition) if after == DRAFT else comparisons.of_version(chosen(versions, after) or missing())
    except FlowIncomplete:
        return {"refused": "草稿的内容读不懂，不能比较。请先打开编辑器改好。"}
    other = comparisons.of_version(before)
    found = changes(other, one)
    return {"changes": [(MARKS[change.kind], change) for change in found], "rows": rows(one, found), "gone": gone(other, found)}


def chosen(versions: Iterable[FlowVersion], number: str) -> FlowVersion | None:
    return next((one for one in versions if str(one.number) == number), None)


def missing() -> FlowVersion:
    raise Http404


def rows(side: Side, found: list[Change]) -> list[Row]:
    """The newer tree, in the order drawn."""
    words = Words(side)
    return [row(one, words, found) for one in inventory(side.tree).values()]


def row(one: Found, words: Words, found: list[Change]) -> Row:
    mine = [change for change in found if one.key in change.keys and change.kind != "removed"]
    weight = ("added", "moved", "changed", "renamed")
    mark = next((kind for kind in weight if any(change.kind == kind for change in mine)), "")
    return Row(words.titled(one.key), len(one.around), mark, any(change.money for change in mine))


def gone(side: Side, found: list[Change]) -> list[str]:
    words = Words(side)
    return [words.titled(change.keys[0]) for change in found if change.kind == "removed" and change.keys[0] in words.things]
