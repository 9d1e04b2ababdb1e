"""Trees from outside: JSON becomes a typed tree, or a refusal that names the place and the way out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import ValidationError

from core.errors import Invalid
from flows.schema import Tree

MOST_BLOCKS = 1_000
DEEPEST = 200
"""Levels of JSON, not of blocks: a hostile text stops here, long before Python's own limit."""

PROBLEMS = {
    "missing": "缺少这一项",
    "extra_forbidden": "有不认识的内容",
    "string_pattern_mismatch": "只能用小写字母开头，后面是小写字母、数字和下划线，最多 40 个字",
    "union_tag_invalid": "没有这种步骤",
    "union_tag_not_found": "没有写是哪种步骤",
    "literal_error": "不是可选的值",
}


class TreeUnreadable(Invalid):
    """A text that is no flow; `where` and `what` are in words."""

    title = "流程内容读不懂：{where}{what}"
    remedy = "刷新页面可以回到最近一次保存的样子；导入的文件请核对后再试。"


def tree_of(raw: object) -> Tree:
    """The typed tree. Raises TreeUnreadable."""
    if not isinstance(raw, dict):
        raise TreeUnreadable(where="", what="不是一个流程")
    if too_deep(raw):
        raise TreeUnreadable(where="", what=f"嵌套超过 {DEEPEST} 层")
    if sum(1 for _ in blocks_in(raw)) > MOST_BLOCKS:
        raise TreeUnreadable(where="", what=f"超过 {MOST_BLOCKS} 个节点")
    try:
        return Tree.model_validate(raw)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_context=False)[0]
        raise TreeUnreadable(where=where(raw, first["loc"]), what=PROBLEMS.get(first["type"], "格式不对")) from problem


def parsed(text: str | bytes) -> Any:
    """JSON in any depth that is safe to read. Raises TreeUnreadable."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise TreeUnreadable(where="", what="不是有效的 JSON") from problem


def too_deep(node: object) -> bool:
    """Without recursion, so that depth cannot break it."""
    level: list[object] = [node]
    for _ in range(DEEPEST):
        level = [inner for one in level for inner in (one.values() if isinstance(one, dict) else one if isinstance(one, list) else ())]
        if not level:
            return False
    return True


def blocks_in(node: object) -> Iterator[dict[str, Any]]:
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if "kind" in one and "key" in one:
                yield one
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)


def where(raw: object, path: Sequence[int | str]) -> str:
    """The innermost block on the way to the fault, by its title, and the field."""
    title, here = "", raw
    for part in path:
        here = step(here, part)
        if isinstance(here, dict) and (name := here.get("title") or here.get("key")):
            title = f"「{name}」的"
    field = next((str(part) for part in reversed(path) if isinstance(part, str)), "")
    return f"{title}{field} " if field else title


def step(here: object, part: int | str) -> object:
    """One part of pydantic's path; its union tags are no part of the data and are passed over."""
    if isinstance(here, dict) and isinstance(part, str):
        return here.get(part, here)
    if isinstance(here, list) and isinstance(part, int) and part < len(here):
        return here[part]
    return here
