"""Work a run asks of a role: one process for each waiting step, worked in 我的待办; what the person answers ends the step.

The run's row is locked before a process is made, so one step never gets two. A process that is worked locks itself, then the run: never
the other way round.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.http import HttpResponse
from viewflow import this
from viewflow.workflow import Activation, flow, lock
from viewflow.workflow.flow.views import UpdateProcessView
from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from core import audit
from core.conditions import Value
from core.errors import Problem
from flows import actions, queries
from flows.actions import News
from flows.errors import NoteNamesPatient, TaskOver
from flows.models import Run, StaffWork
from flows.nodes import PALETTE
from flows.nodes.task import STAFF_TASK
from flows.work_form import Answer
from patients import queries as patients

ANSWERABLE = ("waiting", "trouble")
STUCK = "就诊停住了"


class Work(UpdateProcessView):
    """The step ends in the same transaction as the task; a refusal keeps the task open and says why."""

    form_class = Answer
    success_message = "已办好。"

    def form_valid(self, form: Answer) -> HttpResponse:
        form.instance.by = self.request.user.get_username()
        try:
            finish(form.instance, outcome=form.outcome, facts=form.facts, note=form.said)
        except Problem as problem:
            form.add_error(None, f"{problem.title}。{problem.remedy}")
            return self.form_invalid(form)
        return super().form_valid(form)


class OfRole(flow.View):
    """A task for everybody of the roles its process names."""

    def can_assign(self, user: AbstractUser, task: Task) -> bool:
        return task.owner_id is None and works_as(user, task.process.coerced.roles)

    def can_execute(self, user: AbstractUser, task: Task) -> bool:
        return bool(super().can_execute(user, task)) and works_as(user, task.process.coerced.roles)


def works_as(user: AbstractUser, roles: Sequence[str]) -> bool:
    return user.is_active and (user.is_superuser or user.groups.filter(name__in=roles).exists())


class StaffTask(flow.Flow):
    """工作人员任务."""

    process_class = StaffWork
    process_title = "工作人员任务"
    lock_impl = lock.SelectForUpdateLock(nowait=False)

    start = flow.StartHandle(this.begin).Annotation(title="派出").Next(this.work)
    work = OfRole(Work.as_view()).Annotation(title="办理").Next(this.end)
    end = flow.End().Annotation(title="已办")

    def begin(
        self,
        activation: Activation,
        *,
        run: str,
        instance: str,
        roles: Sequence[str],
        title: str,
        what: str,
        order: str = "",
        amount: int = 0,
    ) -> StaffWork:
        """`order` and its `amount` where the matter is money."""
        process: StaffWork = activation.process
        process.run, process.instance, process.roles, process.title, process.what = run, instance, list(roles), title, what[:200]
        process.order, process.amount = order, amount
        return process


CODED: dict[str, type[flow.Flow]] = {STAFF_TASK: StaffTask}
"""The processes a step may start, by the name its settings keep. Each starts with what `StaffTask.begin` takes."""


# A step's work


@transaction.atomic
def open_work(number: str, instance: str, *, process: str = STAFF_TASK, **words: Any) -> StaffWork | None:
    """The one open process of this step, begun with `words`; None when the step does not wait for it any more."""
    run = actions.locked(number)
    key, _, n = instance.partition("#")
    live = run.kernel_state.live.get(key, (0, ""))
    if live[0] != int(n) or live[1] not in ANSWERABLE:
        return None
    if known := open_works(number).filter(data__instance=instance).first():
        return known
    started: StaffWork = CODED[process].start.run(run=number, instance=instance, **words)
    return started


def open_works(number: str = "") -> Any:
    """Those that wait for a person, of one run or of all."""
    found = StaffWork.objects.filter(flow_class__in=list(CODED.values()), finished=None)
    return found.filter(data__run=number) if number else found


def withdraw(number: str, instance: str) -> None:
    """The step needs nobody any more. What a person is sending in this very moment goes its own way."""
    for process in open_works(number).filter(data__instance=instance):
        put_away(process)


def put_away(process: StaffWork) -> None:
    if not process.task_set.filter(status=STATUS.STARTED).exists():
        process.flow_class.instance.cancel(process)


@transaction.atomic
def press(number: str, instance: str) -> None:
    """The work takes long: the role sees so."""
    for process in open_works(number).filter(data__instance=instance).select_for_update():
        process.reminded = (process.reminded or 0) + 1
        process.save()


@transaction.atomic
def finish(process: StaffWork, *, outcome: str, facts: Mapping[str, Value], note: str) -> None:
    """What a person answered, told to the run and to the audit. Raises NoteNamesPatient; TaskOver when the run waits for it no more."""
    run = Run.objects.light().get(number=process.run)
    name = patients.by_number(run.patient).name.reveal()
    if name and name in note:
        raise NoteNamesPatient
    if not process.instance:
        audit.record(process.by, "flows.stuck_seen", process.run, reason=note)
        return
    kind = heard_as(run, process.instance, outcome)
    news = News("staff", f"task:{process.pk}", kind, ref=process.instance, outcome=outcome, facts=facts, by=process.by, reason=note)
    if actions.deliver(process.run, news) not in ("applied", "repeat"):
        raise TaskOver(run=process.run)
    audit.record(process.by, "flows.task_worked", process.run, step=process.instance, outcome=outcome, reason=note)


def heard_as(run: Run, instance: str, outcome: str) -> str:
    """The event by which the step's type hears of this outcome."""
    hears = PALETTE[run.version.program.step(instance.partition("#")[0]).type].hears
    return next(kind for kind, hearing in hears.items() if hearing.outcome == outcome)


# Visits that stand still


def escalate(roles: Sequence[str], *, minutes: int) -> int:
    """A task for every visit that stands still, none for those that went on; how many were opened."""
    for process in open_works().filter(data__instance__isnull=True):
        if not queries.stuck_runs(minutes=minutes, only=[process.run]):
            put_away(process)
    found = [(run.number, getattr(run, "stalled", run.started_at)) for run in queries.stuck_runs(minutes=minutes)]
    return sum(open_stuck(number, since, roles, minutes=minutes) for number, since in found)


@transaction.atomic
def open_stuck(number: str, since: datetime, roles: Sequence[str], *, minutes: int) -> bool:
    """True when a task was opened: none had been since the visit stopped, whether or not somebody has seen to that one."""
    actions.locked(number)
    told = StaffWork.objects.filter(flow_class=StaffTask, data__run=number, data__instance__isnull=True, created__gte=since)
    found = queries.stuck_runs(minutes=minutes, only=[number])
    if not found or told.exists():
        return False
    what = f"停在“{queries.stands_at(found[0])}”，已经 {minutes} 分钟以上没有进展。请到这次就诊里看，能办的当场办，办不了的写明原因。"
    StaffTask.start.run(run=number, instance="", roles=roles, title=STUCK, what=what)
    return True


__all__ = ["CODED", "StaffTask", "escalate", "finish", "open_work", "press", "withdraw"]
