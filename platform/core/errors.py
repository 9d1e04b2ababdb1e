"""Refusals by name. The code follows from the class, the words are what a patient or a member of staff reads.

A room names its own: `class SlotTaken(Conflict)`; the code is then `care.slot_taken`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

Fact = str | int | bool | None


class Blank(dict[str, Fact]):
    """Facts for a sentence: one that is missing leaves a gap instead of a second error."""

    def __missing__(self, name: str) -> str:
        return ""


class Problem(Exception):
    """Something that is the case and stops the work.

    `facts` hold numbers of ours, never personal data. `title`, `detail` and `remedy` may name facts in braces.
    """

    status: ClassVar[int] = 500
    title: ClassVar[str] = "没有办成"
    detail: ClassVar[str] = ""
    remedy: ClassVar[str] = "请稍后再试；还是不行，请到导诊台。"

    def __init__(self, **facts: Fact) -> None:
        super().__init__()
        self.facts: dict[str, Fact] = facts

    @property
    def code(self) -> str:
        """`<room>.<class in snake case>`."""
        return code_of(type(self))

    def as_problem(self) -> dict[str, Any]:
        """The body of an application/problem+json answer."""
        told: Mapping[str, Fact] = Blank(self.facts)
        words = {name: getattr(self, name).format_map(told) for name in ("title", "detail", "remedy")}
        return {"type": "about:blank", "code": self.code, **words, "status": self.status, "facts": self.facts}

    def __str__(self) -> str:
        facts = " ".join(f"{name}={value}" for name, value in self.facts.items())
        return f"{self.code} {facts}".strip()


def code_of(kind: type[BaseException]) -> str:
    """Also for errors that are not ours: `django.integrity_error`."""
    room = kind.__module__.partition(".")[0]
    return f"{room}.{re.sub(r'(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])', '_', kind.__name__).lower()}"


# Kinds


class NotFound(Problem):
    status = 404
    title = "没有找到"
    remedy = "请回到上一页再试。"


class Conflict(Problem):
    status = 409
    title = "情况已经变了"
    remedy = "请刷新后再看。"


class Forbidden(Problem):
    status = 403
    title = "没有权限"
    remedy = "请联系管理员。"


class Unauthorised(Problem):
    status = 401
    title = "请先登录"
    remedy = "请重新登录。"


class Invalid(Problem):
    status = 422
    title = "填写的内容不对"
    remedy = "请改好后再试。"


class TooMany(Problem):
    status = 429
    title = "操作太频繁"
    remedy = "请过一会儿再试。"


# Partners: only these three go wrong outside


class PartnerError(Problem):
    """`reason` is a code of ours or the partner's; `message`, the partner's own words, stays out of facts, answers and logs."""

    status = 503
    title = "医院的系统正忙"

    def __init__(self, partner: str = "", *, reason: str = "", message: str = "", **facts: Fact) -> None:
        super().__init__(partner=partner, reason=reason, **facts)
        self.partner = partner
        self.reason = reason
        self.message = message


class PartnerUnavailable(PartnerError):
    """It never arrived: try again."""

    title = "暂时连不上对方的系统"


class PartnerRefused(PartnerError):
    """The answer was no: stop."""

    title = "对方的系统没有接受"
    remedy = "请到导诊台，由工作人员帮忙办理。"


class PartnerUnclear(PartnerError):
    """It may have arrived: ask what happened, never repeat blindly."""

    title = "结果还不清楚，正在核对"
    remedy = "请不要重复操作，稍后刷新查看结果。"


# Mistakes in our own house


class LeftWithTransactionOpen(Problem):
    """A partner was called while a transaction was open: its locks would wait for a stranger."""

    title = "程序在事务没有结束时去找了合作方"


class PublishedOutsideTransaction(Problem):
    """News must be committed together with what made it true."""

    title = "程序在事务之外发布了消息"


class RecordedOutsideTransaction(Problem):
    """An audit entry must be committed together with the action it tells of."""

    title = "程序在事务之外写了审计"
