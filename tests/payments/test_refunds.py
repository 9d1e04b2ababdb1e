"""Money on its way back: once, under one number, and never more than came."""

from __future__ import annotations

from typing import Any

import pytest

from core import clock
from payments import actions, errands, queries
from payments.actions import refunds
from payments.errors import AmountNotPositive, KeyUsedOtherwise, NothingToRefund, RefundTooLarge
from payments.models import Order, Refund, Transaction


def state(order: Order) -> str:
    return str(queries.order(order.number).state)


@pytest.fixture
def paid(tapped: Order, quiet: Any, number: Any) -> Order:
    quiet.pay(number(tapped))
    errands.look_up(tapped.number)
    return queries.order(tapped.number)


@pytest.fixture
def booked(paid: Order) -> Order:
    return actions.mark_booked(paid.number, receipt="S1")


def back(order: Order, amount: int = 12_850, key: str = "k:undo") -> Refund:
    return errands.refund(order.number, key=key, amount=amount, reason="没有取药，原路退回")


def swept(eventually: Any, order: Order, wanted: str) -> None:
    def look() -> bool:
        Refund.objects.exclude(ask_at=None).update(ask_at=clock.now())
        errands.sweep()
        return state(order) == wanted

    eventually(look)


def test_the_whole_sum_goes_back(booked: Order, quiet: Any, eventually: Any, news: Any) -> None:
    assert back(booked).state == "processing"
    assert (state(booked), news("RefundSucceeded")) == ("refunding", [])
    swept(eventually, booked, "refunded")
    assert [(row["order"], row["key"]) for row in news("RefundSucceeded")] == [(booked.number, booked.key)]
    mine = queries.books(booked.number)
    assert (mine.paid, mine.refunded, mine.balanced, quiet.books("wechat")["sum_fen"]) == (12_850, 12_850, True, 0)
    assert [str(tender.state) for tender in booked.tenders.all()] == ["returned"]
    assert queries.order(booked.number).alone is False


def test_a_part_leaves_the_order_booked(booked: Order, quiet: Any, eventually: Any) -> None:
    back(booked, 50)
    swept(eventually, booked, "booked")
    assert [str(tender.state) for tender in booked.tenders.all()] == ["in"]
    assert quiet.books("wechat")["sum_fen"] == 12_800


def test_the_same_key_is_the_same_refund(booked: Order, quiet: Any) -> None:
    first = back(booked, 50)
    assert back(booked, 50).number == first.number
    assert len(quiet.books("wechat")["refunds"]) == 1
    with pytest.raises(KeyUsedOtherwise):
        back(booked, 51)


def test_never_more_than_came(booked: Order, quiet: Any) -> None:
    with pytest.raises(RefundTooLarge) as refusal:
        back(booked, 12_851)
    assert refusal.value.facts == {"order": booked.number, "left": 12_850}
    back(booked, 12_000)
    with pytest.raises(RefundTooLarge) as refusal:
        back(booked, 851, key="second")
    assert refusal.value.facts["left"] == 850
    assert (Refund.objects.count(), len(quiet.books("wechat")["refunds"])) == (1, 1)


@pytest.mark.parametrize("amount", [0, -5])
def test_nothing_is_not_a_refund(booked: Order, amount: int) -> None:
    with pytest.raises(AmountNotPositive):
        back(booked, amount)


def test_what_was_not_paid_is_not_refunded(tapped: Order, quiet: Any) -> None:
    with pytest.raises(NothingToRefund):
        back(tapped)
    errands.close(tapped.number)
    with pytest.raises(NothingToRefund):
        back(tapped)
    assert (Refund.objects.count(), state(tapped)) == (0, "closed")


def test_silent_after_commit_is_asked_about_under_the_same_number(booked: Order, quiet: Any, eventually: Any) -> None:
    quiet.fault("wechat", "silent", "refunds")
    claimed = back(booked)
    assert (claimed.state, len(quiet.books("wechat")["refunds"])) == ("unknown", 1)
    quiet.fault("wechat", "silent", False)
    swept(eventually, booked, "refunded")
    assert (len(quiet.books("wechat")["refunds"]), quiet.books("wechat")["sum_fen"]) == (1, 0)


def test_what_never_left_is_sent_under_the_same_number(booked: Order, quiet: Any, eventually: Any) -> None:
    quiet.fault("wechat", "down")
    claimed = back(booked)
    assert (claimed.state, quiet.books("wechat")["refunds"]) == ("unknown", [])
    quiet.fault("wechat", "down", False)
    swept(eventually, booked, "refunded")
    assert [row["out_refund_no"] for row in quiet.books("wechat")["refunds"]] == [claimed.number]


def test_the_notice_before_the_answer(booked: Order, quiet: Any, door: Any, eventually: Any, news: Any) -> None:
    """The notice says succeeded; the answer to our own call, read later, says processing: nothing moves backwards."""
    quiet.fault("wechat", "callback_lost", False)
    claimed = refunds.claim(booked.number, key="k", amount=12_850, reason="没有取药", by="payments")
    from payments.channels import channel

    answer = channel("wechat").refund(refunds.asking(claimed))
    eventually(lambda: queries.refund(claimed.number).state == "succeeded")
    assert answer.state == "processing"
    refunds.take(answer)
    assert (queries.refund(claimed.number).state, state(booked), len(news("RefundSucceeded"))) == ("succeeded", "refunded", 1)
    assert Transaction.objects.filter(kind="refund").count() == 1


def test_the_notice_twice(booked: Order, quiet: Any, door: Any, eventually: Any, news: Any) -> None:
    quiet.fault("wechat", "callback_lost", False)
    quiet.fault("wechat", "callback_duplicate", 2)
    back(booked)
    eventually(lambda: len(door.answers) >= 3)
    assert {ack.status for ack in door.answers} == {200}
    assert (len(news("RefundSucceeded")), Transaction.objects.filter(kind="refund").count()) == (1, 1)


@pytest.mark.parametrize("outcome", ["ABNORMAL", "CLOSED"])
def test_what_the_channel_cannot_return_goes_to_the_desk(booked: Order, quiet: Any, eventually: Any, news: Any, outcome: str) -> None:
    quiet.fault("wechat", "refund_outcome", outcome)
    claimed = back(booked)
    swept(eventually, booked, "trouble")
    assert queries.refund(claimed.number).state == "held"
    assert [row["refund"] for row in news("RefundHeld")] == [claimed.number]
    assert queries.books(booked.number).refunded == 0
    with pytest.raises(RefundTooLarge):
        back(booked, 1, key="another")


def test_a_merchant_without_money_is_held_and_taken_up_again(booked: Order, quiet: Any, eventually: Any) -> None:
    quiet.fault("wechat", "not_enough")
    claimed = back(booked)
    assert (claimed.state, claimed.held_for, state(booked)) == ("held", "商户号余额不够", "trouble")
    quiet.fault("wechat", "not_enough", False)
    refunds.take_up(claimed.number, by="huang")
    swept(eventually, booked, "refunded")
    assert [row["out_refund_no"] for row in quiet.books("wechat")["refunds"]] == [claimed.number]
