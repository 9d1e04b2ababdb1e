"""What care and payments tell, brought to the run it belongs to; and what the kernel asked for, carried out.

Each reaction delivers the news to the step that hears it, then lets every waiting step look at what the house knows: so neither the
order of events nor a lost one strands a patient. Any of them may come twice.
"""

from __future__ import annotations

from typing import Any

from care import events as care
from core import outbox
from flows import actions, effects, errands
from flows.actions import DAY_OVER, News
from flows.events import EffectDue, RunEnded
from flows.models import Run, Step
from flows.nodes import PALETTE
from payments import events as payments
from payments.models import Order

# Visits


@outbox.subscriber(care.AppointmentMade, name="flows.start")
def start(event: care.AppointmentMade) -> None:
    errands.start_today(event.appointment)


@outbox.subscriber(EffectDue, name="flows.carry_out")
def carry_out(event: EffectDue) -> None:
    effects.carry_out(event.run, event.kind, event.instance)


@outbox.subscriber(care.AppointmentWithdrawn, name="flows.withdrawn")
def withdrawn(event: care.AppointmentWithdrawn) -> None:
    if run := run_for(event.appointment):
        actions.deliver(run.number, News("care", f"withdrawn:{event.appointment}", "appointment.withdrawn"))


@outbox.subscriber(RunEnded, name="flows.tell_ended")
def tell_ended(event: RunEnded) -> None:
    """Whoever did not get through the day is told, and what became of her money."""
    if event.by == DAY_OVER.on:
        run = effects.run_of(event.run)
        body = "没有办完的步骤已经关闭。没付的费用不用再付；付了钱没取药的，费用会原路退回。有疑问请到导诊台。"
        effects.tell_patient(run, "day_over", "今天的就诊已结束", body)


# What HIS tells of a visit


@outbox.subscriber(care.CheckedIn, name="flows.checked_in")
def checked_in(event: care.CheckedIn) -> None:
    hear(event.appointment, "checkin.recorded", means=event.means, minutes_early=event.minutes_early)


@outbox.subscriber(care.QueueMoved, name="flows.queue_moved")
def queue_moved(event: care.QueueMoved) -> None:
    seen_anew(event.appointment)


@outbox.subscriber(care.Called, name="flows.called")
def called(event: care.Called) -> None:
    run = hear(event.appointment, "queue.called", ahead=event.ahead, minutes_waited=event.minutes_waited)
    if run is not None:
        effects.tell_patient(run, f"called:{event.turn}", "叫到您了", f"请到{event.room or '诊室'}，医生正在等您。")


@outbox.subscriber(care.Passed, name="flows.passed")
def passed(event: care.Passed) -> None:
    hear(event.appointment, "queue.passed")


@outbox.subscriber(care.Seen, name="flows.seen")
def seen(event: care.Seen) -> None:
    hear(event.appointment, "visit.seen", next_step=event.next_step or None)


@outbox.subscriber(care.Missed, name="flows.missed")
def missed(event: care.Missed) -> None:
    hear(event.appointment, "visit.missed")


@outbox.subscriber(care.MedicineReady, name="flows.medicine_ready")
def medicine_ready(event: care.MedicineReady) -> None:
    run = seen_anew(event.appointment)
    if run is not None and run.status == Run.Status.RUNNING:
        effects.tell_patient(run, f"ready:{event.window}", "药已备好", f"请带上就诊卡，到{event.window or '取药窗口'}取药。")


@outbox.subscriber(care.MedicineCollected, name="flows.medicine_collected")
def medicine_collected(event: care.MedicineCollected) -> None:
    hear(event.appointment, "drug.dispensed", lines=event.lines)


# Bills


@outbox.subscriber(care.BillIssued, name="flows.bill_issued")
def bill_issued(event: care.BillIssued) -> None:
    hear(event.appointment, "bill.issued", business=event.bill, due_fen=event.due_fen, lines=event.lines)


@outbox.subscriber(care.BillNone, name="flows.bill_none")
def bill_none(event: care.BillNone) -> None:
    hear(event.appointment, "bill.none")


@outbox.subscriber(care.BillChanged, name="flows.bill_changed")
def bill_changed(event: care.BillChanged) -> None:
    seen_anew(event.appointment)


@outbox.subscriber(care.BillWithdrawn, name="flows.bill_withdrawn")
def bill_withdrawn(event: care.BillWithdrawn) -> None:
    seen_anew(event.appointment)


@outbox.subscriber(care.BillSettledElsewhere, name="flows.bill_settled_elsewhere")
def bill_settled_elsewhere(event: care.BillSettledElsewhere) -> None:
    seen_anew(event.appointment)


# Money. An order's key is `run:key#n`, so it names its step by itself.


@outbox.subscriber(care.ChargeSettled, name="flows.charge_settled")
def charge_settled(event: care.ChargeSettled) -> None:
    tender = event.channel if event.channel in ("wechat", "alipay", "counter") else None
    facts = {"paid_fen": event.amount_fen, "cash_fen": event.amount_fen, "tender": tender}
    verdict = to_step(event.key, "order.settled", "paid", facts)
    if verdict == "late":
        give_back_late(event.key)


@outbox.subscriber(care.ChargeRefused, name="flows.charge_refused")
def charge_refused(event: care.ChargeRefused) -> None:
    seen_anew(event.appointment)


@outbox.subscriber(payments.OrderOpened, name="flows.order_opened")
def order_opened(event: payments.OrderOpened) -> None:
    shown_anew(event.key)


@outbox.subscriber(payments.OrderPaid, name="flows.order_paid")
def order_paid(event: payments.OrderPaid) -> None:
    shown_anew(event.key)


@outbox.subscriber(payments.OrderClosed, name="flows.order_closed")
def order_closed(event: payments.OrderClosed) -> None:
    """The channel took nothing. Why follows from the bill: changed or withdrawn meanwhile, paid at the counter, or not paid in time."""
    run, instance = parts_of(event.key)
    if run is not None:
        effects.order_is_closed(run, instance)


@outbox.subscriber(payments.OrderInTrouble, name="flows.order_in_trouble")
def order_in_trouble(event: payments.OrderInTrouble) -> None:
    run, instance = parts_of(event.key)
    if run is not None:
        effects.trouble(run, instance, event.reason or "钱款要人核对")


@outbox.subscriber(payments.RefundSucceeded, name="flows.refund_succeeded")
def refund_succeeded(event: payments.RefundSucceeded) -> None:
    refund_answered(event.order, "returned")


@outbox.subscriber(payments.RefundHeld, name="flows.refund_held")
def refund_held(event: payments.RefundHeld) -> None:
    refund_answered(event.order, "held")


# How it gets there


def run_for(appointment: str) -> Run | None:
    return Run.objects.light().filter(appointment=appointment).first()


def parts_of(key: str) -> tuple[Run | None, str]:
    """The run and the step `key#n` an order was opened for; (None, …) for an order of somebody else."""
    number, _, instance = key.partition(":")
    return Run.objects.light().filter(number=number).first(), instance


def hear(appointment: str, kind: str, *, business: str = "", **fields: Any) -> Run | None:
    """Bring one moment of a visit to the step that hears it; None when no flow is bound. Without a number of its own it is the visit's."""
    run = run_for(appointment) or errands.start_today(appointment)
    if run is None:
        return None
    for family, node in PALETTE.items():
        hearing = node.hears.get(kind)
        if hearing is not None and family in run.version.contracts:
            facts = {fact: fields[field] for field, fact in hearing.facts.items() if fields.get(field) is not None}
            news = News("care", kind, kind, outcome=hearing.outcome, facts=facts)
            actions.hear(run.number, family, business or appointment, news, again=not business)
    effects.catch_up(run.number)
    return run


def seen_anew(appointment: str) -> Run | None:
    """Something round the visit changed: every waiting step looks, and the screen is drawn anew."""
    run = run_for(appointment)
    if run is not None:
        effects.catch_up(run.number)
        actions.refresh(run.number)
    return run


def shown_anew(key: str) -> None:
    run, _ = parts_of(key)
    if run is not None:
        actions.refresh(run.number)


def to_step(key: str, kind: str, outcome: str, facts: dict[str, Any]) -> str:
    """The verdict; empty when no run opened this order."""
    run, instance = parts_of(key)
    return effects.tell(run, instance, kind, outcome, source="care", facts=facts) if run is not None else ""


def give_back_late(key: str) -> None:
    """Money that arrived for a step that is over without it goes back."""
    run, instance = parts_of(key)
    step, _, n = instance.partition("#")
    if run is not None and not Step.objects.filter(run=run, key=step, n=n, outcome="paid").exists():
        effects.return_late(run, instance)


def refund_answered(number: str, how: str) -> None:
    """The answer to a taking back; a refund nobody waits for here changes nothing."""
    order = Order.objects.filter(number=number).first()
    run, instance = parts_of(order.key) if order else (None, "")
    if run is not None and effects.mode_of(run, instance) == "undoing":
        effects.undone(run, instance, how)
    if run is not None:
        effects.catch_up(run.number)
