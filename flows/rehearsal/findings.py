"""What a simulation found: the first bottleneck and what helps, waits and stays of each step, how many are in the house."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from flows.rehearsal.assumptions import Assumptions, StepAssumption
from flows.rehearsal.clockwork import MINUTE, Simulation, Station

BIN = 30 * MINUTE
FEW = 5
"""Fewer people than this in half an hour prove nothing."""
MORE = (1, 2, 4)
SHARE = 0.05
"""A hall of a hundred counters is not helped by one: each try opens so many of them times 1, 2, 4."""

Again = Callable[[Assumptions], Simulation]


def report(found: Simulation, again: Again) -> dict[str, Any]:
    ended = [visit for visit in found.visits if visit.ended is not None]
    whole = [visit.ended - visit.arrives for visit in ended if visit.ended is not None]
    stuck = Counter(visit.stuck for visit in found.visits if visit.stuck)
    titles = {key: station.title for key, station in found.stations.items()}
    first = first_blocked(found)
    most, at = peak(found)
    return {
        "visits": len(found.visits), "seed": found.given.seed, "ended": len(ended),
        "stuck": [{"key": key, "title": titles.get(key, key), "visits": number} for key, number in sorted(stuck.items())],
        "whole": {"p50": minutes(whole, 50), "p90": minutes(whole, 90)},
        "peak": {"people": most, "at": clock(at)},
        "arrivals": arrivals(found),
        "steps": [row(station) for station in found.stations.values() if station.entries],
        "first": None if first is None else {"key": first[1].key, "at": clock(first[0])},
        "conclusions": conclusions(found, first, again),
        "slow": found.given.slow,
    }  # fmt: skip


def row(station: Station) -> dict[str, Any]:
    waits = [waited for _, waited in station.waits]
    return {
        "key": station.key, "title": station.title, "type": station.type, "visits": station.entries, "counters": station.counters,
        "wait_p50": minutes(waits, 50), "wait_p90": minutes(waits, 90), "stay_p50": minutes(station.stays, 50),
        "stay_p90": minutes(station.stays, 90), "busy": busy(station), "outcomes": dict(sorted(station.outcomes.items())),
    }  # fmt: skip


def busy(station: Station) -> float:
    """The share of the counters' time that was worked, from the first who came to the last who was served."""
    if not station.waits:
        return 0.0
    span = max(opened + waited for opened, waited in station.waits) - min(opened for opened, _ in station.waits)
    return round(min(1.0, station.worked / (station.counters * max(span, MINUTE))), 3)


def minutes(seconds: Sequence[int], percent: int) -> int:
    """The nearest rank, in whole minutes; 0 without any."""
    if not seconds:
        return 0
    ordered = sorted(seconds)
    return round(ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)] / MINUTE)


def clock(second: int) -> str:
    return f"{second // 3600 % 24}:{second // 60 % 60:02d}"


def arrivals(found: Simulation) -> list[dict[str, int]]:
    """People by hour of arrival, every hour from the first to the last."""
    hours = Counter(visit.arrives // 3600 for visit in found.visits)
    return [{"hour": hour, "people": hours[hour]} for hour in range(min(hours), max(hours) + 1)]


def peak(found: Simulation) -> tuple[int, int]:
    """(most people in the house at once, the second when)."""
    moves = sorted(
        [(visit.arrives, 1) for visit in found.visits] + [(visit.ended, -1) for visit in found.visits if visit.ended is not None]
    )
    here, best = 0, (0, 0)
    for second, change in moves:
        here += change
        best = max(best, (here, second), key=lambda pair: pair[0])
    return best


# The first bottleneck


def first_blocked(found: Simulation) -> tuple[int, Station] | None:
    """The earliest half hour of any step in which one in ten waited longer than `slow` minutes."""
    seen = [(second, station.key) for station in found.stations.values() if (second := blocked_from(station, found.given.slow)) is not None]
    return (min(seen)[0], found.stations[min(seen)[1]]) if seen else None


def blocked_from(station: Station, slow: int) -> int | None:
    bins: dict[int, list[int]] = {}
    for opened, waited in station.waits:
        bins.setdefault(opened // BIN, []).append(waited)
    full = (place for place in sorted(bins) if len(bins[place]) >= FEW and minutes(bins[place], 90) > slow)
    first = next(full, None)
    return None if first is None else first * BIN


def conclusions(found: Simulation, first: tuple[int, Station] | None, again: Again) -> list[str]:
    """What staff read first: where it blocks, what helps most, who gets stuck."""
    said = [blocked(found, *first), *helps(found, first[1], again)] if first else [unblocked(found)]
    for visit_stuck, number in sorted(Counter(visit.stuck for visit in found.visits if visit.stuck).items()):
        title = found.stations[visit_stuck].title if visit_stuck in found.stations else visit_stuck
        said.append(f"{number:,} 位停在「{title}」，要工作人员处理。")
    return said


def blocked(found: Simulation, second: int, station: Station) -> str:
    waited = minutes([one for _, one in station.waits], 90)
    said = f"{clock(second)} 起「{station.title}」最先堵住"
    if waited > found.given.slow:
        return f"{said}，10 个人里有 1 个要等 {waited} 分钟以上。"
    return f"{said}；全天算下来，10 个人里有 9 个在 {waited} 分钟之内。"


def unblocked(found: Simulation) -> str:
    queues = [station for station in found.stations.values() if station.counters and station.waits]
    if not queues:
        return "这些假设里没有要排队的步骤，没有哪一步会堵住。"
    worst = max(queues, key=lambda one: (minutes([waited for _, waited in one.waits], 90), one.key))
    waited = minutes([one for _, one in worst.waits], 90)
    return f"没有哪一步堵住。等得最久的是「{worst.title}」：10 个人里有 9 个在 {waited} 分钟之内。"


def helps(found: Simulation, station: Station, again: Again) -> list[str]:
    """The fewest more counters that clear it, and the next busiest step, whose counters may help nothing."""
    word = "位医生" if station.type == "waiting@1" else "个窗口"
    before, said = minutes([waited for _, waited in station.waits], 90), list[str]()
    for more in [max(more, math.ceil(station.counters * more * SHARE)) for more in MORE]:
        after = waits_with(found, again, station, more)
        if after <= found.given.slow or (more >= station.counters * SHARE * MORE[-1] and more >= MORE[-1]):
            said.append(f"「{station.title}」加开 {more} {word}，可从 {before} 分钟降到 {after} 分钟。")
            break
    others = [one for one in found.stations.values() if one.counters and one.waits and one is not station]
    if others:
        other = max(others, key=lambda one: (one.worked / one.counters, one.key))
        after = waits_with(found, again, station, 1, at=other)
        if after >= before * 0.9:
            said.append(f"「{other.title}」加开窗口，对这里几乎不起作用。")
    return said


def waits_with(found: Simulation, again: Again, station: Station, more: int, *, at: Station | None = None) -> int:
    changed = at or station
    given = found.given.steps.get(changed.key, StepAssumption())
    counted = {key: with_counters(found.given, one) for key, one in found.stations.items()}
    steps = {**counted, changed.key: given.model_copy(update={"counters": changed.counters + more})}
    other = again(found.given.model_copy(update={"steps": steps}))
    return minutes([waited for _, waited in other.stations[station.key].waits], 90)


def with_counters(given: Assumptions, station: Station) -> StepAssumption:
    return given.steps.get(station.key, StepAssumption()).model_copy(update={"counters": station.counters})
