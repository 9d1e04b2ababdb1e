"""The machines under random walks: whatever is called in whatever order, what must not happen does not. No database."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from viewflow.fsm import TransitionNotAllowed

from payments.models import Attempt, Order, Refund, Tender
from payments.states import AttemptStates, OrderStates, RefundStates, TenderStates

MACHINES = {OrderStates: Order, TenderStates: Tender, AttemptStates: Attempt, RefundStates: Refund}
GOALS = {
    "finish_refund": {OrderStates: ["refunded", "booked", "paid"], TenderStates: ["in", "returned"]},
    "go_on": {OrderStates: ["open", "paying", "paid"]},
}


def moves(machine: type) -> list[str]:
    return sorted(method.slug for method in machine.state.get_transitions())


def edges(machine: type) -> set[tuple[str, str]]:
    found = set()
    for transitions in machine.state.get_transitions().values():
        for one in transitions:
            found |= {(str(one.source), str(target)) for target in one.declared_targets()}
    return found


@pytest.mark.parametrize("machine", MACHINES)
def test_every_state_is_reached_and_no_other(machine: type) -> None:
    states = {str(state) for state in MACHINES[machine].State}
    first = str(MACHINES[machine]._meta.get_field("state").default)
    assert {target for _, target in edges(machine)} | {first} == states


def test_what_is_paid_is_never_closed_or_payable_again() -> None:
    left = {target for source, target in edges(OrderStates) if source in ("paid", "booked")}
    assert left == {"booked", "trouble", "refunding"}
    assert {source for source, target in edges(OrderStates) if target == "closed"} == {"open", "paying", "unknown", "closing", "trouble"}


def test_what_is_settled_at_the_channel_stays_so() -> None:
    assert not [edge for edge in edges(AttemptStates) if edge[0] == "paid"]
    assert not [edge for edge in edges(RefundStates) if edge[0] == "succeeded"]


def test_unknown_can_always_become_known() -> None:
    for machine in MACHINES:
        if "unknown" in {str(state) for state in MACHINES[machine].State}:
            assert {target for source, target in edges(machine) if source == "unknown"} - {"unknown"}


def test_no_way_leads_around_the_machine() -> None:
    with pytest.raises(AttributeError):
        OrderStates(Order()).state = "paid"


class Walk(RuleBasedStateMachine):
    """A whole order: any fact of a channel may come at any moment, any wish of ours too."""

    def __init__(self) -> None:
        super().__init__()
        self.order, self.attempt, self.refund = Order(), Attempt(), Refund()
        self.was_paid = self.was_closed = self.money_came = self.money_left = False

    def call(self, machine: Any, move: str, **goal: str) -> bool:
        before = machine.row.state
        try:
            getattr(machine, move)(**goal)
        except TransitionNotAllowed:
            assert machine.row.state == before
            return False
        return True

    @rule(move=st.sampled_from([name for name in moves(OrderStates) if name not in GOALS]))
    def move_order(self, move: str) -> None:
        before = self.order.state
        if self.call(OrderStates(self.order), move):
            self.was_paid |= self.order.state == "paid"
            self.was_closed |= self.order.state == "closed"
            if self.order.state == "closed":
                assert before not in ("paid", "booked", "refunding", "refunded")

    @rule(move=st.sampled_from(["finish_refund", "go_on"]), pick=st.integers(0, 5))
    def move_order_to(self, move: str, pick: int) -> None:
        goals = GOALS[move][OrderStates]
        self.call(OrderStates(self.order), move, into=goals[pick % len(goals)])

    @rule(move=st.sampled_from(moves(AttemptStates)))
    def move_attempt(self, move: str) -> None:
        self.call(AttemptStates(self.attempt), move)
        self.money_came |= self.attempt.state == "paid"

    @rule(move=st.sampled_from(moves(RefundStates)))
    def move_refund(self, move: str) -> None:
        self.call(RefundStates(self.refund), move)
        self.money_left |= self.refund.state == "succeeded"

    @invariant()
    def money_that_came_stays_known(self) -> None:
        assert not self.money_came or self.attempt.state == "paid"
        assert not self.money_left or self.refund.state == "succeeded"

    @precondition(lambda self: self.was_closed)
    @invariant()
    def a_closed_order_never_claims_its_bill_again(self) -> None:
        assert self.order.alone is False

    @precondition(lambda self: self.order.state in ("paid", "closed"))
    @invariant()
    def what_is_settled_is_not_asked_about(self) -> None:
        assert self.order.closing_for == "" or self.order.state == "closed"


Walk.TestCase.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
TestWalk = Walk.TestCase
