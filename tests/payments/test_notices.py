"""A notice of the channel is a hint: genuine ones count once, the others are refused and touch nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core import clock
from core.encryption import unseal
from core.models import Entry
from payments import actions, errands, queries
from payments.actions import attempts
from payments.models import Attempt, Forgery, Order, PartnerNotice, Posting, Refund, Transaction


def state(order: Order) -> str:
    return str(queries.order(order.number).state)


def rows() -> list[Any]:
    """Everything a notice could have touched."""
    tables = (Order, Attempt, Refund, Transaction, Posting, PartnerNotice)
    return [list(table.objects.order_by("pk").values()) for table in tables] + [Entry.objects.count()]


@pytest.fixture
def told(tapped: Order, door: Any, sandbox: Any, number: Any) -> Order:
    """She has paid, and the notice came: once."""
    sandbox.fault("wechat", "callback_lost")
    sandbox.pay(number(tapped))
    sandbox.fault("wechat", "callback_lost", False)
    again(sandbox, number(tapped))
    return tapped


def again(sandbox: Any, out_trade_no: str) -> None:
    sandbox.wechat_act("repeat_notice", out_trade_no=out_trade_no)
    sandbox.deliver("wechat")


def wait_for(door: Any, count: int, eventually: Any) -> None:
    eventually(lambda: len(door.answers) >= count)


def test_twice_is_once(told: Order, door: Any, sandbox: Any, number: Any, eventually: Any, news: Any) -> None:
    wait_for(door, 1, eventually)
    again(sandbox, number(told))
    wait_for(door, 2, eventually)
    assert {ack.status for ack in door.answers} == {200}
    assert (state(told), len(news("OrderPaid")), Transaction.objects.count()) == ("paid", 1, 1)
    notice = PartnerNotice.objects.get()
    assert (notice.verdict, notice.times, notice.out_trade_no) == ("taken", len(door.answers), number(told))


def test_the_notice_is_kept_sealed(told: Order, door: Any, eventually: Any) -> None:
    wait_for(door, 1, eventually)
    notice = PartnerNotice.objects.get()
    assert "ciphertext" not in notice.body
    assert unseal(notice.body).encode() == door.heard[0][1]


def test_before_the_answer_to_the_prepayment(tapped: Order, door: Any, sandbox: Any, number: Any, eventually: Any) -> None:
    """The notice is faster than our own record of the prepayment."""
    Attempt.objects.filter(order=tapped).update(state="claimed", prepay_id="", prepaid_at=None)
    prepay_id = sandbox.books("wechat")["orders"][0]["prepay_id"]
    sandbox.pay(number(tapped))
    eventually(lambda: state(tapped) == "paid")
    attempt = attempts.record_prepaid(number(tapped), prepay_id)
    assert (attempt.state, state(tapped)) == ("paid", "paid")


def test_late_for_a_closed_order_goes_back_by_itself(
    tapped: Order, door: Any, sandbox: Any, number: Any, eventually: Any, news: Any
) -> None:
    """The channel had said closed; the money came all the same."""
    sandbox.fault("wechat", "callback_lost")
    sandbox.pay(number(tapped))
    Attempt.objects.filter(order=tapped).update(state="closed")
    tapped.tenders.update(state="dropped")
    Order.objects.filter(pk=tapped.pk).update(state="closed", alone=False, closing_for="expired", ask_at=None)
    sandbox.fault("wechat", "callback_lost", False)
    again(sandbox, number(tapped))
    eventually(lambda: state(tapped) == "refunding")
    assert (news("OrderPaid"), queries.order(tapped.number).reason) == ([], "关单以后才收到付款，已自动原路退回")
    Refund.objects.update(ask_at=clock.now())
    errands.sweep()
    eventually(lambda: state(tapped) == "refunded")
    mine = queries.books(tapped.number)
    assert (mine.paid, mine.refunded, sandbox.books("wechat")["sum_fen"]) == (12_850, 12_850, 0)
    assert "关单以后才收到付款，已自动原路退回" in [line.text for line in queries.timeline(tapped.number)]


def test_a_late_one_leaves_the_next_order_of_the_bill_alone(
    opened: Any, wang: str, pay_with: Any, door: Any, sandbox: Any, number: Any, eventually: Any
) -> None:
    first = opened(key="K:pay#1", subject="B-1")
    pay_with(first, wang)
    sandbox.fault("wechat", "callback_lost")
    sandbox.pay(number(first))
    Attempt.objects.update(state="closed")
    first.tenders.update(state="dropped")
    Order.objects.update(state="closed", alone=False, ask_at=None)
    second = opened(key="K:pay#2", subject="B-1")
    sandbox.fault("wechat", "callback_lost", False)
    again(sandbox, number(first))
    eventually(lambda: state(first) == "refunding")
    assert state(second) == "open"
    with pytest.raises(Exception, match="subject_has_order"):
        opened(key="K:pay#3", subject="B-1")


def test_two_successes_keep_one(
    tapped: Order, door: Any, sandbox: Any, wang: str, pay_with: Any, number: Any, eventually: Any, news: Any
) -> None:
    """The first attempt counted as closed and the second was paid; then the first turns out to be paid as well."""
    first = number(tapped)
    sandbox.fault("wechat", "callback_lost")
    sandbox.pay(first)
    Attempt.objects.filter(out_trade_no=first).update(state="closed")
    pay_with(tapped, wang)
    second = number(tapped)
    assert second != first
    sandbox.pay(second)
    errands.look_up(tapped.number)
    assert state(tapped) == "paid"
    sandbox.fault("wechat", "callback_lost", False)
    again(sandbox, first)
    eventually(lambda: Refund.objects.exists())
    actions.mark_booked(tapped.number, receipt="S1")
    Refund.objects.update(ask_at=clock.now())
    errands.sweep()
    eventually(lambda: Refund.objects.get().state == "succeeded")
    mine = queries.books(tapped.number)
    assert (mine.state, mine.paid, mine.refunded, mine.out_trade_no) == ("booked", 25_700, 12_850, second)
    assert (sandbox.books("wechat")["sum_fen"], len(news("OrderPaid"))) == (12_850, 1)


# Refused


def test_forged_touches_nothing_and_is_counted(tapped: Order, door: Any, sandbox: Any, number: Any) -> None:
    before = rows()
    for _ in range(3):
        assert sandbox.wechat_act("notify", out_trade_no=number(tapped), forged=True) == {"taken": False}
    assert ([ack.status for ack in door.answers], rows()) == ([401, 401, 401], before)
    assert b"FAIL" in door.answers[0].body
    assert sum(Forgery.objects.values_list("count", flat=True)) == 3


def test_one_entry_for_a_source_and_a_minute(tapped: Order, door: Any, sandbox: Any, number: Any) -> None:
    for _ in range(3):
        sandbox.wechat_act("notify", out_trade_no=number(tapped), forged=True)
    Forgery.objects.exclude(pk=Forgery.objects.latest("pk").pk).delete()
    Forgery.objects.update(count=3, minute=clock.now().replace(second=0, microsecond=0) - timedelta(minutes=1))
    errands.sweep()
    errands.sweep()
    entry = Entry.objects.get(action="payments.forged")
    assert (entry.actor, entry.facts["count"]) == ("wechat", 3)


def test_stale_touches_nothing(tapped: Order, door: Any, sandbox: Any, number: Any) -> None:
    sandbox.fault("wechat", "callback_stale")
    before = rows()
    assert sandbox.wechat_act("notify", out_trade_no=number(tapped)) == {"taken": False}
    assert ([ack.status for ack in door.answers], rows()) == ([401], before)
    assert Forgery.objects.count() == 1


def test_a_genuine_one_sent_again_later_by_a_stranger_is_stale(told: Order, door: Any, sandbox: Any, number: Any, eventually: Any) -> None:
    wait_for(door, 1, eventually)
    headers, body = door.heard[0]
    old = {**headers, "Wechatpay-Timestamp": str(int(headers["Wechatpay-Timestamp"]) - 400)}
    assert errands.accept_callback("wechat", old, body).status == 401


def test_the_probe_is_refused_and_not_alarmed(tapped: Order, door: Any, sandbox: Any, number: Any) -> None:
    before = rows()
    assert sandbox.wechat_act("notify", out_trade_no=number(tapped), probe=True) == {"taken": False}
    assert ([ack.status for ack in door.answers], rows(), Forgery.objects.count()) == ([401], before, 0)


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"\xff\xfe", b"[" * 100_000])
def test_anything_else_is_refused(books: None, sandbox: Any, body: bytes) -> None:
    before = rows()
    assert errands.accept_callback("wechat", {"Content-Type": "application/json"}, body).status == 401
    assert rows() == before


def test_of_another_merchant_is_refused(tapped: Order, door: Any, sandbox: Any, number: Any, settings: Any) -> None:
    row = settings.CHANNELS["wechat"]
    settings.CHANNELS = {"wechat": {**row, "OPTIONS": {**row["OPTIONS"], "mchid": "other"}}}
    before = rows()
    assert sandbox.wechat_act("notify", out_trade_no=number(tapped)) == {"taken": False}
    settings.CHANNELS = {"wechat": {**row, "OPTIONS": {**row["OPTIONS"], "appid": "other"}}}
    assert sandbox.wechat_act("notify", out_trade_no=number(tapped)) == {"taken": False}
    assert ([ack.status for ack in door.answers], rows()) == ([401, 401], before)


def test_a_wrong_amount_is_refused_and_goes_to_the_desk(tapped: Order, door: Any, sandbox: Any, number: Any, news: Any) -> None:
    assert sandbox.wechat_act("notify", out_trade_no=number(tapped), paid=1) == {"taken": False}
    assert [ack.status for ack in door.answers] == [409]
    assert (state(tapped), Transaction.objects.count(), news("OrderPaid")) == ("trouble", 0, [])
    assert [row["reason"] for row in news("OrderInTrouble")] == ["渠道通知的金额与订单不符，没有入账"]
    sandbox.wechat_act("notify", out_trade_no=number(tapped), paid=1)
    assert len(news("OrderInTrouble")) == 1
    assert PartnerNotice.objects.get().verdict == "wrong_amount"


def test_a_wrong_amount_that_was_only_said_ends_well(tapped: Order, door: Any, sandbox: Any, number: Any) -> None:
    sandbox.fault("wechat", "callback_lost")
    sandbox.wechat_act("notify", out_trade_no=number(tapped), paid=1)
    sandbox.pay(number(tapped))
    errands.look_up(tapped.number)
    assert state(tapped) == "paid"


def test_an_unknown_order_is_recorded_answered_and_alarmed(books: None, door: Any, sandbox: Any, caplog: Any) -> None:
    assert sandbox.wechat_act("notify", out_trade_no="P_NOT_OURS_1") == {"taken": True}
    assert [ack.status for ack in door.answers] == [200]
    assert (PartnerNotice.objects.get().verdict, Order.objects.count()) == ("unknown_order", 0)
    assert Entry.objects.filter(action="payments.unknown_order", subject="P_NOT_OURS_1").count() == 1
    assert "P_NOT_OURS_1" in caplog.text


def test_signed_with_the_older_key_during_a_migration(tapped: Order, door: Any, sandbox: Any, number: Any, eventually: Any) -> None:
    sandbox.fault("wechat", "callback_certificate")
    sandbox.pay(number(tapped))
    eventually(lambda: state(tapped) == "paid")
