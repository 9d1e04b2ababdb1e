"""`flows export`: a flow as a file, JSON or BPMN 2.0."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from flows import bpmn, reading
from flows.language.comparing import side
from flows.language.source import source
from flows.language.verb import Result, Verb


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("flow", metavar="FLOW", help="库里的 编码、编码@版本号，或一个流程文件")
    parser.add_argument("--bpmn", action="store_true", help="导出 BPMN 2.0，而不是 JSON")
    parser.add_argument("-o", "--output", metavar="FILE", help="写到这个文件；不写就打印出来")


def run(options: Namespace) -> Result:
    one = source(options.flow)
    text = bpmn.exported(side(one)).decode() if options.bpmn else reading.written(one.tree)
    if not options.output:
        return Result([text.rstrip("\n")], {"flow": options.flow, "text": text})
    Path(options.output).write_text(text, encoding="utf-8")
    return Result([f"已写到 {options.output}。"], {"flow": options.flow, "output": options.output})


VERB = Verb("export", "导出 JSON 或 BPMN 2.0", arguments, run)
