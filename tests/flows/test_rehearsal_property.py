"""For every flow and every order of events: a journal through its own flow leads to the same states, and the verdict is *same*."""

from __future__ import annotations

from growing import CONTRACTS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_kernel_properties import wander

from flows.kernel import Event, State, advance
from flows.rehearsal.lockstep import Lockstep
from flows.rehearsal.replay import Recorded, Subject, replay, walk

EXAMPLES = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@EXAMPLES
@given(st.integers(0, 2**32))
def test_every_journal_through_its_own_flow_is_the_same(seed: int) -> None:
    walked = wander(seed)
    events: list[Event] = walked.events
    lockstep = Lockstep({"v": walked.program}, walked.program, CONTRACTS)
    told = [(lockstep.told("v", one.type, one.ref or "", one.outcome or "", one.facts), 0.0) for one in events]
    state = State.new()
    for event in events:
        state = advance(walked.program, state, event).state
    node = walk(lockstep, told)
    for one in (node.past, node.draft):
        assert (one.status, one.live, one.done, one.count, one.rounds, one.unwind) == (
            state.status, state.live, state.done, state.count, state.rounds, state.unwind
        )  # fmt: skip
    subject = Subject(walked.program, {"v": walked.program}, CONTRACTS)
    assert replay(subject, lambda _: [Recorded("1", told)])["same"] == 1
