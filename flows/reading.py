"""Trees from outside: JSON becomes a typed tree, or refusals that name the place and the way out. Nothing here is written anywhere.

`parsed` and `tree_of` are the door for drafts, which may be incomplete; `admitted` is the door for files, which must be drawable:
every type, operator and key is one that this house knows.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from core.conditions import OPERATORS
from core.errors import Invalid
from flows.schema import Tree

MOST_BYTES = 1_000_000
MOST_BLOCKS = 1_000
DEEPEST = 200
"""Levels of JSON, not of blocks: a hostile text stops here, long before Python's own limit."""
LONGEST, LONGEST_NAME, GREATEST = 2_000, 100, 2**31 - 1
MOST_SHOWN, MOST_FAULTS = 20, 200

UNKEEPABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What PostgreSQL or XML cannot hold."""

CHECK = "请核对这个文件。"
PROBLEMS = {
    "missing": ("缺少这一项", "请补上。"),
    "extra_forbidden": ("有不认识的内容", "请删去，或核对拼写。"),
    "string_pattern_mismatch": ("只能用小写字母开头，后面是小写字母、数字和下划线，最多 40 个字", "请改名。"),
    "union_tag_invalid": ("没有这种步骤", "kind 只能是 step、branch、parallel、repeat、scope、leave。"),
    "union_tag_not_found": ("没有写是哪种步骤", "请写 kind：step、branch、parallel、repeat、scope 或 leave。"),
    "literal_error": ("不是可选的值", "请改成文档里列出的值。"),
    "list_type": ("应该是一个列表", "请用方括号。"),
    "dict_type": ("应该是一组名称和值", "请用花括号。"),
    "model_attributes_type": ("应该是一组名称和值", "请用花括号。"),
    "model_type": ("应该是一组名称和值", "请用花括号。"),
    "string_type": ("应该是文字", "请用双引号。"),
    "int_type": ("应该是整数", "请写整数。"),
    "int_parsing": ("应该是整数", "请写整数。"),
    "bool_type": ("应该是 true 或 false", "请改成 true 或 false。"),
    "bool_parsing": ("应该是 true 或 false", "请改成 true 或 false。"),
}
CONDITION = ("没有这种条件", "条件只能是 fact、op、value 的比较，或 all、any、not 的组合。")
VALUE = ("不是可以比较的值", "请写 true、false、整数、文字，或它们的列表。")
GROUPS = ("compare", "all", "any", "not")


@dataclass(frozen=True)
class Refusal:
    """One thing that is wrong: `path` is a JSON Pointer, `where` the block by its title, `remedy` the way out."""

    path: str
    where: str
    what: str
    remedy: str = CHECK

    def __str__(self) -> str:
        return f"{self.path or '/'}：{self.where}{self.what}。{self.remedy}"


class TreeUnreadable(Invalid):
    """A text that is no flow; `where` and `what` are in words. `refusals` holds everything that was found, the first one included."""

    title = "流程内容读不懂：{where}{what}"
    remedy = "刷新页面可以回到最近一次保存的样子；导入的文件请核对后再试。"

    def __init__(self, *refusals: Refusal) -> None:
        super().__init__(where=refusals[0].where, what=refusals[0].what, path=refusals[0].path)
        self.refusals = refusals


def refused(what: str, remedy: str = CHECK) -> TreeUnreadable:
    """About the text as a whole."""
    return TreeUnreadable(Refusal("", "", what, remedy))


# The text


def parsed(text: str | bytes) -> Any:
    """JSON in any depth that is safe to read; no name twice, no NaN. Raises TreeUnreadable."""
    if len(text) > MOST_BYTES:
        raise refused(f"超过 {MOST_BYTES // 1000:,} KB", "请拆分成几个流程。")
    try:
        words = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        return json.loads(words, object_pairs_hook=once, parse_constant=no_constant)
    except UnicodeDecodeError as problem:
        raise refused("不是 UTF-8 文字", "请另存为 UTF-8 后再试。") from problem
    except json.JSONDecodeError as problem:
        raise refused(f"不是有效的 JSON，第 {problem.lineno} 行第 {problem.colno} 个字", "请从这里往前核对标点。") from problem
    except RecursionError as problem:
        raise refused(f"不是有效的 JSON：嵌套超过 {DEEPEST} 层") from problem
    except ValueError as problem:
        raise refused("不是有效的 JSON：有太大的数") from problem


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        counted = Counter(name for name, _ in pairs)
        twice = next(name for name, times in counted.items() if times > 1)
        raise refused(f"同一处写了两次“{twice[:LONGEST_NAME]}”", "请只留一个。")
    return found


def no_constant(word: str) -> Any:
    raise refused(f"有 {word}，不是有效的 JSON", "请改成整数，或删去。")


# The tree


def tree_of(raw: object) -> Tree:
    """The typed tree. Raises TreeUnreadable."""
    if not isinstance(raw, dict):
        raise refused("不是一个流程", "最外层应是一组名称和值：schema、code、title、body、interrupts。")
    if too_deep(raw):
        raise refused(f"嵌套超过 {DEEPEST} 层", "请拆分成几个流程。")
    if sum(1 for _ in blocks_in(raw)) > MOST_BLOCKS:
        raise refused(f"超过 {MOST_BLOCKS} 个节点", "请拆分成几个流程。")
    if wrong := list(islice(unsafe(raw), MOST_SHOWN)):
        raise TreeUnreadable(*wrong)
    try:
        return Tree.model_validate(raw)
    except ValidationError as problem:
        raise TreeUnreadable(*unlike_the_schema(raw, problem)) from problem


def admitted(text: str | bytes, types: Collection[str]) -> Tree:
    """The tree of a file, bare or under `tree`; it may be incomplete, but holds nothing that this house cannot draw.

    `types` are the step types of the palette. Raises TreeUnreadable with everything that was found.
    """
    raw = bare(parsed(text))
    tree = tree_of(raw)
    if wrong := list(islice(chain(strange(raw, types), same_key(raw)), MOST_SHOWN)):
        raise TreeUnreadable(*wrong)
    return tree


def bare(raw: Any) -> Any:
    """The tree of a file that also holds what it is judged by."""
    return raw["tree"] if isinstance(raw, dict) and "tree" in raw else raw


def written(tree: Tree) -> str:
    """A tree as a file: readable, the same text for the same tree, nothing unset."""
    return json.dumps(tree.model_dump(mode="json", by_alias=True, exclude_none=True), ensure_ascii=False, indent=2) + "\n"


def too_deep(node: object) -> bool:
    """Without recursion, so that depth cannot break it."""
    level: list[object] = [node]
    for _ in range(DEEPEST):
        level = [inner for one in level for inner in (one.values() if isinstance(one, dict) else one if isinstance(one, list) else ())]
        if not level:
            return False
    return True


def blocks_in(node: object) -> Iterator[dict[str, Any]]:
    return (one for _, one in everything(node) if isinstance(one, dict) and "kind" in one and "key" in one)


# What pydantic refuses


def unlike_the_schema(raw: object, problem: ValidationError) -> list[Refusal]:
    """In words, each place once."""
    refusals = [refusal_of(raw, each) for each in problem.errors(include_url=False, include_context=False)[:MOST_FAULTS]]
    return list({each.path: each for each in reversed(refusals)}.values())[::-1][:MOST_SHOWN]


def refusal_of(raw: object, each: ErrorDetails) -> Refusal:
    path, last = in_data(raw, each["loc"]), each["loc"][-1] if each["loc"] else ""
    if each["type"] == "missing":
        return no_condition(raw, path) or at(raw, [*path, last], *PROBLEMS["missing"])
    if last in GROUPS and path[-1:] != [last]:
        return at(raw, path, *CONDITION)
    if path[-1:] == ["value"] and {"when", "until"} & set(path):
        return at(raw, path, *VALUE)
    return no_condition(raw, path[:-1]) or at(raw, path, *PROBLEMS.get(each["type"], ("格式不对", CHECK)))


def no_condition(raw: object, path: list[int | str]) -> Refusal | None:
    """Something in the place of a condition that is none of the four."""
    here = found(raw, path)
    if not {"when", "until"} & set(path) or not isinstance(here, dict) or {"fact", "all", "any", "not"} & here.keys():
        return None
    return at(raw, path, *CONDITION)


def in_data(raw: object, loc: Sequence[int | str]) -> list[int | str]:
    """pydantic's path without its union tags, as far as the data goes."""
    path: list[int | str] = []
    for part in loc:
        here = found(raw, path)
        if (isinstance(here, dict) and part in here) or (isinstance(here, list) and isinstance(part, int) and part < len(here)):
            path.append(part)
    return path


def found(raw: Any, path: Sequence[int | str]) -> Any:
    for part in path:
        raw = raw[part]
    return raw


def at(raw: object, path: list[int | str], what: str, remedy: str) -> Refusal:
    return Refusal("".join(f"/{escaped(part)}" for part in path), where(raw, path), what, remedy)


def where(raw: object, path: list[int | str]) -> str:
    """The innermost block on the way, by its title, and the field of it."""
    title, field = "", next((str(part)[:LONGEST_NAME] for part in reversed(path) if isinstance(part, str)), "")
    for n in range(1, len(path) + 1):
        here = found(raw, path[:n]) if n < len(path) or in_data(raw, path) == path else None
        if isinstance(here, dict) and (name := here.get("title") or here.get("key")):
            title = f"「{str(name)[:LONGEST_NAME]}」"
            if n == len(path):
                return title
    return f"{title}的{field} " if title else f"{field} " if field else ""


def escaped(part: int | str) -> str:
    return str(part)[:LONGEST_NAME].replace("~", "~0").replace("/", "~1")


# What no schema says

Way = tuple["Way", int | str] | None
"""Where something stands, as a chain: a path is only spelled out when it is needed."""


def everything(node: object) -> Iterator[tuple[Way, object]]:
    """Every value below, in the order written, with its way; without recursion."""
    waiting: list[tuple[Way, object]] = [(None, node)]
    while waiting:
        way, one = waiting.pop()
        yield way, one
        inner: list[tuple[Any, object]] = (
            list(one.items()) if isinstance(one, dict) else list(enumerate(one)) if isinstance(one, list) else []
        )
        waiting.extend(((way, name), value) for name, value in reversed(inner))


def path_of(way: Way) -> list[int | str]:
    parts: list[int | str] = []
    while way is not None:
        way, part = way
        parts.append(part)
    return parts[::-1]


def unsafe(raw: object) -> Iterator[Refusal]:
    """What JSON allows and no database or screen can hold."""
    for way, one in everything(raw):
        names = list(one) if isinstance(one, dict) else []
        wrong = unusable(one, LONGEST) or next((each for name in names if (each := unusable(name, LONGEST_NAME))), None)
        if wrong:
            yield at(raw, path_of(way), *wrong)


def unusable(value: object, longest: int) -> tuple[str, str] | None:
    if isinstance(value, str):
        if len(value) > longest:
            return f"文字太长，超过 {longest:,} 个字", "请缩短。"
        if UNKEEPABLE.search(value):
            return "有不能保存的字符", "请删去看不见的字符。"
    if isinstance(value, int) and abs(value) > GREATEST:
        return "数太大", "请写小一些的整数。"
    if isinstance(value, float) and not math.isfinite(value):
        return "数太大", "请写整数。"
    return None


def strange(raw: object, types: Collection[str]) -> Iterator[Refusal]:
    """Steps and operators that this house does not have."""
    for way, one in everything(raw):
        if not isinstance(one, dict):
            continue
        path = path_of(way)
        if "settings" in path:
            continue
        if one.get("kind") == "step" and one.get("type") not in types:
            yield at(raw, [*path, "type"], f"没有“{str(one.get('type'))[:LONGEST_NAME]}”这种步骤", "请改成本系统有的步骤类型。")
        if {"when", "until"} & set(path) and "op" in one and one["op"] not in OPERATORS:
            yield at(raw, [*path, "op"], f"没有“{str(one['op'])[:LONGEST_NAME]}”这种比较", f"可以用：{'、'.join(OPERATORS)}。")


def same_key(raw: object) -> Iterator[Refusal]:
    """Blocks, cases, lanes and interrupts that share a key."""
    seen: set[str] = set()
    for way, one in everything(raw):
        key = one.get("key") if isinstance(one, dict) else None
        path = path_of(way)
        if not isinstance(key, str) or "settings" in path:
            continue
        if key in seen:
            yield at(raw, [*path, "key"], f"编码“{key}”用了两次", "请改掉其中一个，并改它的引用。")
        seen.add(key)
