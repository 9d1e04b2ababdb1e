"""The staff processes the desk knows, and how each of their tasks reads: what it is, why it came, what follows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from viewflow.workflow.models import Task

from flows.processes import PublishFlow, StaffTask
from payments.desk import DECISIONS
from payments.processes import MoneyInTrouble


@dataclass(frozen=True)
class Told:
    """`amount` in fen and `order` where the matter is money; `run` where it is a visit."""

    what: str
    why: str = ""
    next: str = ""
    amount: int | None = None
    order: str = ""
    run: str = ""


FLOWS: dict[str, Any] = {"trouble": MoneyInTrouble, "publish": PublishFlow, "task": StaffTask}
TITLES = {"trouble": "钱款待处理", "publish": "流程审核", "task": "就诊里的事"}


def name_of(flow: type) -> str:
    """The short name of a process: its place in addresses and filters."""
    return next(name for name, one in FLOWS.items() if one is flow)


def told(task: Task) -> Told:
    """The task in words; a process without words of its own falls back to viewflow's title."""
    teller = TELLERS.get(task.process.flow_class)
    return teller(task) if teller else Told(str(task.flow_task.task_title), str(task.process.brief or ""))


def money_in_trouble(task: Task) -> Told:
    process = task.process.coerced
    if task.flow_task.name == "agree":
        receipt = f"，收据号 {process.receipt}" if process.receipt else ""
        return Told(
            what=f"核对订单 {process.order}：{DECISIONS.get(process.decision, '决定')}{receipt}",
            why=f"{name_of_person(process.by)}的理由：{process.why}。原来的问题：{process.reason}",
            next="同意后马上照办；不同意就退回重新处理，钱不动",
            amount=process.amount,
            order=process.order,
        )
    return Told(
        what=f"订单 {process.order} 的钱要人处理",
        why=process.reason,
        next="先再问一次渠道；结果未知时不要让患者重付",
        amount=process.amount,
        order=process.order,
    )


def name_of_person(account: str) -> str:
    user = get_user_model().objects.filter(username=account).first()
    return (user.get_full_name() if user else "") or account


def publish_flow(task: Task) -> Told:
    process = task.process.coerced
    if task.flow_task.name == "approve":
        return Told(
            f"审核发布“{process.title}”",
            f"{process.submitter} 送审；这个流程会收钱，要第二个人看过",
            "同意后马上用于新的就诊，走到一半的就诊不变",
        )
    return Told(f"“{process.title}”没有通过", process.reason, "改好后重新送审")


def staff_task(task: Task) -> Told:
    """A step of a visit, or a visit that stands still: then what follows is the visit itself."""
    process = task.process.coerced
    what = f"{process.title}：就诊 {process.run}"
    pressed = f"已催办 {process.reminded} 次。" if process.reminded else ""
    if not process.instance:
        return Told(what, process.what, "就诊往下走了，这件事会自己消失", run=process.run)
    follows = "填好结果，患者的流程马上往下走"
    amount = process.amount or None
    return Told(what, pressed + (process.what or "请按岗位的规定办理"), follows, amount=amount, order=process.order, run=process.run)


TELLERS: dict[type, Callable[[Task], Told]] = {MoneyInTrouble: money_in_trouble, PublishFlow: publish_flow, StaffTask: staff_task}
