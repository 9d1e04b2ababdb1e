"""What a verb of `manage.py flows` is: its arguments, and what it found."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Result:
    """`lines` for a person, `data` for `--json`. `faulty` makes the exit status 1."""

    lines: list[str] = field(default_factory=list)
    data: Any = None
    faulty: bool = False


@dataclass(frozen=True)
class Verb:
    """`run` may raise any `core.errors.Problem`: it is told in a sentence, with exit status 1. `--json` is every verb's own already."""

    name: str
    help: str
    arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace], Result]
