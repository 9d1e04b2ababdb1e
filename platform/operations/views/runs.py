"""就诊： the list, one visit, what staff do by hand."""

from __future__ import annotations

import csv
import io
import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from core import clock
from core.errors import Problem
from flows.models import Run
from flows.nodes import PALETTE
from operations import actions, forms
from operations.access import needs
from operations.frame import Crumb, page, tell
from operations.queries import hands, places, runs, visit
from operations.templatetags.office import waited

A_PAGE = 12
SEES, ACTS, REVEALS, EXPORTS = "flows.view_run", "flows.act_on_run", "operations.reveal_patient", "operations.export_runs"


def crumbs() -> list[Crumb]:
    return [Crumb("就诊列表", reverse("operations:runs"))]


@require_GET
@needs(SEES, "就诊列表")
def index(request: HttpRequest) -> HttpResponse:
    wanted = forms.run_filter(request.GET)
    pages = Paginator(runs.shown(runs.narrowed(wanted), wanted.show), A_PAGE)
    sheet = pages.get_page(request.GET.get("p"))
    rows = runs.rows(sheet.object_list)
    context = {
        "wanted": wanted,
        "counts": runs.counts(wanted),
        "rows": rows,
        "sheet": sheet,
        "departments": places.departments(),
        "kinds": {name.partition("@")[0]: node.contract.title for name, node in PALETTE.items()},
        "today": clock.today(),
        "side": looked_at(request),
        "may_export": request.user.has_perm(EXPORTS),
        "query": forms.without(request.GET, "run"),
        "query_paged": forms.without(request.GET, "run", "p"),
    }
    return page(request, "runs", "就诊列表", context)


def looked_at(request: HttpRequest) -> dict[str, object] | None:
    """The visit in the panel at the right, named by `run` in the address."""
    run = runs.told(Run.objects.filter(number=request.GET.get("run", ""))).first()
    if run is None:
        return None
    steps = visit.steps_of(run)
    headline, sentence, tone = visit.why(run, steps)
    offered = [hand for hand in hands.hands(run) if hand.kind != "retry" or hand.allowed]
    return {
        "row": runs.rows([run])[0],
        "headline": headline,
        "sentence": sentence,
        "tone": tone,
        "coming": visit.coming(run),
        "hands": offered,
        "past": [moment for moment in visit.timeline(run, steps) if moment.at],
    }


@require_GET
@needs(SEES, "就诊")
def detail(request: HttpRequest, number: str) -> HttpResponse:
    try:
        run = visit.run_of(number)
    except Problem as problem:
        return page(request, "missing", problem.title, {"problem": problem}, crumbs=crumbs(), status=404)
    steps = visit.steps_of(run)
    headline, sentence, tone = visit.why(run, steps)
    view = "events" if request.GET.get("view") == "events" else "people"
    context = {
        "run": run,
        "row": runs.rows([run])[0],
        "campus": places.campuses().get(run.campus, "—"),
        "headline": headline,
        "sentence": sentence,
        "tone": tone,
        "view": view,
        "timeline": visit.timeline(run, steps),
        "journal": visit.journal(run) if view == "events" else [],
        "events": run.events.count(),
        "coming": visit.coming(run),
        "hands": hands.hands(run),
        "side": True,
        "may_act": request.user.has_perm(ACTS),
        "may_reveal": request.user.has_perm(REVEALS),
        "key": uuid.uuid4().hex,
    }
    return page(request, "run", f"就诊 {run.number}", context, crumbs=crumbs())


@require_POST
@needs(ACTS, "代患者办理步骤")
def act(request: HttpRequest, number: str) -> HttpResponse:
    """One action by hand, then back to the visit with what came of it."""
    given = request.POST
    try:
        verdict = actions.by_hand(
            number,
            given.get("kind", ""),
            given.get("instance", ""),
            by=request.user.get_username(),
            reason=given.get("reason", ""),
            key=given.get("key", "")[:64] or uuid.uuid4().hex,
            outcome=given.get("outcome", ""),
        )
    except Problem as problem:
        tell(request, problem)
    else:
        done = {"applied": "已办好，患者手机会更新。", "repeat": "这次操作已经办过，没有重复。"}
        messages.success(request, done.get(verdict, "这一步刚刚变了，没有改动。"))
    return redirect("operations:run", number=number)


@require_POST
def reveal(request: HttpRequest, number: str) -> HttpResponse:
    """The plain name for thirty seconds, as JSON that no cache keeps."""
    if not request.user.has_perm(REVEALS):
        return JsonResponse({"message": "您的角色不能看原文。"}, status=403)
    try:
        name = actions.reveal_name(number, by=request.user.get_username(), reason=request.POST.get("reason", ""))
    except Problem as problem:
        return JsonResponse({"message": f"{problem.title}。{problem.remedy}"}, status=problem.status)
    return JsonResponse({"name": name, "seconds": 30}, headers={"Cache-Control": "no-store"})


@require_POST
@needs(EXPORTS, "导出就诊列表")
def export(request: HttpRequest) -> HttpResponse:
    """The narrowed list as CSV, masked; the first line says how it was narrowed and when."""
    wanted = forms.run_filter(request.POST)
    found = runs.shown(runs.narrowed(wanted), wanted.show)
    narrowed = describe(wanted)
    try:
        actions.note_export(found.count(), by=request.user.get_username(), reason=request.POST.get("reason", ""), narrowed=narrowed)
    except Problem as problem:
        tell(request, problem)
        return redirect("operations:runs")
    answer = HttpResponse(sheet_of(found, narrowed), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="runs-{clock.today():%Y%m%d}.csv"'
    return answer


def describe(wanted: runs.Filter) -> str:
    parts = [f"{(wanted.day or clock.today()):%Y-%m-%d}", runs.SHOWS[wanted.show], places.departments().get(wanted.department, "全部科室")]
    return "；".join(parts)


def sheet_of(found: object, narrowed: str) -> str:
    out = io.StringIO()
    out.write("\ufeff")
    lines = csv.writer(out)
    lines.writerow([f"就诊列表（脱敏）：{narrowed}；导出时间 {clock.now():%Y-%m-%d %H:%M}"])
    lines.writerow(["就诊编号", "就诊人", "卡号", "科室", "当前步骤", "在等什么", "等了", "状态", "流程版本"])
    for row in runs.rows(found):  # type: ignore[arg-type]  # a queryset of runs
        cells = [row.run.number, row.person.name, row.person.card, row.department, row.step, row.waits, waited(row.since), row.word.text]
        lines.writerow([harmless(cell) for cell in [*cells, f"第 {row.run.version.number} 版"]])
    return out.getvalue()


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
