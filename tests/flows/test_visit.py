"""Whole visits against the sandbox: HIS and channel over real HTTP, news through the feed and the outbox, whatever order it comes in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from house import fresh, live, outpatient

from care.checkin.errors import TooFar
from care.models import Appointment, Placement
from core import clock
from core.errors import PartnerError, PartnerUnavailable
from core.models import Delivery
from flows import actions, effects, errands, queries
from flows.actions import News
from flows.errors import StepPassed
from flows.models import Answer, Event, Run, Step
from messaging.models import Message
from payments import queries as payments
from payments.models import Order

Visit = Any


@dataclass
class Day:
    """One person of the cast on the day of her visit, and the hospital round her."""

    sandbox: Any
    drain: Callable[[], int]
    account: Any
    person: dict[str, Any]

    @property
    def appointment(self) -> str:
        return str(self.person["appointment"])

    @property
    def run(self) -> Run:
        return Run.objects.select_related("version").get(appointment=self.appointment)

    @property
    def live(self) -> dict[str, str]:
        return live(self.run)

    @property
    def order(self) -> Order:
        return Order.objects.latest("pk")

    def act(self, what: str, **words: Any) -> Any:
        return self.sandbox.his_act(what, appointment=self.appointment, **words)

    def news(self) -> None:
        """What HIS reported comes in, and the worker works until nothing is due."""
        from his import errands as his

        his.poll()
        self.drain()

    def again(self) -> None:
        """Every letter that waits is due now, and the worker works."""
        Delivery.objects.filter(state="waiting").update(next_try=clock.now() - timedelta(seconds=1))
        self.drain()

    def here(self, metres: float = 0) -> errands.Reading:
        campus = Appointment.objects.get(his_id=self.appointment).campus
        return errands.Reading(lng=campus.lng, lat=campus.lat + metres / 111_195, accuracy=20, at=clock.now())

    def check_in(self, key: str = "tap-0001", *, metres: float = 0) -> Any:
        return errands.answer(
            self.run.number, "arrive", self.account, action="take_number", data={}, position=self.here(metres), key=key, elder=False
        )

    def finish(self, **words: Any) -> None:
        """She is called and seen; a bill is issued."""
        self.act("call")
        self.news()
        self.act("finish", **words)
        self.news()

    def to_the_bill(self) -> Day:
        self.check_in()
        self.finish()
        return self

    def tap_pay(self) -> errands.Paying:
        return errands.pay(self.run.number, "pay", self.account, channel="wechat", client_ip="127.0.0.1")

    def pay(self) -> str:
        """She pays; the channel's word is asked for, the worker works. Returns the order."""
        from payments import errands as till

        ready = self.tap_pay()
        self.sandbox.pay(ready.params["package"])
        till.look_up(ready.order)
        self.drain()
        return ready.order

    def refunds_arrive(self) -> None:
        """The channel has paid back what it was asked to; we ask about it."""
        from payments import errands as till
        from payments.models import Refund

        for row in self.sandbox.books("wechat")["refunds"]:
            if row["status"] == "PROCESSING":
                self.sandbox.wechat_act("end_refund", out_refund_no=row["out_refund_no"])
        Refund.objects.exclude(ask_at=None).update(ask_at=clock.now() - timedelta(seconds=1))
        till.sweep()
        self.again()

    def screen(self, *, elder: bool = False) -> Any:
        return queries.screen(self.run.number, self.account, elder=elder)

    def told(self) -> list[str]:
        return [row.title for row in Message.objects.filter(patient=self.run.patient).order_by("pk")]


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    cache.clear()


@pytest.fixture
def day(transactional_db: None, sandbox: Any, drain: Callable[[], int]) -> Iterator[Day]:
    """王芳 has signed in and bound her card; the outpatient flow is out; her page is open. Afterwards the books must balance."""
    from care.appointments import errands as appointments
    from patients import errands as patients

    appointments.sync_directory()
    outpatient()
    person = sandbox.cast["wang"]
    session = patients.sign_in("wechat", sandbox.code("wang"))
    patients.bind_card(session.account, **{name: person[name] for name in ("name", "id_type", "id_no", "phone")})
    made = Day(sandbox, drain, session.account, person)
    errands.open_today(session.account)
    made.news()
    yield made
    assert payments.balanced()


def now_of(screen: Any) -> str:
    return next((block.key.removeprefix("now-") for block in screen.blocks if block.type == "now_card"), "")


def verdicts(run: Run, kind: str) -> list[str]:
    return [row.verdict for row in queries.journal(run) if row.type == kind]


# The plain way


def test_the_whole_visit(day: Day) -> None:
    assert (now_of(day.screen()), day.live) == ("arrive", {"arrive#1": "waiting"})
    assert now_of(day.check_in()) == "wait"
    day.finish()
    assert now_of(day.screen()) == "pay"
    order = day.pay()
    assert (Order.objects.get(number=order).state, day.live) == ("booked", {"pharmacy#1": "waiting"})
    day.act("ready")
    day.news()
    assert now_of(day.screen()) == "pharmacy"
    assert "药已备好" in day.screen(elder=True).model_dump_json()
    day.act("dispense")
    day.news()
    run = day.run
    assert (run.status, run.ended_by) == ("ended", "finished")
    assert day.told() == ["叫到您了", "药已备好", "就诊完成"]
    assert Event.objects.filter(run=run, verdict="parked").count() == 0
    facts = run.kernel_state.facts
    assert (facts["arrive.by"], facts["pay.paid_fen"], facts["pay.tender"]) == ("gps", Order.objects.get().amount, "wechat")
    assert Delivery.objects.exclude(state="done").count() == 0
    assert day.person["name"] not in str([[row.facts, row.reason] for row in queries.journal(run)]) + str(run.state)


def test_opening_the_page_again_starts_nothing_twice(day: Day) -> None:
    assert [run.pk for run in errands.open_today(day.account)] == [day.run.pk]
    assert Run.objects.count() == 1


def test_a_visit_without_a_bill_ends_with_the_doctor(day: Day) -> None:
    day.check_in()
    day.finish(next_step="none")
    assert (day.run.status, Order.objects.count()) == ("ended", 0)


# Check-in


def test_too_far_is_told_and_the_same_tap_may_be_tried_again_nearer(day: Day) -> None:
    with pytest.raises(TooFar):
        day.check_in(metres=5_000)
    assert (day.live, Answer.objects.count()) == ({"arrive#1": "waiting"}, 0)
    assert now_of(day.check_in()) == "wait"


def test_his_down_at_check_in_loses_nothing(day: Day) -> None:
    day.sandbox.fault("his", "down")
    with pytest.raises(PartnerError) as told:
        day.check_in()
    assert "导诊台" in told.value.remedy
    assert day.live == {"arrive#1": "waiting"}
    day.sandbox.fault("his", "down", value=False)
    assert now_of(day.check_in()) == "wait"


def test_two_phones_check_in_once(day: Day) -> None:
    day.check_in("phone-one")
    with pytest.raises(StepPassed) as passed:
        day.check_in("phone-two")
    assert now_of(passed.value.screen) == "wait"
    assert now_of(day.check_in("phone-one")) == "wait"
    day.news()
    assert verdicts(day.run, "checkin.recorded") == ["applied"]


def test_at_the_desk_she_is_checked_in_without_her_phone(day: Day) -> None:
    day.act("check_in", means="desk")
    day.news()
    assert day.live == {"wait#1": "waiting"}
    assert day.run.kernel_state.facts["arrive.by"] == "desk"


# The order of events


def test_everything_at_once_from_the_end_to_the_beginning(day: Day) -> None:
    """Called, seen and billed while her page was closed; the worker hears it in the wrong order."""
    day.act("check_in", means="desk")
    day.act("call")
    day.act("finish")
    from his import errands as his

    his.poll()
    backwards()
    day.drain()
    backwards()
    day.again()
    assert list(day.live) == ["pay#1"]
    assert day.order.state == "open"


def backwards() -> None:
    """The newest letter first."""
    now = clock.now()
    for age, row in enumerate(Delivery.objects.filter(state="waiting").order_by("pk")):
        Delivery.objects.filter(pk=row.pk).update(next_try=now - timedelta(seconds=1 + age))


def test_every_letter_twice_changes_nothing(day: Day) -> None:
    day.to_the_bill().pay()
    state = day.run.state
    Delivery.objects.update(state="waiting", tries=0, next_try=clock.now() - timedelta(seconds=1))
    day.drain()
    assert day.run.state == state
    assert (Order.objects.count(), Placement.objects.count()) == (1, 1)
    assert day.told() == ["叫到您了"]


def test_passed_over_waits_again_and_is_called_again(day: Day) -> None:
    day.check_in()
    day.act("call")
    day.act("pass")
    from his import errands as his

    his.poll()
    day.drain()
    first = dict(day.live)
    day.act("rejoin")
    day.act("call")
    day.news()
    assert list(day.live) == ["consult#1"], first


# Payment


def test_the_order_is_opened_once_by_worker_and_tap(day: Day) -> None:
    day.to_the_bill()
    first, second = day.tap_pay(), day.tap_pay()
    assert (first.order, Order.objects.count()) == (second.order, 1)
    assert day.order.key == f"{day.run.number}:pay#1"
    assert first.demo_cashier


def test_paid_twice_told_is_booked_once(day: Day) -> None:
    from payments import errands as till

    number = day.to_the_bill().pay()
    till.look_up(number)
    day.again()
    assert [row["kind"] for row in day.sandbox.books("his")["rows"]] == ["settle"]
    assert verdicts(day.run, "order.settled") == ["applied"]


def test_a_passed_payment_step_answers_with_the_current_screen(day: Day) -> None:
    day.to_the_bill().pay()
    with pytest.raises(StepPassed) as passed:
        day.tap_pay()
    assert now_of(passed.value.screen) == "pharmacy"


def test_his_down_after_payment_keeps_the_order_paid_until_it_is_booked(day: Day) -> None:
    day.to_the_bill()
    ready = day.tap_pay()
    day.sandbox.fault("his", "down")
    day.sandbox.pay(ready.params["package"])
    from payments import errands as till

    till.look_up(ready.order)
    day.drain()
    assert (day.order.state, day.live) == ("paid", {"pay#1": "waiting"})
    assert "不用再付" in day.screen().model_dump_json()
    day.sandbox.fault("his", "down", value=False)
    day.again()
    day.again()
    assert (day.order.state, list(day.live)) == ("booked", ["pharmacy#1"])


def test_his_down_when_the_bill_is_due_opens_the_order_later(day: Day) -> None:
    day.check_in()
    day.act("call")
    day.news()
    day.act("finish")
    from his import errands as his

    his.poll()
    day.sandbox.fault("his", "down")
    day.drain()
    day.sandbox.fault("his", "down", value=False)
    for _ in range(3):
        day.again()
    assert (list(day.live), day.order.state) == (["pay#1"], "open")


def test_time_out_closes_at_the_channel_and_asks_anew(day: Day) -> None:
    day.to_the_bill()
    day.tap_pay()
    actions.deliver(day.run.number, News("timer", "t1", "timer", ref="pay#1"))
    assert day.live == {"pay#1": "expiring"}
    day.drain()
    for _ in range(3):
        day.again()
    first = Order.objects.earliest("pk")
    assert (first.state, list(day.live)) == ("closed", ["pay#2"])
    assert Step.objects.get(run=day.run, key="pay", n=1).outcome == "expired"
    assert (Order.objects.count(), day.order.key) == (2, f"{day.run.number}:pay#2")


def test_paid_while_it_is_being_closed_is_paid(day: Day) -> None:
    day.to_the_bill()
    ready = day.tap_pay()
    day.sandbox.fault("wechat", "callback_lost")
    day.sandbox.pay(ready.params["package"])
    actions.deliver(day.run.number, News("timer", "t1", "timer", ref="pay#1"))
    for _ in range(3):
        day.again()
    assert (day.order.state, list(day.live)) == ("booked", ["pharmacy#1"])
    assert Order.objects.count() == 1


def test_a_changed_bill_closes_the_order_and_asks_for_the_new_sum(day: Day) -> None:
    day.to_the_bill()
    day.tap_pay()
    bill = day.sandbox.books("his")["bills"][-1]["id"]
    day.sandbox.his_act("change_bill", number=bill, amount_fen=9_900, force=True)
    day.news()
    for _ in range(3):
        day.again()
    assert [row.state for row in Order.objects.order_by("pk")] == ["closed", "open"]
    assert (day.order.amount, list(day.live)) == (9_900, ["pay#2"])
    assert Step.objects.get(run=day.run, key="pay", n=1).outcome == "bill_changed"


def test_paid_at_the_counter_closes_our_order_and_goes_on(day: Day) -> None:
    day.to_the_bill()
    bill = day.sandbox.books("his")["bills"][-1]["id"]
    day.sandbox.his_act("settle_bill", number=bill, force=True)
    day.news()
    for _ in range(3):
        day.again()
    assert (day.order.state, list(day.live)) == ("closed", ["pharmacy#1"])
    assert day.run.kernel_state.facts["pay.tender"] == "counter"


def test_a_stranger_cannot_pay_and_opens_nothing(day: Day) -> None:
    from flows.errors import RunUnknown
    from patients import errands as patients

    day.check_in()
    stranger = patients.sign_in("wechat", day.sandbox.code("li")).account
    with pytest.raises(RunUnknown):
        errands.pay(day.run.number, "pay", stranger, channel="wechat", client_ip="127.0.0.1")
    assert Order.objects.count() == 0


# Giving up


def test_the_appointment_is_withdrawn_before_check_in(day: Day) -> None:
    day.sandbox.his_act("cancel_appointment", number=day.appointment)
    day.news()
    assert (day.run.status, day.told()) == ("ended", ["预约已退号"])


def test_cancelled_after_paying_gives_the_money_back(day: Day) -> None:
    number = day.to_the_bill().pay()
    actions.deliver(day.run.number, News("patient", "cancel", "visit.cancelled", by="patient"))
    for _ in range(3):
        day.again()
    day.refunds_arrive()
    assert Order.objects.get(number=number).state == "refunded"
    assert [row["kind"] for row in day.sandbox.books("his")["rows"]] == ["settle", "reverse"]
    assert day.sandbox.books("wechat")["sum_fen"] == day.sandbox.books("his")["sum_fen"] == 0
    assert day.run.status == "ended"
    assert {row.key: row.how for row in day.run.kernel_state.done if row.how} == {
        "pay": "returned",
        "bill": "released",
        "arrive": "released",
    }


def test_his_refuses_to_reverse_then_a_desk_holds_it(day: Day) -> None:
    from core.models import Entry
    from payments.models import Trouble

    number = day.to_the_bill().pay()
    day.act("ready")
    day.act("dispense")  # nobody has told us yet
    actions.deliver(day.run.number, News("patient", "cancel", "visit.cancelled", by="patient"))
    for _ in range(3):
        day.again()
    assert Order.objects.get(number=number).state == "trouble"
    assert Trouble.objects.get(finished=None).order == number  # a task of the money desk
    assert next(row.how for row in day.run.kernel_state.done if row.key == "pay") == "held"
    assert Entry.objects.get(action="flows.money_held").facts["order"] == number


# The end of the day


def yesterday(day: Day) -> None:
    Run.objects.filter(pk=day.run.pk).update(day=clock.today() - timedelta(days=1))
    assert errands.close_past_days(queries.runs_past_their_day()) == 1
    for _ in range(4):
        day.again()


def test_an_unpaid_order_is_closed_at_the_channel_when_the_day_ends(day: Day) -> None:
    day.to_the_bill()
    day.tap_pay()
    yesterday(day)
    assert (day.order.state, day.run.status, day.run.ended_by) == ("closed", "ended", "visit.day_over")
    assert {row["state"] for row in day.sandbox.books("wechat")["orders"]} == {"CLOSED"}
    assert day.told()[-1] == "今天的就诊已结束"


def test_money_without_medicine_goes_back_when_the_day_ends(day: Day) -> None:
    day.to_the_bill().pay()
    yesterday(day)
    assert day.screen().model_dump_json().count("正在退款") > 0
    day.refunds_arrive()
    assert (day.order.state, day.run.status, day.run.ended_by) == ("refunded", "ended", "visit.day_over")
    assert day.sandbox.books("wechat")["sum_fen"] == 0


def test_a_payment_that_wins_against_the_end_of_the_day_goes_back(day: Day) -> None:
    day.to_the_bill()
    ready = day.tap_pay()
    day.sandbox.fault("wechat", "callback_lost")
    day.sandbox.pay(ready.params["package"])
    yesterday(day)
    day.refunds_arrive()
    assert (day.order.state, day.run.status) == ("refunded", "ended")
    assert "pay.outcome" not in day.run.kernel_state.facts


# Idempotence of every effect


def test_each_effect_carried_out_again_changes_nothing(day: Day) -> None:
    day.to_the_bill().pay()
    state, orders = day.run.state, Order.objects.count()
    for kind in ("open", "close", "cancel", "undo"):
        for instance in ("arrive#1", "bill#1", "pay#1", "medicine_guide#1", "wait#1"):
            if (kind, instance) not in {("undo", "pay#1"), ("undo", "arrive#1")}:
                effects.carry_out(day.run.number, kind, instance)
    assert (day.run.state, Order.objects.count(), day.order.state) == (state, orders, "booked")


def test_an_effect_waits_for_his_and_is_not_lost(day: Day) -> None:
    day.sandbox.fault("his", "down")
    with pytest.raises(PartnerUnavailable):
        effects.carry_out(day.run.number, "open", "bill#1")
    assert day.live == {"arrive#1": "waiting"}


def test_a_run_in_a_transaction_never_leaves_the_house(day: Day) -> None:
    from core.errors import LeftWithTransactionOpen

    with pytest.raises(LeftWithTransactionOpen), transaction.atomic():
        effects.carry_out(day.run.number, "open", "bill#1")
    assert fresh(day.run).status == "running"
