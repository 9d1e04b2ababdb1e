"""What the house already knows about a step that waits: read from the rooms below, whatever order their events came in.

Each function looks at one live step and names the outcome that has already happened, or None. News is the nudge, this is the truth:
a step opened late learns here what happened before it was opened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from care.charges import queries as charges
from care.models import Appointment, Charge, Dispensing, Placement, Ticket
from flows.models import Handle, Run
from flows.schema import Step
from payments.models import Order, Refund

CHANNELS = ("wechat", "alipay", "counter")
COUNTER = "counter"


@dataclass(frozen=True)
class Known:
    """One outcome. `type` is the event a node hears; `business` the number of HIS it is about, when there is one."""

    type: str
    outcome: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    business: str = ""


def known(run: Run, step: Step, instance: str) -> Known | None:
    look = LOOKS.get(step.type)
    return look(run, step, instance) if look else None


def arrived(run: Run, _step: Step, _instance: str) -> Known | None:
    ticket = ticket_of(run)
    if ticket is None or ticket.state == Ticket.State.VOID or not ticket.means:
        return None
    starts = ticket.appointment.starts
    early = max(0, int((starts - ticket.arrived_at).total_seconds() // 60)) if ticket.arrived_at else None
    return Known("checkin.recorded", "arrived", {"by": ticket.means, "minutes_early": early})


def called(run: Run, _step: Step, _instance: str) -> Known | None:
    """Who is with the doctor has been called, too. A pass is told by its event alone: the next round waits for the next call."""
    ticket = ticket_of(run)
    if ticket is None or ticket.state not in (Ticket.State.CALLED, Ticket.State.SEEN):
        return Known("queue.called", "called") if state_of(run) == Appointment.State.SEEN else None
    waited = int((ticket.turn_at - ticket.arrived_at).total_seconds() // 60) if ticket.turn_at and ticket.arrived_at else None
    return Known("queue.called", "called", {"minutes_waited": waited})


def seen(run: Run, _step: Step, _instance: str) -> Known | None:
    visit = Appointment.objects.filter(his_id=run.appointment).first()
    if visit is not None and visit.state == Appointment.State.SEEN:
        return Known("visit.seen", "seen", {"next_step": visit.next_step or None})
    return Known("visit.missed", "missed") if visit is not None and visit.state == Appointment.State.MISSED else None


def billed(run: Run, _step: Step, instance: str) -> Known | None:
    """The oldest bill that is to be paid; else one that was paid meanwhile and belongs to no step yet; else that there is none."""
    every = [charge for charge in charges.of(run.appointment) if charge.state != Charge.State.WITHDRAWN]
    held = set(Handle.objects.filter(run=run, family="bill@1").exclude(instance=instance).values_list("business", flat=True))
    due = [charge for charge in every if charge.state != Charge.State.SETTLED]
    for charge in [*due, *(charge for charge in every if charge.state == Charge.State.SETTLED and charge.bill not in held)]:
        return Known("bill.issued", "issued", {"due_fen": charge.total, "lines": len(charge.lines)}, charge.bill)
    visit = Appointment.objects.filter(his_id=run.appointment, unbilled=True)
    return Known("bill.none", "none") if not every and visit.exists() else None


def paid(run: Run, step: Step, instance: str) -> Known | None:
    charge, placement = charge_of(run, step), charges.placement(key_of(run, instance))
    if placement is not None and placement.state in (Placement.State.BOOKED, Placement.State.REFUSED, Placement.State.RELEASED):
        return of_placement(placement)
    if placement is not None or charge is None:
        return None
    if charge.state == Charge.State.SETTLED:
        return at_counter(charge)
    return Known("bill.changed", "bill_changed") if charge.state == Charge.State.WITHDRAWN else None


def of_placement(placement: Placement) -> Known | None:
    """How our order on the bill ended. Booked by HIS alone is not yet told: payments has to know it as well."""
    charge = placement.charge
    if placement.state == Placement.State.BOOKED:
        if placement.amount == 0:
            return Known("order.nothing_due", "nothing_due")
        return settled(placement) if placement.told else None
    if charge.state == Charge.State.SETTLED:
        return at_counter(charge)
    if charge.state == Charge.State.WITHDRAWN or charge.total != placement.amount:
        return Known("bill.changed", "bill_changed")
    if placement.state == Placement.State.REFUSED:
        return Known("order.failed", "failed")
    return Known("order.closed", "expired")


def settled(placement: Placement) -> Known:
    tender = placement.channel if placement.channel in CHANNELS else None
    return Known("order.settled", "paid", {"paid_fen": placement.amount, "cash_fen": placement.amount, "tender": tender})


def at_counter(charge: Charge) -> Known:
    return Known("order.settled", "paid", {"paid_fen": charge.total, "cash_fen": charge.total, "tender": COUNTER})


def collected(run: Run, _step: Step, _instance: str) -> Known | None:
    medicine = Dispensing.objects.filter(appointment_id=run.appointment, state=Dispensing.State.COLLECTED).first()
    return Known("drug.dispensed", "dispensed", {"lines": len(medicine.lines)}) if medicine else None


def given_back(run: Run, step: Step, _instance: str) -> Known | None:
    """All of it is back, or the channel would not take a part of it back. What a desk holds for other reasons its own effect tells."""
    payments = taken(run, step)
    orders = list(Order.objects.filter(key__in=[key_of(run, payment) for payment in payments]))
    if payments and len(orders) == len(payments) and all(order.state == Order.State.REFUNDED for order in orders):
        return Known("refund.returned", "returned", {"returned_fen": sum(order.amount for order in orders)})
    held = Refund.objects.filter(order__in=orders, state=Refund.State.HELD)
    return Known("refund.held", "held") if held.exists() else None


def taken(run: Run, step: Step) -> list[str]:
    """The finished payments a refund or a desk is `of`, as `key#n`: money in, not taken back, in the rounds they share with it."""
    state, around = run.kernel_state, run.version.program.around.get(step.key, ())
    takes = {key: run.version.frozen[run.version.program.step(key).type].taking() for key in step.names("of")}
    rows = [row for row in state.done if row.outcome in takes.get(row.key, ()) and row.how is None]
    return [f"{row.key}#{row.n}" for row in rows if all(state.rounds.get(repeat) == n for repeat, n in row.rounds if repeat in around)]


LOOKS: dict[str, Callable[[Run, Step, str], Known | None]] = {
    "checkin@1": arrived, "waiting@1": called, "consultation@1": seen, "bill@1": billed, "payment@1": paid, "pharmacy@1": collected,
    "refund@1": given_back,
}  # fmt: skip


# Numbers


def key_of(run: Run, instance: str) -> str:
    """The key of the order of a payment step, here and in every room below."""
    return f"{run.number}:{instance}"


def charge_of(run: Run, step: Step) -> Charge | None:
    """The bill a payment step is for: the one its bill step heard last."""
    source = next(iter(step.names("amount_of")), "")
    held = Handle.objects.filter(run=run, family="bill@1", instance__startswith=f"{source}#")
    newest = max(held, key=lambda row: int(row.instance.partition("#")[2]), default=None)
    return charges.charge(newest.business) if newest and Charge.objects.filter(bill=newest.business).exists() else None


def ticket_of(run: Run) -> Ticket | None:
    return Ticket.objects.select_related("appointment").filter(appointment_id=run.appointment).first()


def state_of(run: Run) -> str:
    return Appointment.objects.filter(his_id=run.appointment).values_list("state", flat=True).first() or ""
