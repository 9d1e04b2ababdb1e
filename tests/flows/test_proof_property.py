"""On random trees the proof says what the kernel does: the same faults at the same cards, and every walk it shows can be walked.

`prove_many.py` does the same for as many trees as one likes.
"""

from __future__ import annotations

import pytest
from agreement import asked, decided, disagreement, grown
from second_opinion import by_z3
from thicket import CONTRACTS, VOCABULARY

from flows.proof import BLOCKING, faults

TREES = 300
STATES = 600  # what the oracle visits at most: trees with more are left to prove_many.py


def test_proof_and_oracle_agree_on_random_trees() -> None:
    judged, seed, differ = 0, 0, []
    while judged < TREES:
        seed += 1
        told = disagreement(grown(seed), STATES)
        judged += told is not None
        if told:
            differ.append(f"seed {seed}: {told}")
    assert differ == []


def test_both_verdicts_occur() -> None:
    """A comparison in which nothing is ever wrong, or everything, would prove nothing."""
    codes: dict[str, int] = {}
    for seed in range(1, 150):
        for code, _ in asked(faults(grown(seed), CONTRACTS, VOCABULARY)):
            codes[code] = codes.get(code, 0) + 1
    rare = {code: times for code, times in codes.items() if times < 2}
    assert len(codes) >= 13, codes
    assert len(rare) <= 3, rare
    clean = [seed for seed in range(1, 150) if not asked(faults(grown(seed), CONTRACTS, VOCABULARY))]
    assert len(clean) >= 5


@pytest.mark.parametrize("start", [1, 21, 41])
def test_z3_agrees_with_the_diagrams(start: int) -> None:
    for seed in range(start, start + 20):
        tree = grown(seed, steps=8)
        if {fault.code for fault in faults(tree, CONTRACTS, VOCABULARY)} & BLOCKING:
            continue
        assert by_z3(tree, CONTRACTS, VOCABULARY) == decided(tree), seed
