"""Refusals for a person and for `--json`."""

from __future__ import annotations

from typing import Any

from core.errors import Problem
from flows.reading import TreeUnreadable


def refused(problem: Problem) -> list[dict[str, Any]]:
    """Everything that was found, each with its place and the way out."""
    if isinstance(problem, TreeUnreadable):
        return [
            {"code": problem.code, "path": one.path, "text": f"{one.where}{one.what}", "remedy": one.remedy} for one in problem.refusals
        ]
    told = problem.as_problem()
    return [{"code": problem.code, "path": str(problem.facts.get("path", "")), "text": told["title"], "remedy": told["remedy"]}]


def sentences(refusals: list[dict[str, Any]]) -> list[str]:
    return [f"{one['path'] + '：' if one['path'] else ''}{one['text']}。{one['remedy']}" for one in refusals]
