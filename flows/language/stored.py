"""A flow of this house, as a source."""

from __future__ import annotations

from django.db import OperationalError

from core.errors import Problem
from flows import comparisons
from flows.language.source import FlowMissing, Source
from flows.models import FlowDefinition


class DatabaseSilent(Problem):
    title = "连不上数据库，读不到库里的流程"
    remedy = "请先启动数据库，或改用流程文件。"


def stored(name: str, code: str, which: str) -> Source:
    """`which`: draft, or the number of a version. Raises FlowMissing, FlowIncomplete, DatabaseSilent."""
    try:
        return found(name, code, which)
    except OperationalError as problem:
        raise DatabaseSilent from problem


def found(name: str, code: str, which: str) -> Source:
    definition = FlowDefinition.objects.filter(code=code).first()
    version = definition.versions.filter(number=which).first() if definition and which != "draft" else None
    if definition is None or (which != "draft" and version is None):
        raise FlowMissing(name=name)
    side = comparisons.of_version(version) if version else comparisons.of_draft(definition)
    return Source(name, side.tree, side.contracts, dict(side.vocabulary))
