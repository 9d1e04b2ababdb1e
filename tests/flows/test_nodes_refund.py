"""Giving money back as a step, against the sandbox: back, held, at the counter, twice, and when the answer is not clear."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from house import fresh, live, publish
from test_visit import Day

from core import clock
from core.models import Entry
from flows import actions, effects, errands, patterns
from flows.actions import News
from flows.models import Event, StaffWork, Timer
from payments import queries as payments
from payments.models import Order, Refund

Json = dict[str, Any]


def step(key: str, family: str, title: str, ports: Json | None = None, **settings: Any) -> Json:
    return {"kind": "step", "key": key, "title": title, "type": f"{family}@1", "ports": ports or {}, "settings": settings}


def give_back(key: str) -> Json:
    return step(
        f"back_{key}", "refund", "退药费", {"held": [step(f"desk_{key}", "desk", "收费处", of=["pay"])]}, of=["pay"], why="没有拿到药"
    )


def leave(key: str) -> Json:
    return {"kind": "leave", "key": key, "of": "$flow", "undo": True}


PAY = step("pay", "payment", "缴费", {name: [leave(f"no_{name}")] for name in ("nothing_due", "expired", "failed", "bill_changed")},
           **{"for": ["rx"], "amount_of": "bill"})  # fmt: skip
BODY = [
    patterns.arrive() | {"ports": {"too_far": [], "late": [], "missed": [leave("no_show")]}},
    step("wait", "waiting", "候诊", {"passed": []}),
    step("consult", "consultation", "就诊", {"missed": [leave("unseen")]}),
    step("bill", "bill", "账单", {"none": [leave("no_bill")]}),
    PAY,
    step("rx", "pharmacy", "取药", {"out_of_stock": [give_back("stock")], "not_collected": [give_back("late")]}),
    step("bye", "guide", "再见", must_read=True),
]


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    cache.clear()


@pytest.fixture
def day(transactional_db: None, sandbox: Any, drain: Callable[[], int]) -> Iterator[Day]:
    """王芳 has paid for her medicine and waits for it. Afterwards the books must balance."""
    from care.appointments import errands as appointments
    from patients import errands as patients

    appointments.sync_directory()
    publish(BODY, code="refunds")
    person = sandbox.cast["wang"]
    session = patients.sign_in("wechat", sandbox.code("wang"))
    patients.bind_card(session.account, **{name: person[name] for name in ("name", "id_type", "id_no", "phone")})
    made = Day(sandbox, drain, session.account, person)
    errands.open_today(session.account)
    made.news()
    made.to_the_bill()
    yield made
    assert payments.balanced()


def not_collected(day: Day) -> None:
    """The time to fetch the medicine is over."""
    Timer.objects.filter(run=day.run, name="rx#1").update(due=clock.now() - timedelta(seconds=1))
    actions.fire_due_timers()
    day.drain()


def test_the_money_goes_back_and_the_flow_goes_on_when_it_is_there(day: Day) -> None:
    order = day.pay()
    not_collected(day)
    assert (day.live, Order.objects.get(number=order).state) == ({"back_late#1": "waiting"}, "refunding")
    assert "正在退款 ¥" in day.screen().model_dump_json()
    day.refunds_arrive()
    paid = Order.objects.get(number=order)
    assert (paid.state, day.live) == ("refunded", {"bye#1": "waiting"})
    assert day.run.kernel_state.facts["back_late.returned_fen"] == paid.amount
    assert "已原路退回 ¥" in day.screen().model_dump_json()
    assert day.sandbox.books("wechat")["sum_fen"] == 0


def test_opened_twice_and_undone_afterwards_is_one_refund(day: Day) -> None:
    day.pay()
    not_collected(day)
    effects.carry_out(day.run.number, "open", "back_late#1")
    actions.close_day(day.run.number)  # on its way; now the visit takes back what it held: the same refund
    day.again()
    day.refunds_arrive()
    assert (Refund.objects.count(), len(day.sandbox.books("wechat")["refunds"])) == (1, 1)
    assert day.run.status == "ended"


def test_what_his_will_not_take_back_is_held_and_the_desk_says_what_became_of_it(day: Day) -> None:
    order = day.pay()
    day.act("ready")
    day.act("dispense")  # HIS has handed it out; its news has not come
    not_collected(day)
    assert day.live == {"desk_late#1": "waiting"}
    assert (Order.objects.get(number=order).state, Refund.objects.count()) == ("trouble", 0)
    assert Entry.objects.get(action="flows.money_held").facts["order"] == order
    work = StaffWork.objects.get(data__run=day.run.number)
    assert (work.order, work.amount, work.roles) == (order, Order.objects.get(number=order).amount, ["收费财务"])
    actions.deliver(
        day.run.number,
        News("staff", "desk", "desk.resolved", ref="desk_late#1", outcome="resolved", facts={"resolution": "kept"}, by="huang"),
    )
    assert day.live == {"bye#1": "waiting"}


def test_what_the_channel_refuses_is_held(day: Day) -> None:
    order = day.pay()
    day.sandbox.fault("wechat", "not_enough")
    not_collected(day)
    day.again()
    assert (day.live, Order.objects.get(number=order).state) == ({"desk_late#1": "waiting"}, "trouble")
    assert day.sandbox.books("wechat")["refunds"] == []


def test_paid_at_the_counter_the_counter_gives_it_back(day: Day) -> None:
    day.sandbox.his_act("settle_bill", number=day.sandbox.books("his")["bills"][-1]["id"], force=True)
    day.news()
    for _ in range(3):
        day.again()
    assert day.live == {"rx#1": "waiting"}
    not_collected(day)
    assert day.live == {"desk_late#1": "waiting"}
    assert (Refund.objects.count(), Entry.objects.get(action="flows.money_held").facts["order"]) == (0, "")
    assert "退款 由收费处办理" in day.screen().model_dump_json()


def test_an_unclear_answer_is_asked_about_under_the_same_number(day: Day) -> None:
    day.pay()
    day.sandbox.fault("wechat", "silent", "refunds")
    not_collected(day)
    assert day.live == {"back_late#1": "waiting"}
    day.sandbox.fault("wechat", "silent", value=False)
    day.refunds_arrive()
    day.refunds_arrive()
    assert (len(day.sandbox.books("wechat")["refunds"]), day.live) == (1, {"bye#1": "waiting"})


def test_his_down_waits_and_tries_again(day: Day) -> None:
    day.pay()
    day.sandbox.fault("his", "down")
    not_collected(day)
    assert (day.live, Refund.objects.count()) == ({"back_late#1": "waiting"}, 0)
    day.sandbox.fault("his", "down", value=False)
    for _ in range(2):
        day.again()
    day.refunds_arrive()
    assert day.live == {"bye#1": "waiting"}


def test_nobody_answers_then_the_desk_has_it(day: Day) -> None:
    day.pay()
    not_collected(day)
    Timer.objects.filter(run=day.run, name="back_late#1").update(due=clock.now() - timedelta(seconds=1))
    actions.fire_due_timers()
    day.drain()
    assert day.live == {"desk_late#1": "waiting"}
    day.refunds_arrive()  # it came after all: the desk sees so, nothing is paid twice
    assert (Refund.objects.get().state, day.live) == ("succeeded", {"desk_late#1": "waiting"})


def test_nothing_reaches_the_desk_when_nothing_was_paid(day: Day) -> None:
    """Drawn so, the proof warns; the step then has nothing to give back."""
    run = fresh(day.run)
    assert effects.taken(run, run.version.program.step("back_late")) == []
    assert live(run) == {"pay#1": "waiting"}
    assert Event.objects.filter(run=run, type="refund.returned").count() == 0
