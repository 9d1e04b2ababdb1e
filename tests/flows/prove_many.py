"""Many random trees, judged by the proof and by the oracle: `python tests/flows/prove_many.py --trees 5000 --seed 1`.

Trees that are broken as drawn, or have more states than the oracle will visit, are grown anew and not counted.
"""

from __future__ import annotations

import argparse
import sys
import time

from agreement import disagreement, grown


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--trees", type=int, default=300)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--states", type=int, default=1_500, help="the oracle visits at most so many")
    options.add_argument("--steps", type=int, default=6)
    given = options.parse_args()
    judged, left_out, differ, seed, begun = 0, 0, 0, given.seed * 1_000_000, time.monotonic()
    while judged < given.trees:
        seed += 1
        told = disagreement(grown(seed, given.steps), given.states)
        if told is None:
            left_out += 1
            continue
        judged += 1
        if told:
            differ += 1
            print(f"seed {seed}: {told}", flush=True)
        if judged % 500 == 0:
            print(f"{judged} trees, {differ} differ, {time.monotonic() - begun:.0f} s", flush=True)
    print(f"{judged} trees judged, {differ} differ, {left_out} left out, {time.monotonic() - begun:.0f} s")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
