"""我的待办： the tasks of every staff process that this person may work, and those already done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Q
from django.urls import reverse
from viewflow.workflow.models import Process, Task
from viewflow.workflow.status import STATUS

from operations import duties

WAITING = (STATUS.NEW, STATUS.ASSIGNED, STATUS.STARTED)


@dataclass(frozen=True)
class Duty:
    """One task as a colleague reads it. `owner` is who has taken it; `url` opens it."""

    task: Task
    what: str
    why: str
    next: str
    since: datetime
    owner: str
    mine: bool
    url: str
    amount: int | None = None


def waiting(user: AbstractBaseUser, *, flow: str = "") -> list[Duty]:
    """What waits for this person, the oldest first. A task somebody else has taken is not hers."""
    rows = tasks(flow).filter(status__in=WAITING).filter(Q(owner=user) | Q(owner=None)).order_by("created")
    return [duty(task, user) for task in rows if workable(task, user)]


def done(user: AbstractBaseUser) -> list[Duty]:
    """The last hundred tasks this person finished, the newest first."""
    rows = tasks("").filter(owner=user, finished__isnull=False).order_by("-finished")[:100]
    return [duty(task, user) for task in rows]


def tasks(flow: str) -> Any:
    """Human tasks of the processes the desk knows; `flow` narrows to one of them."""
    wanted = [one for key, one in duties.FLOWS.items() if not flow or key == flow]
    return Task.objects.filter(flow_task_type="HUMAN", process__flow_class__in=wanted).select_related("process", "owner")


def workable(task: Task, user: AbstractBaseUser) -> bool:
    """May this person take or go on with it? The process itself answers: it knows who must not decide on her own request."""
    if task.owner_id is not None:
        return bool(task.owner_id == user.pk)
    return bool(task.flow_task.can_assign(user, task))


def duty(task: Task, user: AbstractBaseUser) -> Duty:
    told = duties.told(task)
    owner = task.owner.get_full_name() or task.owner.get_username() if task.owner else ""
    return Duty(task, told.what, told.why, told.next, task.created, owner, task.owner_id == user.pk, url(task), told.amount)


def url(task: Task) -> str:
    """The task's own address, through viewflow's views."""
    name = duties.name_of(task.process.flow_class)
    return reverse(f"{name}:{task.flow_task.name}:index", args=[task.process_id, task.pk])


def count(user: AbstractBaseUser, *, flow: str = "") -> int:
    return len(waiting(user, flow=flow))


@dataclass(frozen=True)
class Past:
    """One step of a staff process that was or is."""

    at: datetime
    title: str
    who: str
    mark: str
    url: str = ""


@dataclass(frozen=True)
class Way:
    label: str
    url: str


def history(process: Process) -> list[Past]:
    """The human steps of a process in order, with who did them."""
    rows = Task.objects.filter(process=process, flow_task_type__in=["HUMAN", "START"]).select_related("owner").order_by("created")
    return [past(task) for task in rows]


def past(task: Task) -> Past:
    owner = (task.owner.get_full_name() or task.owner.get_username()) if task.owner else ""
    title = "开始" if task.flow_task_type == "START" else str(task.flow_task.task_title)
    if task.finished:
        return Past(task.finished, title, owner or "系统", "")
    return Past(task.created, title, f"{owner}在办" if owner else "还没有人接", "is-busy")


def ways(task: Task, user: AbstractBaseUser) -> list[Way]:
    """What this person may do with an open task: take it, go on, put it back."""
    if task.finished or task.status not in WAITING:
        return []
    name, node = duties.name_of(task.process.flow_class), task.flow_task
    found = []
    if task.owner_id is None and node.can_assign(user, task):
        found.append(Way("接手并办理", reverse(f"{name}:{node.name}:assign", args=[task.process_id, task.pk])))
    if task.owner_id == user.pk:
        found.append(Way("继续办", reverse(f"{name}:{node.name}:execute", args=[task.process_id, task.pk])))
        found.append(Way("放回待办", reverse(f"{name}:{node.name}:unassign", args=[task.process_id, task.pk])))
    return found
