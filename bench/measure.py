"""How a benchmark measures: candidates interleaved in random order, CPU of this process, medians, one table with ratios."""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable, Mapping

ROUNDS = 7


def interleaved(candidates: Mapping[str, Callable[[], int]], *, rounds: int = ROUNDS, seed: int = 1) -> dict[str, float]:
    """Median CPU microseconds for one unit; a candidate returns how many units it did."""
    order = random.Random(seed)
    names, seen = list(candidates), {name: [] for name in candidates}
    for _ in range(rounds):
        order.shuffle(names)
        for name in names:
            began = time.process_time()
            units = candidates[name]()
            seen[name].append((time.process_time() - began) / units * 1e6)
    return {name: statistics.median(values) for name, values in seen.items()}


def table(title: str, micros: Mapping[str, float], *, ours: str, unit: str) -> None:
    """Print every candidate and how many times ours it costs."""
    out = [title, f"  {'':<44}{'CPU µs/' + unit:>16}{'× ours':>10}"]
    out += [f"  {name:<44}{value:>16,.1f}{value / micros[ours]:>10.2f}" for name, value in micros.items()]
    sys.stdout.write("\n".join(out) + "\n")
