"""The rehearsal of a draft (彩排): played beside the phone, replayed on past days, simulated. Whoever may see flows may rehearse them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.views.decorators.http import require_GET, require_POST

from care.models import Campus, Department
from core import clock
from core.errors import Problem
from flows.editor import charts
from flows.editor.views import shown
from flows.models import FlowDefinition, Rehearsal, Run
from flows.rehearsal import drafts, jobs, phone
from flows.rehearsal.assumptions import MINUTES, OTHER_MINUTES, QUEUES, Assumptions

MOST_DAYS = 92
LONGEST_WALK = 200
KINDS = {jobs.REPLAY: "重放", jobs.SIMULATE: "模拟"}
TONES = {"same": "good", "differs": "watch", "stuck": "urgent", "unknown": "unknown"}
WORDS = {"same": "和过去一样", "differs": "走了不同的路", "stuck": "在草稿里停住", "unknown": "走到一半就不知道了"}
View = Callable[..., HttpResponse]


def seen(view: View) -> View:
    """For whoever may see flows; a draft that cannot be read is told, and where to mend it."""

    @wraps(view)
    def inner(request: HttpRequest, pk: int, **more: Any) -> HttpResponse:
        if not request.user.has_perm("flows.view_flowdefinition"):
            raise PermissionDenied
        definition = get_object_or_404(FlowDefinition, pk=pk)
        try:
            return view(request, definition, **more)
        except Problem as problem:
            told = problem.as_problem()
            messages.error(request, f"{told['title']}。{told['remedy']}")
            return HttpResponseRedirect(reverse("flow_editor:versions", args=[pk]))

    return inner


def page(request: HttpRequest, definition: FlowDefinition, tab: str, **more: Any) -> HttpResponse:
    frame = {"definition": definition, "tab": tab, "title": f"{definition.title} · 彩排", "kinds": KINDS}
    return render(request, f"flows/rehearsal/{tab}.html", {**frame, **more})


# Play


@seen
@require_GET
def play(request: HttpRequest, definition: FlowDefinition) -> HttpResponse:
    """`?walk=…&walk=…` is what happened so far, so every place of a walk has an address."""
    tree = drafts.tree_of(definition)
    stage, walk = drafts.stage(tree), request.GET.getlist("walk")[:LONGEST_WALK]
    played, elder = stage.play(walk), request.GET.get("elder") == "1"
    screen = phone.screen(tree, stage.program, played.state, elder=elder)
    return page(
        request, definition, "play", played=played, walk=[one.name for one in played.taken], groups=grouped(stage.choices(played.state)),
        elder=elder, screen=screen, blocks=shown(json.loads(screen.model_dump_json())),
    )  # fmt: skip


def grouped(choices: list[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for choice in choices:
        found.setdefault(choice.who, []).append(choice)
    return found


# Replay


def day_input() -> forms.DateInput:
    """What a browser's own date picker reads and writes."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class Days(forms.Form):
    """Which past visits."""

    since = forms.DateField(label="从", widget=day_input())
    until = forms.DateField(label="到", widget=day_input())
    campus = forms.ChoiceField(label="院区", required=False)
    department = forms.ChoiceField(label="科室", required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["campus"].choices = [("", "全部院区"), *Campus.objects.values_list("his_id", "name")]  # type: ignore[attr-defined]  # a choice
        self.fields["department"].choices = [("", "全部科室"), *Department.objects.values_list("his_id", "name")]  # type: ignore[attr-defined]  # a choice

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        since, until = given.get("since"), given.get("until")
        if since and until and not since <= until <= since + timedelta(days=MOST_DAYS):
            raise forms.ValidationError(f"开始的日子要在结束之前，最多 {MOST_DAYS} 天。")
        return given

    def parameters(self) -> dict[str, str]:
        return {name: value if isinstance(value, str) else value.isoformat() for name, value in self.cleaned_data.items() if value}


def last_week() -> dict[str, Any]:
    today = clock.today()
    return {"since": today - timedelta(days=7), "until": today - timedelta(days=1)}


@seen
def replay(request: HttpRequest, definition: FlowDefinition) -> HttpResponse:
    form = Days(request.POST) if request.method == "POST" else Days(initial=last_week())
    if request.method == "POST" and form.is_valid():
        return asked(request, definition, jobs.REPLAY, form.parameters())
    recent = definition.rehearsals.filter(kind=jobs.REPLAY).defer("tree", "result")[:8]
    return page(request, definition, "replay", form=form, recent=recent)


def asked(request: HttpRequest, definition: FlowDefinition, kind: str, parameters: dict[str, Any]) -> HttpResponse:
    row = jobs.ask(definition, kind=kind, parameters=parameters, by=str(request.user))
    return HttpResponseRedirect(reverse("flow_rehearsal:found", args=[definition.pk, row.pk]))


# Simulate


def optional(kind: type[forms.IntegerField], label: str, usual: str, *, least: int, most: int) -> forms.Field:
    """A number that may stay empty; `usual` is shown in its place."""
    field = kind(label=label, required=False, min_value=least, max_value=most)
    field.widget.attrs["placeholder"] = usual
    return field


class Peak(forms.Form):
    """What is assumed. A step's own fields are `counters_<key>` and `minutes_<key>`; empty means as usual."""

    visits = forms.IntegerField(label="一天来多少人", min_value=1, max_value=20_000)
    slow = forms.IntegerField(label="等多少分钟算堵住", min_value=1, max_value=600)
    seed = forms.IntegerField(label="随机数", min_value=0, max_value=1_000_000, help_text="同一个数，同样的人；只改假设时不要改它。")
    history = forms.BooleanField(label="到院时间、结果和用时按最近 7 天的记录", required=False)

    def __init__(self, steps: list[Any], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for step in steps:
            if step.type in QUEUES:
                word = "医生" if step.type == "waiting@1" else "窗口"
                self.fields[f"counters_{step.key}"] = optional(forms.IntegerField, f"{step.title}：{word}数", "按人数配", least=1, most=500)
            if step.type != "waiting@1":
                usual = str(MINUTES.get(step.type, OTHER_MINUTES))
                self.fields[f"minutes_{step.key}"] = optional(forms.FloatField, f"{step.title}：一般几分钟", usual, least=0, most=600)

    def parameters(self) -> dict[str, Any]:
        given = self.cleaned_data
        steps: dict[str, dict[str, Any]] = {}
        for name, value in given.items():
            part, _, key = name.partition("_")
            if part in ("counters", "minutes") and value is not None:
                steps.setdefault(key, {})[part] = value
        past = {name: day.isoformat() for name, day in last_week().items()} if given["history"] else {}
        return {"visits": given["visits"], "slow": given["slow"], "seed": given["seed"], "steps": steps, **past}


def peak_from(parameters: dict[str, Any]) -> dict[str, Any]:
    """The form's values of an earlier simulation."""
    usual = Assumptions()
    values = {name: parameters.get(name, getattr(usual, name)) for name in ("visits", "slow", "seed")}
    steps = {f"{part}_{key}": value for key, row in parameters.get("steps", {}).items() for part, value in row.items()}
    return {**values, **steps, "history": bool(parameters.get("since"))}


@seen
def simulate(request: HttpRequest, definition: FlowDefinition) -> HttpResponse:
    steps = [step for step in drafts.walked(drafts.tree_of(definition)) if MINUTES.get(step.type, 1) or step.type in QUEUES]
    rows = definition.rehearsals.filter(kind=jobs.SIMULATE)
    again = request.GET.get("again", "")
    before = rows.filter(pk=again).first() if again.isdecimal() else rows.first()
    form = Peak(steps, request.POST) if request.method == "POST" else Peak(steps, initial=peak_from(before.parameters if before else {}))
    if request.method == "POST" and form.is_valid():
        return asked(request, definition, jobs.SIMULATE, form.parameters())
    return page(request, definition, "simulate", form=form, recent=rows.defer("tree", "result")[:8])


# What was found


def row_of(definition: FlowDefinition, job: int) -> Rehearsal:
    return get_object_or_404(Rehearsal.objects.select_related("definition"), pk=job, definition=definition)


@seen
@require_GET
def found(request: HttpRequest, definition: FlowDefinition, job: int) -> HttpResponse:
    """How far it is, or what came of it."""
    row = row_of(definition, job)
    more: dict[str, Any] = {"row": row, "broken": jobs.broken_off(row), "told": told(row)}
    if row.state == Rehearsal.State.DONE and row.result is not None:
        more |= replay_found(request, row.result) if row.kind == jobs.REPLAY else simulation_found(row.result)
    return page(request, definition, f"{row.kind}_found", **more)


def told(row: Rehearsal) -> str:
    """What was rehearsed, in a few words."""
    given = row.parameters
    if row.kind == jobs.SIMULATE:
        return f"{given.get('visits', 0):,} 人，超过 {given.get('slow', 0)} 分钟算堵住"
    place = named(Department, given.get("department")) or named(Campus, given.get("campus")) or "全部院区"
    return f"{given['since']} 到 {given['until']} · {place} · {row.total:,} 次就诊"


def named(model: type[Campus] | type[Department], number: str | None) -> str:
    return model.objects.filter(his_id=number).values_list("name", flat=True).first() or "" if number else ""


def replay_found(request: HttpRequest, result: dict[str, Any]) -> dict[str, Any]:
    only = request.GET.get("only", "")
    groups = [
        {**one, "tone": TONES[one["verdict"]], "word": WORDS[one["verdict"]]} for one in result["groups"] if only in ("", one["verdict"])
    ]
    departments = dict(Department.objects.values_list("his_id", "name"))
    numbers = [name for one in groups for name in one["examples"]]
    where = {run.number: departments.get(run.department, "") for run in Run.objects.filter(number__in=numbers).only("number", "department")}
    for one in groups:
        one["visited"] = [(name, where.get(name, "")) for name in one["examples"]]
    cards = [{"verdict": verdict, "number": f"{result[verdict]:,}", "word": WORDS[verdict], "tone": TONES[verdict]} for verdict in WORDS]
    return {"result": result, "cards": cards, "groups": groups, "only": only, "bars": charts.pairs(result["steps"])}


def simulation_found(result: dict[str, Any]) -> dict[str, Any]:
    steps = [row for row in result["steps"] if row["stay_p90"] or row["wait_p90"]]
    return {"result": result, "arrivals": charts.line(result["arrivals"]), "spans": charts.spans(steps, slow=result["slow"])}


@seen
@require_GET
def progress(_request: HttpRequest, definition: FlowDefinition, job: int) -> HttpResponse:
    row = row_of(definition, job)
    return JsonResponse({"state": "broken" if jobs.broken_off(row) else row.state, "done": row.done, "total": row.total})


@seen
@require_POST
def cancel(request: HttpRequest, definition: FlowDefinition, job: int) -> HttpResponse:
    jobs.cancel(row_of(definition, job))
    messages.success(request, "已取消。什么都没有改变。")
    return HttpResponseRedirect(reverse("flow_rehearsal:found", args=[definition.pk, job]))


@seen
@require_POST
def again(request: HttpRequest, definition: FlowDefinition, job: int) -> HttpResponse:
    """The same once more, on the draft as it is now."""
    row = row_of(definition, job)
    return asked(request, definition, row.kind, row.parameters)


urlpatterns = [
    path("<int:pk>/", play, name="play"),
    path("<int:pk>/replay/", replay, name="replay"),
    path("<int:pk>/simulate/", simulate, name="simulate"),
    path("<int:pk>/found/<int:job>/", found, name="found"),
    path("<int:pk>/found/<int:job>/progress/", progress, name="progress"),
    path("<int:pk>/found/<int:job>/cancel/", cancel, name="cancel"),
    path("<int:pk>/found/<int:job>/again/", again, name="again"),
]
