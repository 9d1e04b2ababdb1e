"""Simulate: invented visits through a flow, and what they found there.

Seeded: the same tree, assumptions and seed give the same report, to the last digit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.conditions import Fact
from flows.program import Program
from flows.rehearsal.assumptions import Assumptions
from flows.rehearsal.clockwork import Simulation
from flows.rehearsal.findings import report
from flows.rehearsal.progress import Progress, unheard
from flows.schema import Contract


def simulate(
    program: Program,
    contracts: Mapping[str, Contract],
    assumptions: Assumptions,
    *,
    starts: Mapping[str, Fact],
    progress: Progress = unheard,
) -> dict[str, Any]:
    """The report (plain JSON), with what a counter more would change. Raises Cancelled."""

    def again(changed: Assumptions) -> Simulation:
        fresh = Simulation(program, contracts, changed, starts=starts)
        fresh.run(lambda _done, _total: progress(assumptions.visits, assumptions.visits))
        return fresh

    first = Simulation(program, contracts, assumptions, starts=starts)
    first.run(progress)
    return report(first, again)
