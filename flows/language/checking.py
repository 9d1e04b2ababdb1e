"""`flows check`: everything the proof says of flows in files."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Any

from core.errors import Problem
from flows.language.source import source
from flows.language.telling import refused, sentences
from flows.language.verb import Result, Verb
from flows.nodes import PALETTE
from flows.proof import Fault, faults, unchecked

SETTINGS = {name: node.settings for name, node in PALETTE.items()}
SEVERITIES = {"E": "错误", "W": "警告"}


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="流程文件，或库里的 编码@draft、编码@版本号")
    parser.add_argument("--strict", action="store_true", help="有警告也算不通过")


def run(options: Namespace) -> Result:
    """One file that cannot be read does not keep the others from being checked."""
    checked = [check(name, strict=options.strict) for name in options.files]
    faulty = sum(1 for one in checked if one["faulty"])
    lines = [line for one in checked for line in told(one)]
    lines.append(f"共 {len(checked)} 个流程，{len(checked) - faulty} 个通过，{faulty} 个有问题。")
    return Result(lines, {"files": checked, "faulty": faulty}, bool(faulty))


def check(name: str, *, strict: bool) -> dict[str, Any]:
    try:
        one = source(name)
    except Problem as problem:
        return {"file": name, "refused": refused(problem), "faults": [], "unchecked": [], "faulty": True}
    found = faults(one.tree, one.contracts, one.words, SETTINGS, one.references)
    left = [*unchecked(one.tree, one.references), *one.unchecked]
    faulty = any(strict or fault.severity == "E" for fault in found)
    return {"file": name, "refused": [], "faults": [of_fault(fault) for fault in found], "unchecked": left, "faulty": faulty}


def of_fault(fault: Fault) -> dict[str, Any]:
    walk = [turn.words for turn in fault.walk if turn.words]
    return {"code": fault.code, "severity": fault.severity, "keys": list(fault.keys), "text": fault.text, "walk": walk}


def told(one: dict[str, Any]) -> list[str]:
    lines = [f"  {sentence}" for sentence in sentences(one["refused"])]
    lines += [f"  {SEVERITIES[each['severity']]} {each['code']} [{'、'.join(each['keys'])}] {each['text']}" for each in one["faults"]]
    lines += [f"  未核对 {sentence}" for sentence in one["unchecked"]]
    return [f"{one['file']}：{verdict(one)}", *lines]


def verdict(one: dict[str, Any]) -> str:
    if one["faulty"]:
        return "有问题"
    return f"通过，有 {len(one['faults'])} 个警告" if one["faults"] else "通过"


VERB = Verb("check", "检查流程文件，不需要数据库", arguments, run)
