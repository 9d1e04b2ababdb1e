"""`flows diff`: what one flow changes against another, a sentence for each change."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict

from flows.diff import Side, changes
from flows.language.checking import SETTINGS
from flows.language.source import Source, source
from flows.language.verb import Result, Verb


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("before", metavar="BEFORE", help="流程文件，或库里的 编码@draft、编码@版本号")
    parser.add_argument("after", metavar="AFTER")


def run(options: Namespace) -> Result:
    found = changes(side(source(options.before)), side(source(options.after)))
    lines = [f"{'¥' if change.money else ' '} {change.text}" for change in found]
    lines.append(f"共 {len(found)} 处改动，其中 {sum(change.money for change in found)} 处涉及收费。" if found else "没有改动。")
    return Result(lines, {"changes": [asdict(change) for change in found]})


def side(one: Source) -> Side:
    return Side(one.tree, one.contracts, one.words, SETTINGS)


VERB = Verb("diff", "比较两个流程，不需要数据库", arguments, run)
