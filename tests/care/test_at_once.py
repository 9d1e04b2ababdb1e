"""Two at once: two phones, two workers. One number, one order, one booking."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

from care_news import here, say, told
from django.db import connections

from care.charges import errands as charges
from care.charges import queries
from care.charges.errors import BillTaken
from care.checkin import errands as checkin
from care.models import Placement, Ticket
from core import clock, outbox
from core.errors import Problem
from payments.models import Order, Refund


def together(*acts: Callable[[], Any]) -> list[Any]:
    """What each of these gave, or the problem it met, all started at the same moment on connections of their own."""
    ready = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        ready.wait(10)
        try:
            return act()
        except Problem as problem:
            return problem
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_two_phones_take_one_number(wang: Any, hospital: Any) -> None:
    position = here(wang.appointment)
    tickets = together(*(lambda n=n: checkin.take_number(wang.appointment, key=f"phone-000{n}", position=position) for n in range(4)))
    assert {ticket.number for ticket in tickets} == {"A004"}
    assert Ticket.objects.count() == len(told("CheckedIn")) == 1


def test_the_tap_and_the_news_of_it(wang: Any, hospital: Any) -> None:
    position = here(wang.appointment)
    hospital.act("check_in", appointment=wang.appointment)
    say("checkin.recorded", wang, means="desk")
    together(lambda: checkin.take_number(wang.appointment, key="phone-0001", position=position), outbox.sweep)
    hospital.news()
    assert Ticket.objects.count() == len(told("CheckedIn")) == 1


def test_two_taps_open_one_order(till: Any, hospital: Any) -> None:
    charge = queries.due(till.patient.appointment)[0]
    until = clock.now() + timedelta(minutes=30)
    same = together(*(lambda: charges.place_order(charge, key="V1:pay#1", expires_at=until) for _ in range(4)))
    assert len({order.number for order in same}) == 1
    assert Order.objects.count() == Placement.objects.count() == 1


def test_two_keys_open_one_order(till: Any, hospital: Any) -> None:
    charge = queries.due(till.patient.appointment)[0]
    until = clock.now() + timedelta(minutes=30)
    given = together(*(lambda n=n: charges.place_order(charge, key=f"V1:pay#{n}", expires_at=until) for n in range(1, 5)))
    assert [type(one) for one in given if not isinstance(one, Order)] == [BillTaken] * 3
    assert Order.objects.count() == Placement.objects.count() == 1


def test_two_workers_book_once(till: Any, hospital: Any) -> None:
    till.pay(till.open())
    from core.models import Published
    from payments.events import OrderPaid

    paid = OrderPaid(**Published.objects.get(name="OrderPaid").payload)
    together(*(lambda: charges.book(paid) for _ in range(3)))
    hospital.drain()
    assert [row["kind"] for row in hospital.ledger()] == ["settle"]
    assert Order.objects.get().state == "booked"
    assert len(told("ChargeSettled")) == 1


def test_two_workers_give_back_once(till: Any, hospital: Any) -> None:
    till.pay(till.open())
    from core.models import Published
    from payments.events import OrderPaid

    paid = OrderPaid(**Published.objects.get(name="OrderPaid").payload)
    hospital.act("settle_bill", number=paid.subject, force=True)
    together(*(lambda: charges.book(paid) for _ in range(3)))
    hospital.drain()
    assert len(told("ChargeRefused")) == Refund.objects.count() == 1
    assert [row["order"] for row in hospital.ledger()] == [None]


def test_giving_up_while_she_opens(till: Any, hospital: Any) -> None:
    """Whoever is first: afterwards nothing is locked for an order that is not alive, and no order is alive without its lock."""
    charge = queries.due(till.patient.appointment)[0]
    until = clock.now() + timedelta(minutes=30)
    for n in range(1, 6):
        key = f"V1:pay#{n}"
        together(lambda key=key: charges.place_order(charge, key=key, expires_at=until), lambda key=key: charges.release(key))
        bill = next(row for row in hospital.sandbox.books("his")["bills"] if row["id"] == charge.bill)
        alive = queries.alive(charge.bill)
        assert (bill["state"], bill["order"]) == (("locked", alive.reference) if alive else ("open", None))
        assert Order.objects.exclude(state="closed").count() == (1 if alive else 0)
        charges.release(key)
