"""Money in trouble: one task for an order, decided with a reason, carried out afterwards; what moves money needs a second person."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from viewflow.workflow.models import Task

from payments import actions, errands, queries
from payments.errors import OrderSettled
from payments.models import Order, Refund, Trouble
from payments.processes import Agreement, Decision, MoneyInTrouble, open_desk


def state(order: Order) -> str:
    return str(queries.order(order.number).state)


def waiting() -> list[str]:
    return [task.flow_task.name for task in Task.objects.filter(flow_task_type="HUMAN", finished=None).order_by("pk")]


@pytest.fixture
def staff(django_user_model: Any) -> Any:
    """Two people of the money desk."""
    permission = Permission.objects.get(content_type__app_label="payments", codename="resolve_trouble")

    def make(name: str) -> Any:
        user = django_user_model.objects.create(username=name)
        user.user_permissions.add(permission)
        return django_user_model.objects.get(pk=user.pk)

    return make


@pytest.fixture
def paid(tapped: Order, quiet: Any, number: Any) -> Order:
    quiet.pay(number(tapped))
    errands.look_up(tapped.number)
    return queries.order(tapped.number)


@pytest.fixture
def trouble(paid: Order, drain: Any) -> Order:
    actions.report_trouble(paid.number, "HIS 没有记上", by="huang")
    drain()
    return paid


def work(user: Any, form: type, **words: str) -> None:
    """Take the waiting task and end it with this form, as the desk's page does."""
    task = Task.objects.get(flow_task_type="HUMAN", finished=None)
    with task.activation() as activation:
        assert activation.assign.has_perm(user)
        activation.assign(user)
    with Task.objects.get(pk=task.pk).activation() as activation:
        activation.start(None)
        activation.task.save()
        filled = form(words, instance=activation.process)
        assert filled.is_valid(), filled.errors
        if form is Decision:
            filled.instance.by = user.get_username()
        filled.save()
        activation.execute()


def test_one_task_for_an_order(trouble: Order, drain: Any) -> None:
    open_desk(trouble.number, "又一次")
    process = Trouble.objects.get()
    assert (process.flow_class, process.order, process.reason, process.amount) == (MoneyInTrouble, trouble.number, "HIS 没有记上", 12_850)
    assert waiting() == ["decide"]


def test_booking_by_hand_needs_a_receipt_and_a_second_person(trouble: Order, staff: Any, drain: Any) -> None:
    assert "receipt" in Decision({"decision": "booked", "why": "窗口已补记"}, instance=Trouble.objects.get()).errors
    huang, lin = staff("huang"), staff("lin")
    work(huang, Decision, decision="booked", why="窗口已补记", receipt="S9")
    assert waiting() == ["agree"]
    second = Task.objects.get(finished=None, flow_task_type="HUMAN")
    assert (second.flow_task.can_assign(huang, second), second.flow_task.can_assign(lin, second)) == (False, True)
    drain()
    assert state(trouble) == "trouble"
    work(lin, Agreement, agreed="yes")
    drain()
    row = queries.order(trouble.number)
    assert (row.state, row.receipt, waiting()) == ("booked", "S9", [])


def test_a_refusal_of_the_second_person_brings_it_back(trouble: Order, staff: Any, drain: Any) -> None:
    work(staff("huang"), Decision, decision="refund", why="患者要求退款")
    work(staff("lin"), Agreement, agreed="no")
    drain()
    assert (waiting(), state(trouble), Refund.objects.count()) == (["decide"], "trouble", 0)


def test_the_refund_of_the_desk(trouble: Order, quiet: Any, staff: Any, drain: Any, eventually: Any) -> None:
    work(staff("huang"), Decision, decision="refund", why="患者要求退款")
    work(staff("lin"), Agreement, agreed="yes")
    drain()
    assert state(trouble) == "refunding"
    eventually(lambda: look(trouble) == "refunded")
    assert (quiet.books("wechat")["sum_fen"], waiting()) == (0, [])


def look(order: Order) -> str:
    from core import clock

    Refund.objects.exclude(ask_at=None).update(ask_at=clock.now())
    errands.sweep()
    return state(order)


def test_no_reason_no_decision(trouble: Order) -> None:
    process = Trouble.objects.get()
    for why in ("", "嗯", "请打 13800000000 问"):
        assert "why" in Decision({"decision": "ask", "why": why}, instance=process).errors


def test_going_on_moves_no_money(trouble: Order, staff: Any, drain: Any) -> None:
    work(staff("huang"), Decision, decision="go_on", why="查过没有问题")
    drain()
    assert (state(trouble), waiting()) == ("paid", [])


def test_closing_asks_the_channel_first(tapped: Order, quiet: Any, number: Any, staff: Any, drain: Any) -> None:
    """The desk thinks nothing was paid; the channel knows better."""
    actions.report_trouble(tapped.number, "患者说没有付", by="huang")
    drain()
    quiet.pay(number(tapped))
    work(staff("huang"), Decision, decision="close", why="患者说没有付")
    drain()
    assert (state(tapped), queries.balanced()) == ("paid", True)


def test_still_in_trouble_comes_back(tapped: Order, quiet: Any, staff: Any, drain: Any) -> None:
    actions.report_trouble(tapped.number, "结果一直未知", by="huang")
    drain()
    quiet.fault("wechat", "down")
    work(staff("huang"), Decision, decision="close", why="按未付关单")
    drain()
    assert (state(tapped), waiting()) == ("trouble", ["decide"])
    quiet.fault("wechat", "down", False)
    errands.close(tapped.number)
    drain()
    assert (state(tapped), waiting()) == ("closed", [])


def test_money_of_a_wrong_sum_goes_back_as_it_came(tapped: Order, quiet: Any, number: Any, staff: Any, drain: Any, eventually: Any) -> None:
    quiet.fault("wechat", "wrong_amount", 100)
    quiet.pay(number(tapped))
    errands.look_up(tapped.number)
    drain()
    assert (state(tapped), waiting()) == ("trouble", ["decide"])
    work(staff("huang"), Decision, decision="refund", why="多收了患者的钱")
    work(staff("lin"), Agreement, agreed="yes")
    drain()
    eventually(lambda: look(tapped) == "refunded")
    mine = queries.books(tapped.number)
    assert (mine.paid, mine.refunded, mine.balanced) == (12_950, 12_950, True)
    drain()
    assert waiting() == []


def test_a_held_refund_is_sent_again_under_its_number(paid: Order, quiet: Any, staff: Any, drain: Any, eventually: Any) -> None:
    quiet.fault("wechat", "not_enough")
    held = errands.refund(paid.number, key="k", amount=12_850, reason="没有取药")
    drain()
    assert (state(paid), waiting()) == ("trouble", ["decide"])
    quiet.fault("wechat", "not_enough", False)
    work(staff("huang"), Decision, decision="refund", why="商户号已充值")
    work(staff("lin"), Agreement, agreed="yes")
    drain()
    eventually(lambda: look(paid) == "refunded")
    assert [row["out_refund_no"] for row in quiet.books("wechat")["refunds"]] == [held.number]


def test_what_settles_by_itself_leaves_no_task(tapped: Order, quiet: Any, number: Any, drain: Any) -> None:
    actions.report_trouble(tapped.number, "结果一直未知", by="huang")
    drain()
    assert waiting() == ["decide"]
    quiet.pay(number(tapped))
    errands.look_up(tapped.number)
    drain()
    assert (state(tapped), waiting()) == ("paid", [])


@pytest.fixture
def booked(paid: Order, drain: Any) -> Order:
    actions.mark_booked(paid.number, receipt="S1")
    drain()
    return queries.order(paid.number)


def test_booked_money_that_cannot_go_back_by_itself_waits_for_a_person(booked: Order, drain: Any) -> None:
    actions.report_held(booked.number, "要退的钱退不了：药已发出，不能退费", by="flows")
    actions.report_held(booked.number, "又一次", by="flows")
    actions.mark_booked(booked.number, receipt="S1")  # what HIS told before comes once more
    drain()
    assert (state(booked), waiting(), queries.order(booked.number).receipt) == ("trouble", ["decide"], "S1")
    assert Trouble.objects.get().reason == "要退的钱退不了：药已发出，不能退费"


def test_held_money_stays_when_the_desk_says_so(booked: Order, staff: Any, drain: Any) -> None:
    actions.report_held(booked.number, "药已发出，不能退费", by="flows")
    drain()
    work(staff("huang"), Decision, decision="go_on", why="药已拿走，不用退")
    drain()
    assert (state(booked), waiting(), queries.returnable(booked.number)) == ("booked", [], 12_850)


def test_held_money_goes_back_when_two_people_say_so(booked: Order, quiet: Any, staff: Any, drain: Any, eventually: Any) -> None:
    actions.report_held(booked.number, "药已发出，不能退费", by="flows")
    drain()
    work(staff("huang"), Decision, decision="refund", why="药已退回药房")
    work(staff("lin"), Agreement, agreed="yes")
    drain()
    eventually(lambda: look(booked) == "refunded")
    drain()
    assert (quiet.books("wechat")["sum_fen"], waiting()) == (0, [])


def test_nothing_is_held_where_nothing_is_left(order: Order, drain: Any) -> None:
    errands.close(order.number)
    with pytest.raises(OrderSettled):
        actions.report_held(order.number, "退不了", by="flows")
    drain()
    assert waiting() == []
