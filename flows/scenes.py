"""What the rooms below know about one visit, read in a fixed number of queries and handed to the drawing as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.conf import settings

from care.models import Appointment, Charge, Dispensing, Ticket
from flows.chain import Look
from flows.models import Handle, Run
from flows.models import Step as Row
from flows.nodes import PALETTE, Scene
from flows.nodes.port import Seen
from flows.schema import Block, Step
from payments.models import Order

UNSURE_ORDERS = ("unknown", "closing")
AT_THE_DOCTORS = ("checkin@1", "waiting@1", "consultation@1")
"""Steps that happen where HIS says the visit is; elsewhere staff say where, or the step itself."""
ABOUT_PAYMENTS = ("refund@1", "desk@1")
TAKEN = ("paid", "booked", "trouble", "refunding", "refunded")
"""States of an order whose money came in, whatever became of it."""


@dataclass(frozen=True)
class Around:
    """Everything outside the run that its screens show. `bills` maps a bill step's `key#n` to HIS's number."""

    run: Run
    appointment: Appointment | None
    ticket: Ticket | None
    charges: Mapping[str, Charge]
    dispensing: Dispensing | None
    orders: Mapping[str, Order]
    bills: Mapping[str, str]
    rows: Mapping[str, Row]


def around(runs: Sequence[Run]) -> dict[int, Around]:
    """By run; seven queries, however many runs."""
    numbers, visits = [run.number for run in runs], [run.appointment for run in runs]
    appointments = {row.his_id: row for row in Appointment.objects.filter(his_id__in=visits).select_related("campus", "department")}
    tickets = {row.appointment_id: row for row in Ticket.objects.filter(appointment__his_id__in=visits)}
    medicine = {row.appointment_id: row for row in Dispensing.objects.filter(appointment__his_id__in=visits)}
    charges = list(Charge.objects.filter(appointment__his_id__in=visits))
    orders = orders_of(numbers)
    handles = list(Handle.objects.filter(run__in=runs, family="bill@1"))
    rows = list(Row.objects.filter(run__in=runs))
    return {
        run.pk: Around(
            run, appointments.get(run.appointment), tickets.get(run.appointment),
            {row.bill: row for row in charges if row.appointment_id == run.appointment}, medicine.get(run.appointment),
            orders.get(run.number, {}), {row.instance: row.business for row in handles if row.run_id == run.pk},
            {row.instance: row for row in rows if row.run_id == run.pk},
        )
        for run in runs
    }  # fmt: skip


def orders_of(numbers: Sequence[str]) -> dict[str, dict[str, Order]]:
    """The orders these runs opened, by run and `key#n`; an order's key is `run:key#n`."""
    keys = [
        f"{row.run.number}:{row.instance}" for row in Row.objects.filter(run__number__in=numbers, type="payment@1").select_related("run")
    ]
    found: dict[str, dict[str, Order]] = {}
    for order in Order.objects.filter(key__in=keys) if keys else ():
        run, _, instance = order.key.partition(":")
        found.setdefault(run, {})[instance] = order
    return found


@dataclass(frozen=True)
class Eye:
    """Paints the scenes of one run."""

    seen: Around
    elder: bool

    def scene(self, step: Step, look: Look) -> Scene:
        seen, node, instance = self.seen, PALETTE[step.type], f"{step.key}#{look.n}"
        row, visit, ticket, medicine = seen.rows.get(instance), seen.appointment, seen.ticket, seen.dispensing
        scene = Scene(
            key=step.key, instance=instance, title=step.title or node.contract.title, state=look.state,
            settings=node.settings_of(step.settings), run=seen.run.number, outcome=look.outcome, entered_at=row.entered_at if row else None,
            finished_at=row.finished_at if row else None,
            reason=look.reason, mode=look.mode, page_title=step.title, desk=settings.DESK_NAME, elder=self.elder,
        )  # fmt: skip
        if visit is not None:
            scene = replace(
                scene,
                campus=visit.campus.name,
                campus_at=f"{visit.campus.lng},{visit.campus.lat},{visit.campus.name}",
                appointment_time=visit.starts,
                department=visit.department.name,
                doctor=visit.doctor_name,
                his_place=(visit.place or visit.department.place) if step.type in AT_THE_DOCTORS else "",
                fence_metres=visit.campus.fence_metres,
            )
        if ticket is not None and ticket.state != Ticket.State.VOID:
            scene = replace(
                scene, ticket=ticket.number, ahead=ticket.ahead if ticket.state == Ticket.State.WAITING else None, room=ticket.room,
                minutes_low=ticket.minutes_low, minutes_high=ticket.minutes_high, called=ticket.state == Ticket.State.CALLED,
            )  # fmt: skip
        if medicine is not None:
            scene = replace(scene, medicine=medicine.state, window=medicine.window)
        return self.nearer(self.money(scene, step), step)

    def money(self, scene: Scene, step: Step) -> Scene:
        """Bill and order of a payment step, or of a bill step."""
        if step.type in ABOUT_PAYMENTS:
            return replace(scene, paid_fen=self.taken(step))
        if step.type not in ("payment@1", "bill@1"):
            return scene
        charge, order = self.charge(step), self.seen.orders.get(scene.instance)
        if charge is not None:
            lines = tuple(
                (line["name"], line["spec"], f"{line['quantity']} {line['unit']}".strip(), line["amount_fen"]) for line in charge.lines
            )
            scene = replace(scene, due_fen=charge.total, bill_lines=lines)
        if order is not None:
            paid = order.amount if order.state in ("paid", "booked", "refunding") else 0
            scene = replace(
                scene, order=order.number, order_state=order.state, order_deadline=order.expires_at, due_fen=order.amount, paid_fen=paid
            )
        return scene

    def taken(self, step: Step) -> int:
        """The money of the payments a refund or a desk is about."""
        named = [order for instance, order in self.seen.orders.items() if instance.partition("#")[0] in step.names("of")]
        return sum(order.amount for order in named if order.state in TAKEN)

    def charge(self, step: Step) -> Charge | None:
        """The newest bill that the bill step holds: its own, or the one a payment takes its amount from."""
        source = step.key if step.type == "bill@1" else next(iter(step.names("amount_of")), "")
        held = [
            (int(instance.partition("#")[2]), bill) for instance, bill in self.seen.bills.items() if instance.partition("#")[0] == source
        ]
        return self.seen.charges.get(max(held)[1]) if held else None

    def nearer(self, scene: Scene, step: Step) -> Scene:
        """What HIS and the channel add to the kernel's word: her turn has come, or the result is not known."""
        if scene.state not in ("now", "waiting"):
            return scene
        state: Seen = scene.state
        if step.type == "payment@1" and scene.order_state in UNSURE_ORDERS:
            state = "unknown"
        elif step.type == "payment@1" and (not scene.order or scene.order_state == "paid"):
            state = "waiting"
        elif (step.type == "pharmacy@1" and scene.medicine == "ready") or (step.type in ("waiting@1", "consultation@1") and scene.called):
            state = "now"
        return replace(scene, state=state)

    def stuck(self, block: Block) -> Scene:
        """A branch whose condition nobody could decide: a person is asked, the patient reads that."""
        return Scene(
            key=block.key, instance=block.key, title="工作人员正在安排", state="trouble", settings=PALETTE["message@1"].settings(),
            run=self.seen.run.number,
            desk=settings.DESK_NAME, elder=self.elder,
        )  # fmt: skip
