"""Every write of the desk: by hand on a visit, a look at a plain name, an export, a letter sent again. All of it is in the audit."""

from __future__ import annotations

from django.db import transaction

from core import audit, limits, outbox
from core.models import Delivery
from flows import actions as flows
from flows.actions import News
from flows.models import Run, Seen
from operations.errors import ExportTooLarge, HandRefused, LetterNotDead, RevealedTooOften, StepMoved
from operations.queries import hands, money, people, visit
from operations.reasons import checked
from payments import actions as payments
from payments.processes import open_desk

REVEALS_A_DAY = 10
EXPORT_ROWS = 1000


@transaction.atomic
def by_hand(number: str, kind: str, instance: str, *, by: str, reason: str, key: str, outcome: str = "") -> str:
    """Retry, finish, skip or choose for one instance `key#n`; returns the verdict. The same `key` again is a repeat.

    Raises RunNotFound, StepMoved when the step is not live any more, HandRefused when it may not be done, ReasonMissing.
    """
    Run.objects.select_for_update().filter(number=number).first()
    run = visit.run_of(number)
    if Seen.objects.filter(run=run.pk, source="staff", name=key).exists():
        return "repeat"
    hand = next((one for one in hands.hands(run) if (one.kind, one.instance) == (kind, instance)), None)
    if hand is None:
        raise StepMoved(step=instance)
    if not hand.allowed or (hand.outcomes and outcome not in dict(hand.outcomes)):
        raise HandRefused(step=instance)
    why = checked(reason, never=(people.plain_name(run.patient),))
    audit.record(by, f"flows.{kind}_by_hand", number, step=instance, outcome=outcome, reason=why)
    news = News("staff", key, f"staff.{kind}", ref=instance, outcome=outcome if hand.outcomes else "", by=by, reason=why)
    return flows.deliver(number, news)


@transaction.atomic
def reveal_name(number: str, *, by: str, reason: str) -> str:
    """The patient's plain name, for the eyes of `by`. Raises RunNotFound, ReasonMissing, RevealedTooOften."""
    run = visit.run_of(number)
    name = people.plain_name(run.patient)
    why = checked(reason, never=(name,))
    if not limits.allow(f"reveal:{by}", times=REVEALS_A_DAY, seconds=86_400):
        raise RevealedTooOften(limit=REVEALS_A_DAY)
    audit.record(by, "patients.name_revealed", run.patient, run=number, reason=why)
    return name


@transaction.atomic
def note_export(rows: int, *, by: str, reason: str, narrowed: str) -> str:
    """Record that a masked list leaves the house as a file; returns the reason as recorded. Raises ExportTooLarge."""
    if rows > EXPORT_ROWS:
        raise ExportTooLarge(rows=rows)
    why = checked(reason)
    audit.record(by, "operations.runs_exported", "runs", rows=rows, reason=why, filter=narrowed)
    return why


@transaction.atomic
def note_reading(*, by: str, narrowed: str) -> None:
    """Reading the audit leaves a trace of its own."""
    audit.record(by, "operations.audit_read", "audit", filter=narrowed)


@transaction.atomic
def hand_to_desk(number: str, *, by: str, reason: str) -> None:
    """Hand an order to the money desk: its task waits from now on, no money moves. Raises OrderNotFound, OrderSettled, ReasonMissing."""
    order = money.order_of(number)
    why = checked(reason, never=(people.plain_name(order.patient),))
    payments.report_trouble(number, why, by=by)
    open_desk(number, why)


@transaction.atomic
def retry_letter(pk: int, *, by: str) -> None:
    """Send a dead letter again. Raises LetterNotDead when it is on its way or has arrived."""
    letter = Delivery.objects.select_for_update().filter(pk=pk, state="dead").first()
    if letter is None:
        raise LetterNotDead(letter=pk)
    with audit.acting(by):
        outbox.retry(pk)
