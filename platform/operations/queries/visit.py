"""One visit as staff read it: why it stands where it stands, what happened, what comes by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractUser
from viewflow.workflow.models import Task

from flows.models import Event, Run, StaffWork, Step, Timer
from flows.schema import Step as Block
from flows.schema import walk
from operations.errors import RunNotFound
from operations.queries.runs import NO_FACT, UNSURE, stuck_at, told, waits_for
from operations.words import OTHER, SOURCES, STEP, VERDICT, Tone, Word


@dataclass(frozen=True)
class Moment:
    """One line of the timeline. `until` is empty while the step is open; the future has no `at`."""

    title: str
    word: Word
    at: datetime | None = None
    until: datetime | None = None
    note: str = ""
    who: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Coming:
    """What will happen without anybody: at `due`."""

    due: datetime
    text: str


@dataclass(frozen=True)
class Line:
    """One event of the journal, in words."""

    event: Event
    title: str
    word: Word
    who: str
    outcome: str


def run_of(number: str) -> Run:
    """Raises RunNotFound."""
    run = told(Run.objects.filter(number=number)).select_related("version__definition").first()
    if run is None:
        raise RunNotFound(run=number)
    return run


def steps_of(run: Run) -> list[Step]:
    return list(Step.objects.filter(run=run).order_by("entered_at", "pk"))


def blocks_of(run: Run) -> dict[str, Block]:
    """Every step of the run's version, by key, in the order of the tree."""
    return {block.key: block for block, _ in walk(run.version.parsed) if isinstance(block, Block)}


def outcome_title(run: Run, step_type: str, outcome: str) -> str:
    contract = run.version.frozen.get(step_type)
    found = next((one.title for one in contract.outcomes if one.key == outcome), "") if contract else ""
    return found or ("已免除" if outcome == "skipped" else "")


def who_did(event: Event | None) -> str:
    if event is None:
        return ""
    return event.by or SOURCES.get(event.source, SOURCES["house"])


MARKS: dict[Tone, str] = {
    "good": "",
    "busy": "is-busy",
    "urgent": "is-urgent",
    "unknown": "is-unknown",
    "watch": "is-watch",
    "plain": "is-plain",
}


def timeline(run: Run, steps: Sequence[Step]) -> list[Moment]:
    """Past and present steps, then what is still to come, in the order of the flow."""
    finished = {event.ref: event for event in Event.objects.filter(run=run, verdict="applied").exclude(ref="") if event.outcome or event.by}
    holders = holders_of(run)
    past = [past_moment(run, step, finished.get(step.instance), holders.get(step.instance, "")) for step in steps]
    return [*past, *(ahead(run, steps) if run.status == Run.Status.RUNNING else [])]


def holders_of(run: Run) -> dict[str, str]:
    """Who has the work of each step that a role works and nobody has ended, by `key#n`."""
    tasks = Task.objects.filter(process__in=StaffWork.objects.filter(data__run=run.number), flow_task_type="HUMAN", finished=None)
    held = [(task.process.coerced, task.owner) for task in tasks.select_related("process", "owner")]
    return {work.instance: f"{'、'.join(work.roles)} · {person(owner)}" for work, owner in held if work.instance}


def person(owner: AbstractUser | None) -> str:
    return f"{owner.get_full_name() or owner.get_username()}在办" if owner else "还没有人接"


def past_moment(run: Run, step: Step, event: Event | None, holder: str = "") -> Moment:
    word = STEP.get(step.state, OTHER)
    live = step.finished_at is None
    note = waits_for(step) if live else outcome_title(run, step.type, step.outcome)
    if event is not None and event.reason and event.by:
        note = f"{note}（{event.reason}）"
    title = f"{step.title}，第 {step.n} 次" if step.n > 1 else step.title
    return Moment(title, word, step.entered_at, step.finished_at, note, holder or who_did(event), MARKS[word.tone])


ASIDE = ("port", "exhausted", "interrupt")
"""Where the flow goes only when something goes another way than planned."""


def ahead(run: Run, steps: Sequence[Step]) -> list[Moment]:
    """Steps of the version nobody has entered yet; those inside a branch may never come, those behind an exit are not told."""
    entered = {step.key for step in steps}
    moments = []
    for block, parents in walk(run.version.parsed):
        if any(part.of in ASIDE for _, part in parents):
            continue
        if isinstance(block, Block) and block.key not in entered:
            sure = all(part.of in ("body", "lane") for _, part in parents)
            moments.append(Moment(block.title, STEP["future"] if sure else STEP["maybe"], mark="is-future"))
    return moments


def coming(run: Run) -> list[Coming]:
    """Armed timers, soonest first, as sentences."""
    blocks = blocks_of(run)
    found = []
    for timer in Timer.objects.filter(run=run, armed=True).order_by("due")[:5]:
        key, _, rest = timer.name.partition("#")
        if block := blocks.get(key):
            found.append(Coming(timer.due, f"提醒患者“{block.title}”" if "+" in rest else late_sentence(run, block)))
        else:
            found.append(Coming(timer.due, "到流程的时限，按流程处理"))
    return found


def late_sentence(run: Run, block: Block) -> str:
    contract = run.version.frozen.get(block.type)
    late = (block.timeout.outcome if block.timeout and block.timeout.outcome else None) or (contract.late if contract else None)
    title = outcome_title(run, block.type, late or "")
    return f"“{block.title}”还没有完成，就按“{title}”往下走" if title else f"“{block.title}”还没有完成，就按流程的时限处理"


def why(run: Run, steps: Sequence[Step]) -> tuple[str, str, Tone]:
    """(headline, sentence, tone) of where the visit stands."""
    live = [step for step in steps if step.finished_at is None and step.state in ("open", "trouble", *UNSURE)]
    if run.status == Run.Status.ENDED:
        return "这次就诊已经结束", "全部步骤已办完。" if run.ended_by == "finished" else "当天没有办完的步骤已关闭。", "good"
    if not live and (stuck := stuck_at(run)):
        return f"停在“{stuck}”", f"{NO_FACT}。", "urgent"
    if not live:
        return "正在往下走", "没有一步在等人，系统几秒内会继续。", "busy"
    step = min(live, key=lambda one: (one.state != "trouble", one.state not in UNSURE, one.entered_at))
    tone: Tone = "urgent" if step.state == "trouble" else "unknown" if step.state in UNSURE else "busy"
    verb = "停在" if tone == "urgent" else "现在在"
    return f"{verb}“{step.title}”", f"{waits_for(step)}。", tone


def journal(run: Run) -> list[Line]:
    """Every event that reached the run, newest first, with what it did."""
    titles = {key: block.title for key, block in blocks_of(run).items()}
    types = {key: block.type for key, block in blocks_of(run).items()}
    lines = []
    for event in Event.objects.filter(run=run).order_by("-sequence")[:500]:
        key = event.ref.partition("#")[0]
        lines.append(
            Line(
                event=event,
                title=titles.get(key) or event_title(event.type),
                word=VERDICT.get(event.verdict, OTHER),
                who=who_did(event),
                outcome=outcome_title(run, types.get(key, ""), event.outcome),
            )
        )
    return lines


EVENTS = {
    "start": "就诊开始",
    "timer": "到时",
    "trouble": "停住",
    "undone": "已撤回",
    "visit.day_over": "当天结束",
    "visit.cancelled": "患者取消就诊",
    "appointment.withdrawn": "预约已退",
    "clinic.stopped": "停诊",
}


def event_title(kind: str) -> str:
    return EVENTS.get(kind, "其他事件")
