"""The staff processes the desk knows, and how each of their tasks reads: what it is, why it came, what follows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flows.processes import PublishFlow
from payments.processes import MoneyInTrouble
from viewflow.workflow.models import Task


@dataclass(frozen=True)
class Told:
    """`amount` in fen and `order` where the matter is money."""

    what: str
    why: str = ""
    next: str = ""
    amount: int | None = None
    order: str = ""


FLOWS: dict[str, Any] = {"trouble": MoneyInTrouble, "publish": PublishFlow}
TITLES = {"trouble": "钱款待处理", "publish": "流程审核"}


def name_of(flow: type) -> str:
    """The short name of a process: its place in addresses and filters."""
    return next(name for name, one in FLOWS.items() if one is flow)


def told(task: Task) -> Told:
    """The task in words; a process without words of its own falls back to viewflow's title."""
    teller = TELLERS.get(task.process.flow_class)
    return teller(task) if teller else Told(str(task.flow_task.task_title), str(task.process.brief or ""))


def money_in_trouble(task: Task) -> Told:
    process = task.process.coerced
    return Told(
        what=f"订单 {process.order} 的钱要人处理",
        why=process.reason,
        next="先再问一次渠道；结果未知时不要让患者重付",
        amount=process.amount,
        order=process.order,
    )


def publish_flow(task: Task) -> Told:
    process = task.process.coerced
    if task.flow_task.name == "approve":
        return Told(
            f"审核发布“{process.title}”",
            f"{process.submitter} 送审；这个流程会收钱，要第二个人看过",
            "同意后马上用于新的就诊，走到一半的就诊不变",
        )
    return Told(f"“{process.title}”没有通过", process.reason, "改好后重新送审")


TELLERS: dict[type, Callable[[Task], Told]] = {MoneyInTrouble: money_in_trouble, PublishFlow: publish_flow}
