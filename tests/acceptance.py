"""The tick lists `docs/acceptance/*.md`: what each sentence of an issue rests on.

A row is `| sentence | code | test | picture | state |`. Code and pictures are paths in backquotes, tests are `file::name` (or a file of
the front end's own tests). Everything named must exist; every named test must have run and passed when the whole suite ran.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATES = ("stands", "part", "open")
NAMED = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Row:
    file: str
    line: int
    sentence: str
    code: tuple[str, ...]
    tests: tuple[str, ...]
    pictures: tuple[str, ...]
    state: str

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}"


def rows() -> Iterator[Row]:
    for path in sorted((ROOT / "docs" / "acceptance").glob("*.md")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            if line.startswith("|") and len(cells) == 5 and cells[4] in STATES:
                named = [tuple(NAMED.findall(cell)) for cell in cells[1:4]]
                yield Row(path.name, number, cells[0], named[0], named[1], named[2], cells[4])


def unknown() -> list[str]:
    """What a row names and the tree does not have; a standing row that names no test."""
    wrong = []
    for row in rows():
        wrong += [f"{row.place} names {name}, which does not exist" for name in (*row.code, *row.pictures) if not list(ROOT.glob(name))]
        wrong += [f"{row.place} names {name}, which does not exist" for name in row.tests if not exists(name)]
        if row.state == "stands" and not row.tests:
            wrong.append(f"{row.place} stands on no test")
    return wrong


def exists(name: str) -> bool:
    file, _, function = name.partition("::")
    path = ROOT / file
    return path.exists() and (
        not function or re.search(rf"^\s*(async )?def {re.escape(function)}\(", path.read_text(encoding="utf-8"), re.M) is not None
    )


def not_run(passed: set[str]) -> list[str]:
    """Named Python tests that did not pass in this session; `passed` holds node ids without parameters."""
    wanted = {name for row in rows() for name in row.tests if name.startswith("tests/") and "::" in name}
    return sorted(wanted - passed)
