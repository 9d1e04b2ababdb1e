"""How orders, tenders, attempts and refunds move. Every transition is declared here once; actions call it and assign nothing.

*Unknown* is a state like the others: a partner may have acted and has not said so. What a channel states as a fact (paid, succeeded)
is accepted from every state in which it can arrive late.
"""

from __future__ import annotations

from typing import Any

from viewflow.fsm import State

from payments.models import Attempt, Order, Refund, Tender


class Machine:
    """A machine over one row; the row is saved by the action."""

    def __init__(self, row: Any) -> None:
        self.row = row


def named(_: Machine, *, into: str) -> str:
    """A transition whose goal the action knows."""
    return into


class OrderStates(Machine):
    S = Order.State
    state = State(Order.State)

    @state.setter()
    def _set(self, value: str) -> None:
        self.row.state = value

    @state.getter()
    def _get(self) -> str:
        return Order.State(self.row.state)

    @state.transition([S.OPEN, S.PAYING, S.UNKNOWN], S.PAYING)
    def start_paying(self) -> None:
        self.row.unclear_since = None

    @state.transition([S.PAYING, S.UNKNOWN], S.OPEN)
    def fall_back(self) -> None:
        """No attempt is alive: nothing can be paid until the next one."""
        self.row.unclear_since = None

    @state.transition([S.PAYING, S.UNKNOWN], S.UNKNOWN)
    def lose_sight(self) -> None:
        pass

    @state.transition([S.OPEN, S.PAYING, S.UNKNOWN, S.CLOSING], S.CLOSING)
    def start_closing(self) -> None:
        pass

    @state.transition([S.OPEN, S.PAYING, S.UNKNOWN, S.CLOSING, S.TROUBLE], S.CLOSED)
    def close(self) -> None:
        self.row.alone, self.row.unclear_since, self.row.ask_at = False, None, None

    @state.transition([S.OPEN, S.PAYING, S.UNKNOWN, S.CLOSING, S.TROUBLE], S.PAID)
    def pay(self) -> None:
        self.row.unclear_since, self.row.closing_for, self.row.ask_at = None, "", None

    @state.transition([S.PAID, S.TROUBLE], S.BOOKED)
    def book(self) -> None:
        self.row.reason = ""

    @state.transition([S.OPEN, S.PAYING, S.UNKNOWN, S.CLOSING, S.PAID, S.BOOKED, S.REFUNDING], S.TROUBLE)
    def get_into_trouble(self) -> None:
        pass

    @state.transition([S.PAID, S.BOOKED, S.TROUBLE, S.REFUNDING, S.CLOSED], S.REFUNDING)
    def start_refund(self) -> None:
        pass

    @state.transition([S.REFUNDING, S.TROUBLE], State.GET_STATE(named, states=[S.REFUNDED, S.BOOKED, S.PAID]))
    def finish_refund(self, *, into: str) -> None:
        """Nothing is on its way back any more; `into` follows from what is still held."""
        self.row.alone = self.row.alone and into != Order.State.REFUNDED

    @state.transition(S.TROUBLE, State.GET_STATE(named, states=[S.OPEN, S.PAYING, S.PAID, S.BOOKED]))
    def go_on(self, *, into: str) -> None:  # noqa: ARG002 -- the machine reads it
        """The desk found nothing wrong."""
        self.row.reason, self.row.unclear_since = "", None


class TenderStates(Machine):
    S = Tender.State
    state = State(Tender.State)

    @state.setter()
    def _set(self, value: str) -> None:
        self.row.state = value

    @state.getter()
    def _get(self) -> str:
        return Tender.State(self.row.state)

    @state.transition([S.WAITING, S.UNKNOWN], S.UNKNOWN)
    def lose_sight(self) -> None:
        pass

    @state.transition([S.WAITING, S.UNKNOWN], S.WAITING)
    def wait(self) -> None:
        pass

    @state.transition([S.WAITING, S.UNKNOWN], S.IN)
    def receive(self) -> None:
        pass

    @state.transition([S.WAITING, S.UNKNOWN], S.DROPPED)
    def drop(self) -> None:
        pass

    @state.transition([S.IN, S.HELD, S.RETURNING], S.RETURNING)
    def give_back(self) -> None:
        pass

    @state.transition(S.RETURNING, S.HELD)
    def hold(self) -> None:
        pass

    @state.transition([S.RETURNING, S.HELD], State.GET_STATE(named, states=[S.IN, S.RETURNED]))
    def finish_refund(self, *, into: str) -> None:
        """*in* while it still holds something, else *returned*."""


class AttemptStates(Machine):
    S = Attempt.State
    state = State(Attempt.State)

    @state.setter()
    def _set(self, value: str) -> None:
        self.row.state = value

    @state.getter()
    def _get(self) -> str:
        return Attempt.State(self.row.state)

    @state.transition([S.NEW, S.CLAIMED, S.UNKNOWN], S.CLAIMED)
    def claim(self) -> None:
        """It is about to leave, under the same number as before."""

    @state.transition([S.CLAIMED, S.UNKNOWN], S.NEW)
    def stay(self) -> None:
        """It is known that it never arrived."""

    @state.transition([S.CLAIMED, S.UNKNOWN, S.PREPAID], S.PREPAID)
    def prepay(self) -> None:
        pass

    @state.transition([S.CLAIMED, S.UNKNOWN], S.REFUSED)
    def refuse(self) -> None:
        pass

    @state.transition([S.CLAIMED, S.PREPAID, S.UNKNOWN], S.UNKNOWN)
    def lose_sight(self) -> None:
        pass

    @state.transition([S.NEW, S.CLAIMED, S.PREPAID, S.UNKNOWN], S.CLOSED)
    def close(self) -> None:
        pass

    @state.transition([S.NEW, S.CLAIMED, S.PREPAID, S.UNKNOWN, S.CLOSED, S.REFUSED], S.PAID)
    def pay(self) -> None:
        pass


class RefundStates(Machine):
    S = Refund.State
    state = State(Refund.State)

    @state.setter()
    def _set(self, value: str) -> None:
        self.row.state = value

    @state.getter()
    def _get(self) -> str:
        return Refund.State(self.row.state)

    @state.transition([S.NEW, S.CLAIMED, S.UNKNOWN, S.HELD], S.CLAIMED)
    def claim(self) -> None:
        self.row.held_for = ""

    @state.transition([S.CLAIMED, S.UNKNOWN, S.PROCESSING], S.PROCESSING)
    def accept(self) -> None:
        pass

    @state.transition([S.CLAIMED, S.PROCESSING, S.UNKNOWN], S.UNKNOWN)
    def lose_sight(self) -> None:
        pass

    @state.transition([S.CLAIMED, S.PROCESSING, S.UNKNOWN, S.HELD], S.SUCCEEDED)
    def succeed(self) -> None:
        self.row.ask_at, self.row.held_for = None, ""

    @state.transition([S.CLAIMED, S.PROCESSING, S.UNKNOWN], S.HELD)
    def hold(self) -> None:
        self.row.ask_at = None
