"""What a simulation assumes: who comes when, how long a step takes, at how many counters, how it ends. Typed in, or from history."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence

from pydantic import BaseModel, Field

from core.conditions import FactType, Value
from flows.schema import Contract

ARRIVALS = {7: 9, 8: 18, 9: 16, 10: 11, 11: 6, 12: 2, 13: 6, 14: 13, 15: 11, 16: 6, 17: 2}
"""Share of the day's visits by hour: two peaks, as in every outpatient hall. Not even, and not a Poisson stream."""
MINUTES = {"checkin@1": 2, "waiting@1": 0, "consultation@1": 8, "bill@1": 2, "payment@1": 3, "pharmacy@1": 4, "guide@1": 1, "message@1": 0}
QUEUES = ("waiting@1", "pharmacy@1")
"""Types at whose counters people queue; `waiting` queues for the doctor, who is then taken until the consultation is over."""
WEIGHTS: dict[str, Mapping[str, float]] = {
    "checkin@1": {"arrived": 94, "late": 2, "too_far": 1, "missed": 3},
    "waiting@1": {"called": 95, "passed": 5},
    "consultation@1": {"seen": 98, "missed": 2},
    "bill@1": {"issued": 88, "none": 12},
    "payment@1": {"paid": 93, "expired": 4, "failed": 1, "nothing_due": 1, "bill_changed": 1},
    "pharmacy@1": {"dispensed": 97, "out_of_stock": 1, "not_collected": 2},
}
MAIN = 0.95
OTHER_MINUTES = 5
SPREAD = 0.5
"""Of the logarithm of a typed-in service time: half take less than the minutes typed, one in ten nearly twice as long."""
FILLED = 0.85
OPEN_MINUTES = 480


class StepAssumption(BaseModel, frozen=True, extra="forbid"):
    """`minutes`: the usual time, or a list of times seen, from short to long. `counters` 0: nobody queues here."""

    minutes: float | list[float] | None = None
    counters: int | None = Field(default=None, ge=0, le=2_000)
    outcomes: dict[str, float] = {}


class Assumptions(BaseModel, frozen=True, extra="forbid"):
    """All that is not the flow. `slow`: minutes of waiting from which a step counts as blocked."""

    visits: int = Field(default=1_000, ge=1, le=100_000)
    seed: int = 1
    arrivals: dict[int, float] = {hour: float(share) for hour, share in ARRIVALS.items()}
    steps: dict[str, StepAssumption] = {}
    facts: dict[str, dict[str, float]] = {}  # fact → value (as text) → share
    starts: list[dict[str, Value]] = []  # start facts of past visits, drawn from at random
    interrupts: dict[str, float] = {}  # event → share of the visits it strikes
    trouble: float = Field(default=0.0, ge=0, le=1)  # share of payments and bills that need a person first
    slow: int = Field(default=30, ge=1, le=1_440)


def minutes_of(type_: str, given: StepAssumption) -> float | list[float]:
    return given.minutes if given.minutes is not None else float(MINUTES.get(type_, OTHER_MINUTES))


def typical(minutes: float | list[float]) -> float:
    if isinstance(minutes, list):
        return sorted(minutes)[len(minutes) // 2] if minutes else 0.0
    return minutes


def counters_of(type_: str, given: StepAssumption, *, visits: int, minutes: float) -> int:
    """As typed in; else enough that they are busy 85 of 100 minutes when everybody comes evenly, or none where nobody queues."""
    if given.counters is not None:
        return given.counters
    return max(1, math.ceil(visits * minutes / OPEN_MINUTES / FILLED)) if type_ in QUEUES else 0


def weights_of(contract: Contract, given: StepAssumption) -> tuple[Sequence[str], Sequence[float]]:
    """How a step ends, with shares that need not add up to anything."""
    shares = dict(given.outcomes or WEIGHTS.get(contract.name) or {})
    known = [outcome for outcome in contract.ends() if shares.get(outcome, 0) > 0]
    if known:
        return known, [shares[outcome] for outcome in known]
    others = [outcome for outcome in contract.ends() if outcome != contract.main]
    return [contract.main, *others], [MAIN, *((1 - MAIN) / len(others) for _ in others)]


def duration(draw: random.Random, minutes: float | list[float]) -> int:
    """Seconds."""
    if isinstance(minutes, list):
        if not minutes:
            return 0
        place = draw.random() * (len(minutes) - 1)
        low = int(place)
        high = min(low + 1, len(minutes) - 1)
        return round((minutes[low] + (minutes[high] - minutes[low]) * (place - low)) * 60)
    return round(minutes * 60 * math.exp(SPREAD * draw.gauss(0, 1))) if minutes else 0


def value(draw: random.Random, name: str, kind: FactType, shares: Mapping[str, Mapping[str, float]]) -> Value:
    """One value of a fact: by the shares given for it, else any of its kind."""
    given = shares.get(name)
    if given:
        text = draw.choices(list(given), list(given.values()))[0]
        return text if kind.kind == "enum" else text in ("true", "True") if kind.kind == "bool" else int(text)
    if kind.kind == "bool":
        return draw.random() < 0.5
    if kind.kind == "enum":
        return draw.choice(list(kind.options))
    low, high = kind.range
    most = {"money": 40_000, "count": 9}.get(kind.kind, 90)
    return draw.randint(low or 0, max(low or 0, min(most if high is None else high, most)))
