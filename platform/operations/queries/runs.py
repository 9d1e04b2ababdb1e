"""The run desk's list: which visits, in which order, what each waits for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, Exists, Min, OuterRef, Q, QuerySet, Subquery, Value, When

from core import clock
from flows.models import Run, Step, Timer
from flows.schema import walk
from operations.queries import people, places
from operations.queries.people import Person
from operations.words import WAITS, Word

LIVE = ("open", "trouble", "closing", "undoing")
UNSURE = ("closing", "undoing")
SOON = timedelta(minutes=5)
LONG = timedelta(minutes=45)
SHOWS = {"all": "全部", "needs": "需要处理", "unsure": "结果未知", "long": "久等", "ended": "已结束"}


@dataclass(frozen=True)
class Filter:
    """What the list is narrowed to; every field stands in the address, and none of them is a name or a phone."""

    q: str = ""
    show: str = "all"
    department: str = ""
    step: str = ""
    day: date | None = None


@dataclass(frozen=True)
class Row:
    run: Run
    person: Person
    department: str
    step: str
    waits: str
    since: datetime | None
    word: Word


def told(runs: QuerySet[Run]) -> QuerySet[Run]:
    """Runs with what the order and the states need: since when the present step waits, whether something is unsure, what is due next."""
    live = Step.objects.filter(run=OuterRef("pk"), state__in=LIVE).order_by("entered_at")
    due = Timer.objects.filter(run=OuterRef("pk"), armed=True).values("run").annotate(first=Min("due")).values("first")
    return runs.select_related("version").annotate(
        since=Subquery(live.values("entered_at")[:1]),
        unsure=Exists(live.filter(state__in=UNSURE)),
        due=Subquery(due),
        rank=Case(
            When(in_trouble=True, then=Value(0)), When(unsure=True, then=Value(1)), When(status="running", then=Value(2)), default=Value(3)
        ),
    )


def narrowed(wanted: Filter) -> QuerySet[Run]:
    """Everything the filter leaves but its `show`."""
    runs = Run.objects.all() if named(wanted.q) else Run.objects.filter(day=wanted.day or clock.today())
    if wanted.department:
        runs = runs.filter(department=wanted.department)
    if wanted.step:
        runs = runs.filter(Exists(Step.objects.filter(run=OuterRef("pk"), state__in=LIVE, type__startswith=f"{wanted.step}@")))
    if wanted.q:
        runs = runs.filter(Q(number__iexact=wanted.q) | Q(appointment=wanted.q) | Q(patient__in=people.matching(wanted.q)))
    return told(runs)


def named(text: str) -> bool:
    """It is the number of a visit: that is looked for on every day."""
    return bool(text) and Run.objects.filter(number__iexact=text).exists()


def shown(runs: Any, show: str) -> QuerySet[Run]:
    """`runs` as `told` gives them: with what the order and the states need."""
    match show:
        case "needs":
            runs = runs.filter(in_trouble=True)
        case "unsure":
            runs = runs.filter(unsure=True)
        case "long":
            runs = runs.filter(status="running", since__lt=clock.now() - LONG)
        case "ended":
            runs = runs.filter(status="ended")
    found: QuerySet[Run] = runs.order_by("rank", "since", "-started_at", "pk")
    return found


def counts(wanted: Filter) -> list[tuple[str, str, int]]:
    """(key, name, how many) for every way to show the list."""
    runs = narrowed(wanted)
    return [(key, name, shown(runs, key).count()) for key, name in SHOWS.items()]


def rows(runs: Iterable[Run]) -> list[Row]:
    """The list's rows; three queries, however many runs."""
    found = list(runs)
    persons = people.masked(run.patient for run in found)
    names = places.departments()
    steps = present_steps(found)
    return [row(run, persons.get(run.patient, people.UNKNOWN), names.get(run.department, "—"), steps.get(run.pk, [])) for run in found]


def present_steps(runs: Sequence[Run]) -> dict[int, list[Step]]:
    found: dict[int, list[Step]] = {}
    for step in Step.objects.filter(run__in=runs, state__in=LIVE).order_by("entered_at"):
        found.setdefault(step.run_id, []).append(step)
    return found


NO_FACT = "条件要用的事实还不知道，系统不猜，等工作人员选一条路"


def stuck_at(run: Run) -> str:
    """The title of the branch or repeat that waits for a person to choose; empty when none does."""
    live = run.kernel_state.live
    blocks = (block for block, _ in walk(run.version.parsed) if block.kind in ("branch", "repeat"))
    return next((block.title for block in blocks if block.key in live), "")


def row(run: Run, person: Person, department: str, steps: Sequence[Step]) -> Row:
    worst = min(steps, key=lambda step: (step.state != "trouble", step.state not in UNSURE, step.entered_at), default=None)
    stuck = stuck_at(run) if run.in_trouble and not steps else ""
    title = "、".join(step.title for step in steps) or stuck or ("—" if run.status == "running" else "已结束")
    waits = waits_for(worst) if worst else NO_FACT if stuck else ""
    return Row(run, person, department, title, waits, worst.entered_at if worst else None, word_of(run, worst))


def waits_for(step: Step) -> str:
    if step.state == "trouble":
        return step.reason if step.reason and not step.reason.isascii() else "停住了，等工作人员处理"
    if step.state in UNSURE:
        return "正在向合作方确认结果，不要让患者重付"
    return WAITS.get(step.type.partition("@")[0], f"等“{step.title}”完成")


def word_of(run: Run, step: Step | None) -> Word:
    """The state a colleague needs to see first."""
    if run.status == "ended":
        return Word("已结束")
    if run.in_trouble or (step and step.state == "trouble"):
        return Word("需要处理", "urgent")
    if step and step.state in UNSURE:
        return Word("结果未知", "unknown")
    due: datetime | None = getattr(run, "due", None)
    if due and due - clock.now() < SOON:
        return Word("快到时限", "watch")
    if step and clock.now() - step.entered_at > LONG:
        return Word("久等", "watch")
    return Word("正常")
