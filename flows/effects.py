"""What the kernel asked for, carried out: a table (effect, node type) → one function that calls a room below.

Every function may be called twice and must not mind. Before it changes anything outside it looks whether the step still wants it; after
it opened something, it looks again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.conf import settings

from care.charges import errands as charges
from care.charges import queries as bills
from care.charges.errors import BillGone, BillHasChanged, BillPaidElsewhere, BillTaken, NothingDue, PlacementReleased
from care.checkin import errands as checkin
from care.checkin.errors import AlreadySeen, ClinicStopped, VisitCancelled
from care.pharmacy import errands as pharmacy
from core import clock
from core.errors import PartnerRefused
from core.money import Fen
from flows import actions, staffing
from flows.actions import News
from flows.errors import StepPassed
from flows.known import charge_of, key_of, known, taken
from flows.models import Run
from flows.nodes import PALETTE, desk, task
from flows.nodes.desk import DeskSettings
from flows.nodes.guide import GuideSettings
from flows.nodes.message import MessageSettings
from flows.nodes.refund import RefundSettings
from flows.nodes.task import STAFF_TASK, TaskSettings
from flows.schema import Step
from his import his
from messaging.actions import leave_message
from payments import actions as orders
from payments.errands import refund
from payments.errors import OrderSettled
from payments.models import Order, Refund

MOST_STEPS = 50
ORDERED = ("payment@1", "refund@1")
"""What is known by the number of an order of ours, which names its step by itself."""
NO_BILL = "没有找到要缴的账单"
TAKEN = "账单正被别的收费占用"
WAITS = ("waiting", "expiring", "trouble")


def carry_out(number: str, kind: str, instance: str) -> None:
    """One effect of one instance `key#n`."""
    run = run_of(number)
    step = run.version.program.step(instance.partition("#")[0])
    verb = kind.partition("+")[0]
    act = EFFECTS.get((verb, step.type), DEFAULTS.get(verb))
    if act is not None:
        act(run, step, instance)
    elif verb == "remind":
        remind(run, step, f"{kind}:{instance}")
    if kind == "open":
        catch_up(number)


def run_of(number: str) -> Run:
    return Run.objects.light().get(number=number)


def mode_of(run: Run, instance: str) -> str:
    """The kernel's word for this entry of the step; empty when it is over or not there yet."""
    key, _, n = instance.partition("#")
    live = run.kernel_state.live.get(key, (0, ""))
    return live[1] if live[0] == int(n) else ""


def tell(run: Run, instance: str, kind: str, outcome: str, *, source: str = "flows", facts: Mapping[str, Any] | None = None) -> str:
    """Deliver one outcome under a name that a repeat finds again."""
    told = {key: value for key, value in (facts or {}).items() if value is not None}
    return actions.deliver(
        run.number, News(source, actions.name_of(kind, instance, outcome), kind, ref=instance, outcome=outcome, facts=told)
    )


def trouble(run: Run, instance: str, reason: str) -> None:
    """A person must help. Named by the revision: after a retry the same reason is news again."""
    if mode_of(run, instance) == "waiting":
        actions.deliver(run.number, News("flows", f"trouble:{instance}:{run.revision}", "trouble", ref=instance, reason=reason))


def catch_up(number: str) -> None:
    """Tell every waiting step what has already happened, until nothing is new."""
    for _ in range(MOST_STEPS):
        if not learn_one(run_of(number)):
            return


def learn_one(run: Run) -> bool:
    """True when a step learnt something."""
    for key, (n, mode) in sorted(run.kernel_state.live.items()):
        step, instance = run.version.program.steps.get(key), f"{key}#{n}"
        if step is None or mode not in (*WAITS, "closing"):
            continue
        found = known(run, step, instance)
        if found is None:
            continue
        if step.type not in ORDERED:
            actions.hold(run.number, step.type, found.business or run.appointment, instance)
        if tell(run, instance, found.type, found.outcome, source="care", facts=found.facts) == "applied":
            return True
    return False


# Opening


def open_bill(run: Run, _step: Step, _instance: str) -> None:
    charges.refresh(run.appointment)


def open_pharmacy(run: Run, _step: Step, _instance: str) -> None:
    pharmacy.refresh(run.appointment)


def open_message(run: Run, step: Step, instance: str) -> None:
    texts = PALETTE[step.type].settings_of(step.settings)
    if isinstance(texts, MessageSettings) and (texts.subject or texts.body):
        tell_patient(run, instance, texts.subject or step.title, texts.body)
    tell(run, instance, "message.sent", "sent")


def tell_patient(run: Run, key: str, title: str, body: str) -> None:
    """A line in the patient's inbox; the same key again leaves no second one."""
    leave_message(run.patient, key=f"{run.number}:{key}", title=title, body=body, target=f"/pages/visit/index?id={run.number}")


def remind(run: Run, step: Step, key: str) -> None:
    """The step still waits: its own sentence once more."""
    node = PALETTE[step.type]
    body = node.settings_of(step.settings).now_text or "这一步还在等您，请看就诊进度。"
    tell_patient(run, key, f"提醒：{step.title or node.contract.title}", body)


def open_guide(run: Run, step: Step, instance: str) -> None:
    """Shown and passed at once, unless it must be read."""
    texts = PALETTE[step.type].settings_of(step.settings)
    if not (isinstance(texts, GuideSettings) and texts.must_read):
        tell(run, instance, "page.read", "read")


def open_payment(run: Run, step: Step, instance: str) -> None:
    """One order for the bill its bill step heard; the sweep of the outbox calls again while HIS is silent."""
    if mode_of(run, instance) != "waiting" or known(run, step, instance):
        return
    if charge_of(run, step) is None:
        trouble(run, instance, NO_BILL)
        return
    try:
        place_order(run, step, instance)
    except NothingDue:
        tell(run, instance, "order.nothing_due", "nothing_due")
    except (BillHasChanged, BillGone, PlacementReleased):
        tell(run, instance, "bill.changed", "bill_changed")
    except BillPaidElsewhere:
        catch_up(run.number)
    except BillTaken:
        trouble(run, instance, TAKEN)
    except PartnerRefused:
        trouble(run, instance, "医院没有接受这张账单")
    except StepPassed:
        return


def place_order(run: Run, step: Step, instance: str) -> Order:
    """The order of this step, the same one every time. Raises StepPassed when it was given up meanwhile, and what care refuses."""
    charge = charge_of(run, step)
    if charge is None:
        raise StepPassed(step=step.key)
    at = run.version.program.places[step.key]
    minutes = getattr(at, "after", None) or settings.ORDER_MINUTES
    order = charges.place_order(charge, key=key_of(run, instance), expires_at=clock.now() + timedelta(minutes=minutes))
    if mode_of(run_of(run.number), instance) not in ("waiting", "trouble"):
        charges.release(key_of(run, instance))
        raise StepPassed(step=step.key)
    actions.refresh(run.number)
    return order


# Closing


def close_payment(run: Run, step: Step, instance: str) -> None:
    """Ask the channel to close. Paid after all is told by care; closed is told here or by payments, whoever is first."""
    placement = charges.release(key_of(run, instance))
    if placement is None:
        tell(run, instance, "order.closed", "expired")
    learn_closing(run, step, instance)


def order_is_closed(run: Run, instance: str) -> None:
    """Told by payments, perhaps before care has given the bill back: the bill says why, else it was not paid in time."""
    if not mode_of(run, instance):
        return
    step = run.version.program.step(instance.partition("#")[0])
    found, charge = known(run, step, instance), charge_of(run, step)
    placement = bills.placement(key_of(run, instance))
    if found is not None:
        tell(run, instance, found.type, found.outcome, source="care", facts=found.facts)
    elif charge is not None and placement is not None and (charge.state == charge.State.WITHDRAWN or charge.total != placement.amount):
        tell(run, instance, "bill.changed", "bill_changed")
    elif charge is None or charge.state != charge.State.SETTLED:
        tell(run, instance, "order.closed", "expired")
    catch_up(run.number)


def learn_closing(run: Run, step: Step, instance: str) -> None:
    found = known(run, step, instance)
    if found is not None:
        tell(run, instance, found.type, found.outcome, source="care", facts=found.facts)


# A role's work


def open_task(run: Run, step: Step, instance: str) -> None:
    texts, title = PALETTE[step.type].settings_of(step.settings), step.title or PALETTE[step.type].contract.title
    if isinstance(texts, TaskSettings):
        process = texts.process if texts.process in staffing.CODED else STAFF_TASK
        staffing.open_work(run.number, instance, process=process, roles=[texts.role or task.ROLE], title=title, what=texts.what)


def open_desk(run: Run, step: Step, instance: str) -> None:
    """The newest of the payments it is about is shown with the task."""
    texts, title = PALETTE[step.type].settings_of(step.settings), step.title or PALETTE[step.type].contract.title
    order = Order.objects.filter(key__in=[key_of(run, payment) for payment in taken(run, step)]).order_by("-pk").first()
    number, amount = (order.number, order.amount) if order else ("", 0)
    if isinstance(texts, DeskSettings):
        staffing.open_work(run.number, instance, roles=[texts.role or desk.ROLE], title=title, what=texts.what, order=number, amount=amount)


def withdraw_work(run: Run, _step: Step, instance: str) -> None:
    staffing.withdraw(run.number, instance)


def press_work(run: Run, _step: Step, instance: str) -> None:
    staffing.press(run.number, instance)


# Taking back


def undo_checkin(run: Run, _step: Step, instance: str) -> None:
    """Out of the queue; who has been seen, or whose appointment is gone, has nothing to be taken out of."""
    with suppress(AlreadySeen, VisitCancelled, ClinicStopped, PartnerRefused):
        checkin.withdraw(run.appointment, key=f"{run.number}-undo-{instance}")
    undone(run, instance, "released")


def undo_nothing(run: Run, _step: Step, instance: str) -> None:
    """What belongs to HIS alone: nothing of ours is to be taken back."""
    undone(run, instance, "released")


def undo_payment(run: Run, _step: Step, instance: str) -> None:
    """HIS first: may it be returned? Then the channel. `returned` is told when the channel has said so."""
    order = Order.objects.filter(key=key_of(run, instance)).first()
    if order is None:
        held(run, instance, "", "在窗口缴的费，请到收费处退")
    elif order.state == Order.State.REFUNDED:
        undone(run, instance, "returned")
    elif refusal := reverse(order):
        held(run, instance, order.number, refusal)
    else:
        back = refund(order.number, key=f"{order.key}:undo", amount=Fen(order.amount), reason="没有取药，原路退回")
        if back.state == Refund.State.HELD:  # since an earlier step asked for it back
            undone(run, instance, "held")


def return_late(run: Run, instance: str) -> None:
    """Money for a step that was over before it came: back, or to the desk. No step waits for the answer."""
    order = Order.objects.filter(key=key_of(run, instance)).exclude(state=Order.State.REFUNDED).first()
    if order is None:
        return
    if refusal := reverse(order):
        to_desk(run, order.number, refusal)
    else:
        refund(order.number, key=f"{order.key}:undo", amount=Fen(order.amount), reason="付款来晚了，原路退回")


def open_refund(run: Run, step: Step, instance: str) -> None:
    """Each payment named, back the way it came; `returned` is told when the channel has said so of all of them."""
    if mode_of(run, instance) != "waiting" or known(run, step, instance):
        return
    texts = PALETTE[step.type].settings_of(step.settings)
    why = (isinstance(texts, RefundSettings) and texts.why) or "按流程原路退回"
    payments = taken(run, step)
    held_back = [give_back(run, payment, why) for payment in payments]
    if not payments:
        tell(run, instance, "refund.returned", "returned", facts={"returned_fen": 0})
    elif any(held_back):
        tell(run, instance, "refund.held", "held")


def give_back(run: Run, payment: str, why: str) -> bool:
    """The money of one finished payment; under the number its undo would use, so that both are one refund. True when a desk holds it."""
    order = Order.objects.filter(key=key_of(run, payment)).exclude(state=Order.State.CLOSED).first()
    refusal = "在窗口缴的费，请到收费处退" if order is None else "" if order.state == Order.State.REFUNDED else reverse(order)
    if refusal:
        to_desk(run, order.number if order else "", refusal)
    elif order is not None and order.state != Order.State.REFUNDED:
        refund(order.number, key=f"{order.key}:undo", amount=Fen(order.amount), reason=why)
    return bool(refusal)


def reverse(order: Order) -> str:
    """退费 at HIS, under one number for ever. Why not, in words; empty when it is done."""
    placement = bills.placement(order.key)
    if placement is None:
        return "没有找到这笔钱的账单"
    number = f"{placement.reference}-undo"
    try:
        his().reverse(
            placement.charge_id, request_no=number, order=placement.reference, refund=number, amount_fen=Fen(placement.amount),
            channel_no=placement.channel_no,
        )  # fmt: skip
    except PartnerRefused as no:
        return "药已发出，不能退费" if no.reason == "dispensed" else "医院不能退这笔费用"
    return ""


def held(run: Run, instance: str, order: str, reason: str) -> None:
    """A named desk holds it from now on; the patient's chain goes on."""
    to_desk(run, order, reason)
    undone(run, instance, "held")


def to_desk(run: Run, order: str, reason: str) -> None:
    """Booked or not, the money of this order waits for a person. What was paid at the counter has no order: the counter holds it."""
    if order:
        with suppress(OrderSettled):
            orders.report_held(order, f"要退的钱退不了：{reason}", by="flows")
    actions.note_held(run.number, order=order, reason=reason)


def undone(run: Run, instance: str, how: str) -> None:
    tell(run, instance, "undone", how)


EFFECTS: dict[tuple[str, str], Callable[[Run, Step, str], None]] = {
    ("open", "bill@1"): open_bill,
    ("open", "payment@1"): open_payment,
    ("open", "pharmacy@1"): open_pharmacy,
    ("open", "message@1"): open_message,
    ("open", "guide@1"): open_guide,
    ("open", "refund@1"): open_refund,
    ("open", "task@1"): open_task,
    ("open", "desk@1"): open_desk,
    ("cancel", "task@1"): withdraw_work,
    ("cancel", "desk@1"): withdraw_work,
    ("done", "task@1"): withdraw_work,
    ("done", "desk@1"): withdraw_work,
    ("remind", "task@1"): press_work,
    ("remind", "desk@1"): press_work,
    ("close", "payment@1"): close_payment,
    ("undo", "payment@1"): undo_payment,
    ("undo", "checkin@1"): undo_checkin,
}
DEFAULTS: dict[str, Callable[[Run, Step, str], None]] = {"undo": undo_nothing}

__all__ = [
    "carry_out", "catch_up", "mode_of", "order_is_closed", "place_order", "return_late", "run_of", "tell", "tell_patient",
    "trouble", "undone",
]  # fmt: skip
