"""A hospital in full swing: visits at every station, orders in every state, tasks of both processes, dead letters, a full audit.

Everything is made by the rooms' own actions, as their errands leave it; nobody is asked, so it stands in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import transaction
from viewflow.workflow.models import Task
from wagtail.models import Collection

from care.models import Campus, Department
from core import audit, clock, outbox
from core.models import Delivery, Published
from fixtures import pages
from flows import actions as flows
from flows import patterns, processes
from flows.actions import News, Visit
from flows.models import FlowDefinition, Run
from operations import roles, words
from patients.models import Patient
from payments import actions as till
from payments.actions import attempts, receipts, refunds
from payments.channels.port import RefundStanding, Standing
from payments.events import OrderPaid
from payments.models import Order
from payments.processes import Decision, open_desk

NEXT = [("arrive", "arrived"), ("wait", "called"), ("tell", "read"), ("bill", "issued"), ("pay", "paid"), ("rx", "dispensed")]
LONG_WAIT = {"fact": "wait.minutes_waited", "op": "at_least", "value": 60}
UNKNOWN_WAY = [
    {"kind": "step", "key": "wait", "title": "候诊", "type": "waiting@1",
     "ports": {"passed": [{"kind": "leave", "key": "gone", "of": "$flow"}]}},
    {"kind": "branch", "key": "way", "title": "等久了的先看",
     "cases": [{"key": "long", "title": "等了一小时", "when": LONG_WAIT, "body": [
         {"kind": "step", "key": "sorry", "title": "致歉", "type": "guide@1", "settings": {"must_read": True}}]}],
     "otherwise": []},
]  # fmt: skip
NUMBERS = count(1)


@dataclass
class Hospital:
    runs: list[Run]
    orders: dict[str, Order]
    submitter: Any
    accountant: Any


def open_up(cast: list[dict[str, Any]], tree: dict[str, Any]) -> Hospital:
    roles.keep()
    places()
    pages.load()
    people = [patient(person) for person in cast if person.get("card_no")]
    hire("busy_director", "林主任", "流程审核")
    submitter, accountant = hire("busy_nurse", "丁护士", "运营"), hire("busy_cashier", "方会计", "收费财务")
    runs = visits(people, tree)
    orders = {state: make(people[0]) for state, make in ORDERS.items()}
    desk(orders, accountant)
    publications(submitter)
    letters()
    book(runs[0])
    return Hospital(runs, orders, submitter, accountant)


def places() -> None:
    campus, _ = Campus.objects.get_or_create(his_id="C1", defaults={"name": "本部", "lng": 113.3, "lat": 23.1, "fence_metres": 500})
    for number, name in (("D1", "心内科"), ("D2", "儿科")):
        Department.objects.get_or_create(his_id=number, defaults={"campus": campus, "name": name, "building": "门诊楼", "floor": "3 层"})
    root = Collection.get_first_root_node()
    if root is not None:
        root.add_child(name="须知图片")


def patient(person: dict[str, Any]) -> str:
    number = f"B{person['key'].replace('_', '')}"
    told = {name: person[name] for name in ("name", "phone", "id_no") if person.get(name)}
    Patient.objects.create(number=number, his_patient_id=person["patient"], card=person["card_no"], **told)
    return number


def hire(username: str, name: str, role: str) -> Any:
    user = get_user_model().objects.create(username=username, first_name=name)
    user.groups.set(Group.objects.filter(name=role))
    return get_user_model().objects.get(pk=user.pk)


# Visits


def visits(people: list[str], tree: dict[str, Any]) -> list[Run]:
    publish(tree)
    runs = [visit(people[steps % len(people)], steps) for steps in range(len(NEXT) + 1)]
    stopped, unsure = visit(people[0], 3), visit(people[1], 4)
    tell(stopped, "care", "trouble", ref="bill#1", reason="HIS 没有回传")
    tell(unsure, "timer", "timer", ref="pay#1")
    publish({"schema": 1, "code": "ways", "title": "久等先看", "body": UNKNOWN_WAY})
    lost = visit(people[2], 0)
    tell(lost, "his", "his.told", ref="wait#1", outcome="called")  # HIS did not say how long she waited
    return [*runs, stopped, unsure, fresh_run(lost)]


def publish(tree: dict[str, Any]) -> None:
    definition = FlowDefinition.objects.create(code=tree["code"], title=tree["title"], tree=tree)
    definition.save_revision()
    flows.bind(flows.publish(definition, by="busy_nurse", approved_by="busy_director"), by="busy_director")


def visit(person: str, steps: int) -> Run:
    """One that has gone through its first `steps` steps."""
    n = next(NUMBERS)
    run = flows.start_run(Visit(f"A-busy-{n}", person, "C1", ("D1", "D2")[n % 2], "first", clock.today(), {}))
    for key, outcome in NEXT[:steps]:
        tell(run, "his", "his.told", ref=f"{key}#1", outcome=outcome)
    run.refresh_from_db()
    return run


def fresh_run(run: Run) -> Run:
    return Run.objects.select_related("version").get(pk=run.pk)


def tell(run: Run, source: str, kind: str, **words_: str) -> None:
    flows.deliver(run.number, News(source, f"{run.number}-{next(NUMBERS)}", kind, **words_))


# Money


def opened(person: str) -> Order:
    n = next(NUMBERS)
    return till.open_order(
        key=f"busy{n}:pay#1", purpose="outpatient", subject=f"BILL{n}", patient=person, campus="C1", amount=12_850,
        description="心内科 门诊费用", expires_at=clock.now() + timedelta(minutes=30),
    )  # fmt: skip


def tapped(person: str) -> Order:
    order = opened(person)
    attempt, _ = attempts.claim(order.number, channel="wechat", payer="nobody", client_ip="127.0.0.1")
    attempts.record_prepaid(attempt.out_trade_no, f"wx{order.number}")
    return fresh(order)


def fresh(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def number(order: Order) -> str:
    return str(order.attempts.latest("pk").out_trade_no)


def hears(order: Order, state: Any, amount: int = 12_850) -> Order:
    receipts.take("wechat", Standing(number(order), state, amount, f"4200{order.number}", clock.now()))
    return fresh(order)


def unclear(person: str) -> Order:
    order = tapped(person)
    attempts.record_unclear(number(order))
    return fresh(order)


def closing(person: str) -> Order:
    return receipts.start_closing(tapped(person).number, reason="bill_changed")


def closed(person: str) -> Order:
    return receipts.start_closing(opened(person).number, reason="expired")


def paid(person: str) -> Order:
    return hears(tapped(person), "paid")


def booked(person: str) -> Order:
    return till.mark_booked(paid(person).number, receipt=f"S{next(NUMBERS)}")


def wrong_sum(person: str) -> Order:
    return hears(tapped(person), "paid", 12_950)


def refunding(person: str) -> Order:
    order = paid(person)
    refunds.claim(order.number, key="back", amount=order.amount, reason="没有取药", by="payments")
    return fresh(order)


def refunded(person: str) -> Order:
    order = refunding(person)
    back = order.refunds.get()
    refunds.take(RefundStanding(back.number, "succeeded", back.amount, number(order), f"5000{back.number}"))
    return fresh(order)


def refund_held(person: str) -> Order:
    order = refunding(person)
    refunds.record_refused(order.refunds.get().number, "NOT_ENOUGH")
    return fresh(order)


def refused(person: str) -> Order:
    order = opened(person)
    attempt, _ = attempts.claim(order.number, channel="wechat", payer="nobody", client_ip="127.0.0.1")
    attempts.record_refused(attempt.out_trade_no, "NO_AUTH")
    return fresh(order)


ORDERS: dict[str, Callable[[str], Order]] = {
    "open": opened, "paying": tapped, "unknown": unclear, "closing": closing, "closed": closed, "paid": paid, "booked": booked,
    "trouble": wrong_sum, "refunding": refunding, "refunded": refunded, "held": refund_held, "refused": refused,
}  # fmt: skip


def desk(orders: dict[str, Order], accountant: Any) -> None:
    """One task to decide, one to confirm by a second person."""
    open_desk(orders["trouble"].number, orders["trouble"].reason)
    process = open_desk(orders["held"].number, orders["held"].reason)
    task = Task.objects.get(process=process, finished=None, flow_task_type="HUMAN")
    finish(task, accountant, Decision, {"decision": "refund", "why": "商户号已充值"})


def finish(task: Task, user: Any, form: Any, given: dict[str, str]) -> None:
    """Take a task and end it with this form, as its page does."""
    with task.activation() as activation:
        activation.assign(user)
    with Task.objects.get(pk=task.pk).activation() as activation:
        activation.start(None)
        activation.task.save()
        filled = form(given, instance=activation.process)
        if not filled.is_valid():
            raise ValueError(filled.errors)
        if form is Decision:
            filled.instance.by = user.get_username()
        filled.save()
        activation.execute()


# Flows


def publications(submitter: Any) -> None:
    """One that waits for a second person, one that was sent back."""
    tree = patterns.outpatient()
    draft = FlowDefinition.objects.create(code="second_look", title="专科门诊", tree={**tree, "code": "second_look"})
    draft.save_revision()
    processes.submit(draft, by=submitter)
    again = FlowDefinition.objects.create(code="sent_back", title="慢病门诊", tree={**tree, "code": "sent_back"})
    again.save_revision()
    process = processes.submit(again, by=submitter)
    flows.refuse_submitted(process, by="busy_director", reason="候诊时限太短")
    lead = hire("busy_lead", "季主任", "流程审核")
    finish(Task.objects.get(process=process, finished=None), lead, processes.Decision, {"agreed": "no", "reason": "候诊时限太短"})


# Letters, the audit


@transaction.atomic
def letters() -> None:
    """Every event there is, lost for every reason there is."""
    causes = [*words.REASONS, *words.refusals(), "django.data_error"]
    news = OrderPaid(order="O1", key="k", purpose="outpatient", subject="B1", amount=1, channel="wechat", channel_no="4", paid_at="x")
    rooms = list(words.ROOMS)
    for n, name in enumerate(words.EVENTS):
        row, cause = outbox.publish(news), causes[n % len(causes)]
        Published.objects.filter(pk=row).update(name=name)
        Delivery.objects.filter(event=row).delete()
        Delivery.objects.create(event_id=row, subscriber=f"{rooms[n % len(rooms)]}.hear", state="dead", tries=12, last_error=cause)
    Delivery.objects.filter(state="waiting").update(tries=3, last_error="core.partner_unavailable")


@transaction.atomic
def book(run: Run) -> None:
    """An entry of every kind, half of them in the chain."""
    for n, action in enumerate(words.AUDIT):
        if n == len(words.AUDIT) // 2:
            audit.seal_chain()
        facts = {"reason": "expired", "amount": 12_850, "state": "paid", "minute": clock.now().isoformat(), "step": "pay#1"}
        audit.record(("busy_nurse", "his:k1", "account:7", "house")[n % 4], action, run.number, **facts)


__all__ = ["Hospital", "finish", "open_up"]
