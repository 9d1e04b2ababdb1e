"""What is wrong with a flow, as staff read it, and the walk that shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.conditions import Value
from flows.state import Event


@dataclass(frozen=True)
class Turn:
    """One event of a walk, ready for the kernel and for the rehearsal; `words` is what staff read, empty for what goes without saying."""

    type: str
    ref: str | None = None
    outcome: str | None = None
    facts: tuple[tuple[str, Value], ...] = ()
    words: str = ""

    def event(self, name: str) -> Event:
        return Event(id=name, source="proof", type=self.type, ref=self.ref, outcome=self.outcome, facts=dict(self.facts))


@dataclass(frozen=True)
class Fault:
    """`keys` are the blocks to mark, the first one the card at fault; `text` is what staff read.

    `walk` is the shortest one found that shows it, taken by the kernel itself; empty when no walk can show it (what never happens) or none
    is needed (what the drawing alone shows).
    """

    code: str
    severity: Literal["E", "W"]
    keys: tuple[str, ...]
    text: str
    walk: tuple[Turn, ...] = ()


def error(code: str, text: str, *keys: str) -> Fault:
    return Fault(code, "E", keys, text)


def warning(code: str, text: str, *keys: str) -> Fault:
    return Fault(code, "W", keys, text)
