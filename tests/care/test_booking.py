"""Money that is in: told to HIS once, or given back. Twice, late, unclear, down, changed, at the counter first."""

from __future__ import annotations

from typing import Any

import pytest
from care_news import due_again, say, told
from django.db import transaction

from care import rounds
from care.charges import errands, queries
from care.models import Charge, Placement
from core import outbox
from payments import queries as orders
from payments.events import OrderPaid
from payments.models import Order, Refund

TOTAL = 12485


def order_of(till: Any) -> Order:
    return Order.objects.get(key="V1:pay#1")


def paid_again(order: Order) -> None:
    """The news of the payment comes once more."""
    from core.models import Published

    payload = Published.objects.get(name="OrderPaid").payload
    with transaction.atomic():
        outbox.publish(OrderPaid(**payload))


@pytest.fixture
def paid(till: Any) -> Any:
    """She has paid; the worker has not come yet."""
    till.pay(till.open())
    return till


def booked_once(till: Any, hospital: Any) -> None:
    order = order_of(till)
    rows = hospital.ledger()
    assert [(row["order"], row["amount_fen"], row["kind"]) for row in rows] == [(order.number, TOTAL, "settle")]
    assert order.state == "booked"
    assert order.receipt == rows[0]["receipt"]
    charge = Charge.objects.get()
    assert (charge.state, charge.receipt, charge.order) == ("settled", order.receipt, order.number)
    settled = told("ChargeSettled")
    assert [(row["order"], row["key"], row["amount_fen"], row["channel"], row["receipt"]) for row in settled] == [
        (order.number, "V1:pay#1", TOTAL, "wechat", order.receipt)
    ]
    assert told("ChargeRefused") == told("BillSettledElsewhere") == []
    assert orders.balanced()


def given_back(till: Any, hospital: Any, reason: str) -> None:
    order = order_of(till)
    refund = Refund.objects.get()
    assert (refund.amount, refund.order_id) == (TOTAL, order.pk)
    assert order.state in ("refunding", "refunded")
    assert Placement.objects.get().reason == reason
    assert [(row["order"], row["reason"]) for row in told("ChargeRefused")] == [(order.number, reason)]
    assert told("ChargeSettled") == []
    assert not [row for row in hospital.ledger() if row["order"] == order.number]
    assert orders.balanced()


def test_the_hospital_books_it_and_everybody_is_told(paid: Any, hospital: Any) -> None:
    hospital.drain()
    booked_once(paid, hospital)
    row = hospital.ledger()[0]
    assert (row["channel"], row["channel_no"]) == ("wechat", orders.books(order_of(paid).number).channel_no)
    hospital.news()
    booked_once(paid, hospital)


def test_heard_twice_it_is_booked_once(paid: Any, hospital: Any) -> None:
    hospital.drain()
    paid_again(order_of(paid))
    hospital.drain()
    assert hospital.calls("/settle") == 1
    booked_once(paid, hospital)


@pytest.mark.parametrize("how", [True, "cut"])
def test_hospital_down_the_order_stays_paid_until_it_is_up(paid: Any, hospital: Any, how: Any) -> None:
    hospital.down(how)
    hospital.drain()
    due_again()
    hospital.drain()
    assert order_of(paid).state == "paid"
    assert Placement.objects.get().state == "booking"
    assert told("ChargeSettled") == []
    from core.models import Delivery

    waiting = Delivery.objects.get(subscriber="care.book")
    assert (waiting.state, waiting.tries) == ("waiting", 2)
    hospital.down(False)
    due_again()
    hospital.drain()
    booked_once(paid, hospital)


def test_after_the_last_try_the_round_books_it(paid: Any, hospital: Any) -> None:
    from datetime import timedelta

    from core.models import Delivery

    hospital.down()
    for _ in range(12):
        due_again()
        hospital.drain()
    assert Delivery.objects.get(subscriber="care.book").state == "dead"
    hospital.down(False)
    rounds.heal(timedelta(0))
    hospital.drain()
    booked_once(paid, hospital)


def test_silent_after_booking_is_asked_about_and_not_repeated(paid: Any, hospital: Any) -> None:
    hospital.sandbox.fault("his", "silent", "settle")
    hospital.drain()
    assert hospital.calls("/settle") == 1
    booked_once(paid, hospital)


def test_silent_then_down_then_its_own_news(paid: Any, hospital: Any) -> None:
    """HIS booked it and could not say so, nor be asked. Later it is asked before anything is sent again."""
    placement = Placement.objects.get()
    hospital.down()
    hospital.drain()
    assert Placement.objects.get().asked is True
    hospital.down(False)
    errands.settle(Placement.objects.get())
    before = hospital.calls("/settle")
    hospital.news()
    due_again()
    hospital.drain()
    assert hospital.calls("/settle") == before
    assert placement.reference == order_of(paid).number
    booked_once(paid, hospital)


def test_the_hospitals_own_news_of_our_booking_is_not_the_counters(paid: Any, hospital: Any) -> None:
    hospital.drain()
    say("bill.settled", paid.patient, bill=order_of(paid).subject, by="order", order=order_of(paid).number)
    hospital.news()
    booked_once(paid, hospital)


def test_the_counter_settled_first(paid: Any, hospital: Any) -> None:
    hospital.act("settle_bill", number=order_of(paid).subject, force=True)
    hospital.drain()
    given_back(paid, hospital, "bill_settled")
    hospital.news()
    assert len(told("BillSettledElsewhere")) == 1
    assert [row["order"] for row in hospital.ledger()] == [None]


def test_the_counters_news_comes_before_the_payment(till: Any, hospital: Any) -> None:
    """She pays at the counter, then on the phone before our order could be closed."""
    order = till.open()
    package = till.prepay(order)
    hospital.act("settle_bill", number=order.subject, force=True)
    till.sandbox.pay(package)
    hospital.news()
    assert Order.objects.get(number=order.number).state in ("refunding", "refunded")
    given_back(till, hospital, "bill_settled")
    assert len(told("BillSettledElsewhere")) == 1


def test_withdrawn_meanwhile_the_money_goes_back(paid: Any, hospital: Any) -> None:
    hospital.act("withdraw_bill", number=order_of(paid).subject, force=True)
    hospital.news()
    given_back(paid, hospital, "bill_withdrawn")
    assert len(told("BillWithdrawn")) == 1
    paid_again(order_of(paid))
    hospital.drain()
    given_back(paid, hospital, "bill_withdrawn")
    assert hospital.ledger() == []


def test_the_amount_changed_meanwhile_the_money_goes_back(paid: Any, hospital: Any) -> None:
    hospital.act("change_bill", number=order_of(paid).subject, amount_fen=5000, force=True)
    hospital.news()
    given_back(paid, hospital, "amount_differs")
    assert [row["due_fen"] for row in told("BillChanged")] == [5000]
    assert queries.due(paid.patient.appointment)[0].total == 5000
    assert hospital.ledger() == []


def test_a_change_is_told_after_the_hospital_refused_the_money(paid: Any, hospital: Any) -> None:
    from core.models import Published

    hospital.act("change_bill", number=order_of(paid).subject, amount_fen=5000, force=True)
    hospital.news()
    names = list(Published.objects.filter(name__in=["ChargeRefused", "BillChanged"]).order_by("pk").values_list("name", flat=True))
    assert names == ["ChargeRefused", "BillChanged"]


def test_a_refusal_that_is_no_answer_about_the_bill_gives_nothing_back(paid: Any, hospital: Any, settings: Any) -> None:
    """Our key is wrong: HIS says 401 to everything. The money stays, staff see it, it is tried again."""
    good = settings.HIS
    options = {**good["default"]["OPTIONS"], "key": "0" * 64}
    settings.HIS = {"default": {**good["default"], "OPTIONS": options}}
    hospital.drain()
    assert order_of(paid).state == "paid"
    assert not Refund.objects.exists()
    settings.HIS = good
    due_again()
    hospital.drain()
    booked_once(paid, hospital)


def test_money_nobody_asked_for_goes_to_the_desk(till: Any, hospital: Any) -> None:
    order = till.open()
    Placement.objects.all().delete()
    till.pay(order)
    hospital.drain()
    assert order_of(till).state == "trouble"
    assert hospital.ledger() == []
    assert told("ChargeSettled") == []


def test_what_the_desk_gave_back_meanwhile_is_not_booked(paid: Any, hospital: Any) -> None:
    from payments.errands import refund

    hospital.down()
    hospital.drain()
    refund(order_of(paid).number, key="desk", amount=TOTAL, reason="收费处退回")
    hospital.down(False)
    due_again()
    hospital.drain()
    assert hospital.ledger() == []
    assert Placement.objects.get().state == "refused"
    assert Refund.objects.count() == 1
    assert told("ChargeSettled") == []


def test_what_the_desk_gave_back_and_the_hospital_had_booked_is_reversed(paid: Any, hospital: Any) -> None:
    from payments.errands import refund

    hospital.down()
    hospital.drain()
    hospital.down(False)
    errands.settle(Placement.objects.get())
    refund(order_of(paid).number, key="desk", amount=TOTAL, reason="收费处退回")
    due_again()
    hospital.drain()
    assert [row["kind"] for row in hospital.ledger()] == ["settle", "reverse"]
    assert hospital.sandbox.books("his")["sum_fen"] == 0
    assert Refund.objects.count() == 1


def test_booked_by_hand_at_the_desk_is_told(paid: Any, hospital: Any) -> None:
    from payments.actions import mark_booked

    hospital.down()
    hospital.drain()
    mark_booked(order_of(paid).number, receipt="R-hand")
    hospital.drain()
    assert [row["order"] for row in told("ChargeSettled")] == [order_of(paid).number]
    assert Placement.objects.get().state == "booked"


def test_the_next_order_on_a_bill_whose_money_goes_back_waits(paid: Any, hospital: Any) -> None:
    """Changed, refused, on its way back: a second order on the same bill is refused until the first has let go of it."""
    from care.charges.errors import BillTaken

    hospital.sandbox.fault("wechat", "refund_manual")
    hospital.act("change_bill", number=order_of(paid).subject, amount_fen=5000, force=True)
    hospital.news()
    assert order_of(paid).state == "refunding"
    with pytest.raises(BillTaken):
        paid.open("V1:pay#2")
    assert Order.objects.count() == 1
    bill = next(row for row in hospital.sandbox.books("his")["bills"] if row["id"] == order_of(paid).subject)
    assert (bill["state"], bill["order"]) in [("open", None), ("locked", order_of(paid).number)]
