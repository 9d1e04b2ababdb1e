"""A flow in a file: a tree, bare or with what it is judged by beside it. No database is asked; what that leaves open is said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, ValidationError

from core.conditions import Vocabulary
from flows.proof import Fault, faults, unchecked
from flows.schema import Contract, Tree


class File(BaseModel):
    """`contracts` are of types that the palette lacks, `references` what other rooms offer; more may stand beside them."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    tree: Tree
    contracts: dict[str, Contract] = {}
    references: dict[str, list[str]] = {}


@dataclass(frozen=True)
class Checked:
    tree: Tree
    faults: list[Fault]
    unchecked: list[str]


class Unreadable(Exception):
    """Not a flow: `path` says where, `reason` what is wrong there."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path, self.reason = path, reason


def read(text: str | bytes) -> File:
    """Raises Unreadable."""
    try:
        data = json.loads(text)
        return File.model_validate(data if isinstance(data, dict) and "tree" in data else {"tree": data})
    except ValidationError as problem:
        first = problem.errors()[0]
        raise Unreadable("/".join(str(part) for part in first["loc"]), first["msg"]) from problem
    except (ValueError, RecursionError) as problem:
        raise Unreadable("", str(problem)) from problem


def check(
    text: str | bytes, contracts: Mapping[str, Contract], vocabulary: Vocabulary, settings: Mapping[str, type[BaseModel]] | None = None
) -> Checked:
    """Everything the proof says of a flow in a file. Raises Unreadable."""
    file = read(text)
    found = faults(file.tree, {**contracts, **file.contracts}, vocabulary, settings, file.references)
    return Checked(file.tree, found, unchecked(file.tree, file.references))
