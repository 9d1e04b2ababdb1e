"""A patient pays: the straight way, and every way in which it comes twice, late, out of order, or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import requests

from core import audit, clock
from core.errors import PartnerUnavailable
from payments import actions, errands, queries
from payments.actions.schedule import ORDER_STEPS, after
from payments.errors import (
    AmountNotPositive,
    KeyUsedOtherwise,
    NotBookable,
    OrderExpired,
    OrderNotPayable,
    PaymentRefused,
    PaymentUnclear,
    SubjectHasOrder,
)  # fmt: skip
from payments.models import Attempt, Moment, Order, Transaction


def state(order: Order) -> str:
    return str(queries.order(order.number).state)


def attempts(order: Order) -> list[str]:
    return [str(one.state) for one in Attempt.objects.filter(order=order).order_by("pk")]


def due_now(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(ask_at=clock.now())


def long_ago(order: Order) -> None:
    """The attempt was claimed longer ago than any time-out of ours."""
    Attempt.objects.filter(order=order).update(claimed_at=clock.now() - timedelta(minutes=5))


# The straight way


def test_she_pays_and_it_is_booked(order: Order, wang: str, pay_with: Any, door: Any, sandbox: Any, eventually: Any, news: Any) -> None:
    ready = pay_with(order, wang)
    assert sorted(ready.params) == ["nonceStr", "package", "paySign", "signType", "timeStamp"]
    sandbox.pay(ready.params["package"])
    eventually(lambda: state(order) == "paid")
    eventually(lambda: door.answers)
    assert door.answers[-1].status == 200
    told = news("OrderPaid")
    assert [(row["order"], row["key"], row["amount"], row["channel"]) for row in told] == [(order.number, order.key, 12_850, "wechat")]
    actions.mark_booked(order.number, receipt="S1")
    actions.mark_booked(order.number, receipt="S1")
    mine = queries.books(order.number)
    assert (mine.state, mine.paid, mine.refunded, mine.booked, mine.receipt, mine.balanced) == ("booked", 12_850, 0, True, "S1", True)
    assert sandbox.books("wechat")["sum_fen"] == 12_850
    assert [row["order"] for row in news("OrderBooked")] == [order.number]
    assert [line.text for line in queries.timeline(order.number)] == [
        "开单，等患者付款",
        "向渠道下单",
        "渠道已受理，患者可以付款",
        "渠道确认收到付款",
        "医院已入账，收清",
    ]


def test_the_cashier_takes_what_was_signed(order: Order, wang: str, pay_with: Any, sandbox: Any) -> None:
    ready = pay_with(order, wang)
    ready = replace(ready, demo_cashier=f"{ready.demo_cashier}&back=http://127.0.0.1/m/")
    assert requests.get(ready.demo_cashier, timeout=10).status_code == 200
    assert requests.get(ready.demo_cashier.replace("timeStamp=", "timeStamp=1"), timeout=10).status_code == 400


def test_nothing_personal_lies_open(tapped: Order, wang: str) -> None:
    attempt = Attempt.objects.get(order=tapped)
    assert wang not in str(Attempt.objects.filter(pk=attempt.pk).values())
    assert wang not in str(list(audit.entries(tapped.number).values()))


# Opening


def test_the_same_key_is_the_same_order(opened: Any, news: Any) -> None:
    first = opened(key="K:pay#1", subject="B-1")
    assert opened(key="K:pay#1", subject="B-1").pk == first.pk
    assert len(news("OrderOpened")) == 1
    with pytest.raises(KeyUsedOtherwise):
        opened(13_000, key="K:pay#1", subject="B-1")
    assert Order.objects.count() == 1


def test_one_bill_has_one_payable_order(opened: Any) -> None:
    first = opened(key="K:pay#1", subject="B-1")
    with pytest.raises(SubjectHasOrder) as refusal:
        opened(key="K:pay#2", subject="B-1")
    assert refusal.value.facts == {"order": first.number}
    errands.close(first.number)
    assert opened(key="K:pay#2", subject="B-1").number != first.number


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_is_not_an_order(opened: Any, amount: int) -> None:
    with pytest.raises(AmountNotPositive):
        opened(amount)
    assert not Order.objects.exists()


# Tapping


def test_a_second_tap_gets_the_same_order_of_the_channel(tapped: Order, wang: str, pay_with: Any, sandbox: Any) -> None:
    first = Attempt.objects.get(order=tapped)
    ready = pay_with(tapped, wang)
    assert ready.params["package"] == f"prepay_id={first.prepay_id}"
    assert [row["out_trade_no"] for row in sandbox.books("wechat")["orders"]] == [first.out_trade_no]


def test_another_payer_gets_an_order_only_after_the_first_is_closed(tapped: Order, sandbox: Any, quiet: Any, pay_with: Any) -> None:
    pay_with(tapped, sandbox.cast["li"]["openid"])
    assert attempts(tapped) == ["closed", "prepaid"]
    assert [row["state"] for row in sandbox.books("wechat")["orders"]] == ["CLOSED", "NOTPAY"]


def test_another_payer_waits_while_the_first_is_unclear(tapped: Order, quiet: Any, pay_with: Any) -> None:
    quiet.fault("wechat", "down")
    with pytest.raises(PaymentUnclear):
        pay_with(tapped, quiet.cast["li"]["openid"])
    assert attempts(tapped) == ["prepaid"]


def test_too_late_is_too_late(opened: Any, wang: str, pay_with: Any, sandbox: Any) -> None:
    with pytest.raises(OrderExpired):
        pay_with(opened(minutes=-1), wang)
    assert sandbox.books("wechat")["orders"] == []


def test_who_paid_cannot_pay_again(tapped: Order, wang: str, pay_with: Any, quiet: Any, number: Any) -> None:
    quiet.pay(number(tapped))
    errands.look_up(tapped.number)
    with pytest.raises(OrderNotPayable):
        pay_with(tapped, wang)
    assert attempts(tapped) == ["paid"]


def test_a_refusal_leaves_the_order_payable(order: Order, pay_with: Any, wang: str, sandbox: Any) -> None:
    with pytest.raises(PaymentRefused) as refusal:
        pay_with(order, "nobody")
    assert refusal.value.facts == {"order": order.number, "reason": "PARAM_ERROR"}
    assert (state(order), attempts(order)) == ("open", ["refused"])
    pay_with(order, wang)
    assert (state(order), attempts(order)) == ("paying", ["refused", "prepaid"])


# Silence


def test_silent_after_commit_is_asked_about_not_repeated_blindly(order: Order, wang: str, pay_with: Any, sandbox: Any) -> None:
    sandbox.fault("wechat", "silent", "jsapi")
    with pytest.raises(PaymentUnclear):
        pay_with(order, wang)
    assert (state(order), attempts(order)) == ("unknown", ["unknown"])
    assert len(sandbox.books("wechat")["orders"]) == 1
    sandbox.fault("wechat", "silent", False)
    pay_with(order, wang)
    assert (state(order), attempts(order)) == ("paying", ["prepaid"])
    assert len(sandbox.books("wechat")["orders"]) == 1


def test_unknown_becomes_known_by_the_sweep(order: Order, wang: str, pay_with: Any, sandbox: Any, quiet: Any) -> None:
    sandbox.fault("wechat", "silent", "jsapi")
    with pytest.raises(PaymentUnclear):
        pay_with(order, wang)
    due_now(order)
    assert errands.sweep() == 1
    assert (state(order), attempts(order)) == ("paying", ["claimed"])


def test_a_partner_that_is_away_changes_nothing(order: Order, wang: str, pay_with: Any, sandbox: Any, settings: Any) -> None:
    row = settings.CHANNELS["wechat"]
    settings.CHANNELS = {"wechat": {**row, "OPTIONS": {**row["OPTIONS"], "url": "http://127.0.0.1:9"}}}
    with pytest.raises(PartnerUnavailable):
        pay_with(order, wang)
    assert (state(order), attempts(order)) == ("open", ["new"])
    settings.CHANNELS = {"wechat": row}
    pay_with(order, wang)
    assert (state(order), attempts(order)) == ("paying", ["prepaid"])


def test_a_system_error_is_not_a_refusal(order: Order, wang: str, pay_with: Any, sandbox: Any) -> None:
    sandbox.fault("wechat", "system_error", "jsapi")
    with pytest.raises(PaymentUnclear):
        pay_with(order, wang)
    assert (state(order), attempts(order)) == ("unknown", ["unknown"])
    long_ago(order)
    errands.look_up(order.number)
    assert (state(order), attempts(order)) == ("open", ["new"])
    sandbox.fault("wechat", "system_error", False)
    pay_with(order, wang)
    assert (state(order), attempts(order)) == ("paying", ["prepaid"])


def test_an_answer_signed_by_somebody_else_proves_nothing(tapped: Order, quiet: Any, number: Any, settings: Any) -> None:
    quiet.pay(number(tapped))
    row = settings.CHANNELS["wechat"]
    keys = row["OPTIONS"]["public_keys"]
    first, second = list(keys)
    swapped = {first: keys[second], second: keys[first]}
    settings.CHANNELS = {"wechat": {**row, "OPTIONS": {**row["OPTIONS"], "public_keys": swapped}}}
    errands.look_up(tapped.number)
    assert state(tapped) == "paying"
    settings.CHANNELS = {"wechat": row}
    errands.look_up(tapped.number)
    assert state(tapped) == "paid"


# Closing


def test_closing_is_confirmed_by_asking(tapped: Order, quiet: Any, news: Any) -> None:
    assert errands.close(tapped.number, reason="given_up").state == "closed"
    assert (attempts(tapped), [str(one.state) for one in tapped.tenders.all()]) == (["closed"], ["dropped"])
    assert [(row["order"], row["reason"]) for row in news("OrderClosed")] == [(tapped.number, "given_up")]
    errands.close(tapped.number)
    assert len(news("OrderClosed")) == 1
    with pytest.raises(NotBookable):
        actions.mark_booked(tapped.number, receipt="S1")


def test_paid_wins_over_closing(tapped: Order, quiet: Any, number: Any, news: Any) -> None:
    quiet.pay(number(tapped))
    assert errands.close(tapped.number).state == "paid"
    assert (len(news("OrderPaid")), news("OrderClosed")) == (1, [])
    assert queries.order(tapped.number).closing_for == ""


def test_a_silent_closing_stays_closing_until_known(tapped: Order, quiet: Any, number: Any) -> None:
    quiet.fault("wechat", "down")
    assert errands.close(tapped.number).state == "closing"
    due_now(tapped)
    errands.sweep()
    assert state(tapped) == "closing"
    quiet.fault("wechat", "down", False)
    due_now(tapped)
    errands.sweep()
    assert state(tapped) == "closed"


def test_silent_after_the_commit_of_closing_is_asked_about(tapped: Order, quiet: Any) -> None:
    quiet.fault("wechat", "silent", "close")
    assert errands.close(tapped.number).state == "closed"


def test_nobody_can_begin_to_pay_while_it_is_closing(tapped: Order, quiet: Any, wang: str, pay_with: Any) -> None:
    quiet.fault("wechat", "down")
    errands.close(tapped.number)
    quiet.fault("wechat", "down", False)
    with pytest.raises(OrderNotPayable):
        pay_with(tapped, wang)


def test_what_the_channel_does_not_know_yet_may_still_arrive(order: Order, wang: str, pay_with: Any, quiet: Any) -> None:
    quiet.fault("wechat", "system_error", "jsapi")
    with pytest.raises(PaymentUnclear):
        pay_with(order, wang)
    assert errands.close(order.number).state == "closing"
    long_ago(order)
    assert errands.close(order.number).state == "closed"


# The sweep


def test_unpaid_past_its_time_is_closed(opened: Any, wang: str, pay_with: Any, quiet: Any, news: Any) -> None:
    order, untouched = opened(), opened()
    pay_with(order, wang)
    Order.objects.update(expires_at=clock.now() - timedelta(seconds=1), ask_at=clock.now())
    assert errands.sweep() == 2
    assert (state(order), state(untouched)) == ("closed", "closed")
    assert [row["reason"] for row in news("OrderClosed")] == ["expired", "expired"]
    assert not Order.objects.exclude(ask_at=None).exists()


def test_a_lost_notice_is_found_by_asking(tapped: Order, quiet: Any, number: Any, news: Any) -> None:
    quiet.pay(number(tapped))
    assert errands.sweep() == 0
    due_now(tapped)
    errands.sweep()
    assert (state(tapped), len(news("OrderPaid"))) == ("paid", 1)


def test_the_pauses_grow() -> None:
    pauses = [after(asks) for asks in range(20)]
    assert pauses == sorted(pauses)
    assert pauses[0] == timedelta(seconds=5)
    assert pauses[-1] == timedelta(hours=1) == timedelta(seconds=ORDER_STEPS[-1])


def test_each_look_sets_the_next_further_off(tapped: Order, quiet: Any) -> None:
    waits = []
    for _ in range(5):
        due_now(tapped)
        errands.sweep()
        waits.append((queries.order(tapped.number).ask_at - clock.now()).total_seconds())
    assert waits == pytest.approx([10, 15, 30, 60, 120], abs=3)


def test_the_next_look_is_not_later_than_the_end(tapped: Order, quiet: Any) -> None:
    soon = clock.now() + timedelta(seconds=40)
    Order.objects.filter(pk=tapped.pk).update(asks=6, ask_at=clock.now(), expires_at=soon)
    errands.sweep()
    assert queries.order(tapped.number).ask_at == soon


def test_two_sweepers_do_not_ask_twice(tapped: Order, quiet: Any) -> None:
    due_now(tapped)
    assert (errands.sweep(), errands.sweep()) == (1, 0)


def test_unclear_for_ten_minutes_goes_to_the_desk_and_is_asked_all_the_same(tapped: Order, quiet: Any, number: Any, news: Any) -> None:
    quiet.fault("wechat", "down")
    errands.close(tapped.number)
    Order.objects.update(unclear_since=clock.now() - timedelta(minutes=11))
    errands.look_up(tapped.number)
    assert (state(tapped), [row["order"] for row in news("OrderInTrouble")]) == ("trouble", [tapped.number])
    quiet.fault("wechat", "down", False)
    due_now(tapped)
    errands.sweep()
    assert state(tapped) == "closed"


# Staff


def test_only_money_that_is_in_is_booked(order: Order) -> None:
    with pytest.raises(NotBookable):
        actions.mark_booked(order.number, receipt="S1")
    assert state(order) == "open"
    actions.report_trouble(order.number, "对不上")
    with pytest.raises(NotBookable):
        actions.mark_booked(order.number, receipt="S1")
    assert not Transaction.objects.exists()


def test_every_step_is_on_the_timeline_without_sums(tapped: Order, quiet: Any, number: Any) -> None:
    quiet.pay(number(tapped))
    errands.look_up(tapped.number)
    errands.refund(tapped.number, key="k", amount=50, reason="没有取药")
    assert not [text for text in Moment.objects.values_list("text", flat=True) if any(sign.isdigit() for sign in text)]
