"""What a verb works on: a file, or a flow of this house as `code`, `code@draft` or `code@3`. A file needs no database."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.conditions import Fact
from core.errors import Invalid, NotFound
from flows import reading
from flows.nodes import CONTRACTS
from flows.proof import files
from flows.proof.values import comparisons
from flows.schema import Contract, Tree
from flows.vocabulary import PLACES, START, place

STORED = re.compile(r"(?P<code>[a-z][a-z0-9_]{0,39})(@(?P<which>draft|\d{1,6}))?")


class FileMissing(NotFound):
    title = "没有这个文件：{name}"
    remedy = "请核对路径；库里的流程写成 编码@draft 或 编码@版本号。"


class FlowMissing(NotFound):
    title = "库里没有这个流程：{name}"
    remedy = "请核对编码和版本号。"


class FileUnreadable(Invalid):
    """`path` is where, in the file's own names."""

    title = "文件读不懂：{path} {what}"
    remedy = "请核对这个文件，格式见 docs/flow-json.md。"


@dataclass(frozen=True)
class Source:
    """A tree and what it is judged by. `references` None: nobody here knows what other rooms offer."""

    name: str
    tree: Tree
    contracts: Mapping[str, Contract]
    words: Mapping[str, Fact]
    references: Mapping[str, list[str]] = field(default_factory=dict)
    unchecked: tuple[str, ...] = ()


def source(name: str) -> Source:
    """Raises TreeUnreadable, FileUnreadable, FileMissing, FlowMissing."""
    path = Path(name)
    if path.is_file():
        return of_file(name, path)
    if found := STORED.fullmatch(name):
        from flows.language.stored import stored  # only this asks a database

        return stored(name, found["code"], found["which"] or "draft")
    raise FileMissing(name=name)


def of_file(name: str, path: Path) -> Source:
    text = content(path)
    tree = reading.tree_of(reading.bare(reading.parsed(text)))
    try:
        file = files.read(text)
    except files.Unreadable as problem:
        raise FileUnreadable(path=problem.path, what="格式不对") from problem
    places = named_places(tree)
    told = tuple(f"有 {len(fact.type.options) - 1} 处{fact.title}没有核对。" for fact in places.values())
    return Source(name, tree, {**CONTRACTS, **file.contracts}, {**START, **places}, file.references, told)


def content(path: Path) -> bytes:
    """At most what may be read, and one byte more so that the door sees it is too much."""
    try:
        with path.open("rb") as file:
            return file.read(reading.MOST_BYTES + 1)
    except OSError as problem:
        raise FileMissing(name=str(path)) from problem


def named_places(tree: Tree) -> dict[str, Fact]:
    """Without the directory of HIS every place that the tree names is taken to exist."""
    found: dict[str, Fact] = {}
    for name, each in comparisons(tree).items():
        if name in PLACES:
            values = [value for one in each for value in (one.value if isinstance(one.value, list) else [one.value])]
            found[name] = place(name, {value: value for value in values if isinstance(value, str)})
    return found
