"""The flows of `sound/` and `broken/`: each broken one is a sound one with one edit, and names the fault that must be found.

A file holds the `tree` and what it is judged by: `contracts` of types the palette does not have, `references` of other rooms. A broken one
also holds `expected` (code), `at` (the card), `also` (what follows from the same edit), `sound` and `edit`, one JSON-Patch operation.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from flows.nodes import CONTRACTS, PALETTE
from flows.proof import Fault
from flows.proof.files import check
from flows.vocabulary import START

HERE = Path(__file__).parent
SOUND = sorted(HERE.glob("sound/*.json"))
BROKEN = sorted(HERE.glob("broken/*.json"))
SETTINGS = {name: node.settings for name, node in PALETTE.items()}


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def judged(path: Path) -> list[Fault]:
    return check(path.read_bytes(), CONTRACTS, START, SETTINGS).faults


def edited(tree: dict[str, Any], edit: dict[str, Any]) -> dict[str, Any]:
    """The tree after one JSON-Patch operation."""
    made = copy.deepcopy(tree)
    if edit["op"] == "move":
        put(made, edit["path"], take(made, edit["from"]))
    elif edit["op"] == "remove":
        take(made, edit["path"])
    else:
        put(made, edit["path"], edit["value"], replace=edit["op"] == "replace")
    return made


def put(tree: Any, path: str, value: Any, *, replace: bool = False) -> None:
    parent, last = place(tree, path)
    if not isinstance(parent, list):
        parent[last] = value
    elif replace:
        parent[int(last)] = value
    else:
        parent.insert(len(parent) if last == "-" else int(last), value)


def take(tree: Any, path: str) -> Any:
    parent, last = place(tree, path)
    return parent.pop(int(last) if isinstance(parent, list) else last)


def place(tree: Any, path: str) -> tuple[Any, str]:
    *way, last = path.split("/")[1:]
    for part in way:
        tree = tree[int(part)] if isinstance(tree, list) else tree[part]
    return tree, last
