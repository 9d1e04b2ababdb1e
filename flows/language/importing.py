"""`flows import`: a file becomes a new flow, or the newest draft of one there is. Nothing is published."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from flows import drafts, reading
from flows.language.source import FileMissing, content
from flows.language.verb import Result, Verb
from flows.nodes import CONTRACTS


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--into", metavar="CODE", default="", help="作为这个流程的新草稿；不写就新建一个流程")
    parser.add_argument("--by", metavar="ACCOUNT", default="command", help="记在谁名下")


def run(options: Namespace) -> Result:
    path = Path(options.file)
    if not path.is_file():
        raise FileMissing(name=options.file)
    tree = reading.admitted(content(path), CONTRACTS)
    draft = drafts.replace(options.into, tree, by=options.by) if options.into else drafts.begin(tree, by=options.by)
    return Result([f"已导入为流程“{draft.title}”（编码 {draft.code}）的草稿，还没有发布。"], {"code": draft.code, "title": draft.title})


VERB = Verb("import", "把文件导入成草稿", arguments, run)
