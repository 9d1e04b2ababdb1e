"""Where a draft can no longer follow the past: it waits for what was never asked, or a person is called."""

from __future__ import annotations

from typing import NamedTuple

from core.conditions import compares
from flows.program import BranchAt, Program, RepeatAt, StepAt, UntilAt
from flows.schema import OUTCOME
from flows.state import State

UNANSWERED = ("waiting", "expiring", "closing", "undoing")


class Snag(NamedTuple):
    """Where the draft can no longer follow. `reason` is a word of `verdict.REASONS`, `detail` what it is about."""

    verdict: str
    key: str
    reason: str
    detail: str = ""


def waits(past: State, draft: State) -> Snag | None:
    """The first thing the draft waits for and the past does not, by order of entry as far as it is known."""
    for key in sorted(draft.live.keys() - past.live.keys()):
        mode = draft.live[key][1]
        if mode in UNANSWERED:
            return Snag("unknown", key, mode)
    return None


def in_trouble(past: State, draft: State, program: Program) -> Snag | None:
    """The draft calls a person where the past did not."""
    for key, (_, mode) in sorted(draft.live.items()):
        if mode == "unserved" and past.live.get(key, (0, ""))[1] != mode:
            last = next((row.outcome for row in reversed(draft.done) if row.key == key), "")
            return Snag("stuck", key, "unserved", last)
        if mode == "trouble" and past.live.get(key, (0, ""))[1] != mode:
            at = program.places.get(key)
            return Snag("stuck", key, "trouble") if isinstance(at, StepAt) else undecided(draft, program, key)
    return None


def undecided(state: State, program: Program, key: str) -> Snag:
    """A branch or repeat the known facts do not decide: is it that they could not be known, or that nobody wrote them down?"""
    at = program.places[key]
    end = program.places.get(f"/{key}") if isinstance(at, RepeatAt) else None
    conditions = [when for _, when, _ in at.cases] if isinstance(at, BranchAt) else [end.until] if isinstance(end, UntilAt) else []
    absent = sorted({one.fact for condition in conditions for one in compares(condition) if one.fact not in state.facts})
    if not absent:
        return Snag("stuck", key, "gap")
    unwritten = [fact for fact in absent if could_be_told(state, program, fact)]
    return Snag("unknown", key, "fact", unwritten[0]) if unwritten else Snag("stuck", key, "undecided")


def could_be_told(state: State, program: Program, fact: str) -> bool:
    """A start fact nobody recorded, or one that its step tells with the outcome it had."""
    key, _, short = fact.partition(".")
    at = program.places.get(key)
    if not isinstance(at, StepAt):
        return True
    outcome = str(state.facts.get(f"{key}.{OUTCOME}", ""))
    return any(name == short for name, _, _ in at.facts.get(outcome, ()))
