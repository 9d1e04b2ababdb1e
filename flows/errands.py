"""What a patient does, and the day does, to a visit: answers, payment, the start in the morning and the end at night."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from care.appointments import errands as appointments
from care.appointments import queries as booked
from care.checkin import errands as checkin
from care.checkin.fence import Position
from care.models import Appointment
from core import clock
from core.conditions import Value
from core.errors import PartnerError, Problem
from core.screen import Screen
from flows import actions, effects, queries
from flows.actions import News, Visit
from flows.errors import ActionUnknown, NoFlowBound, StepPassed, StepUnknown
from flows.models import Run
from flows.nodes import PALETTE, form
from flows.nodes.form import FormSettings
from patients import queries as patients
from patients.models import Account, Patient
from payments.errands import prepay

log = logging.getLogger("flows")


@dataclass(frozen=True)
class Reading:
    """Where a phone says it is: GCJ-02 degrees, `accuracy` in metres. Handed to care, which looks at it and forgets it."""

    lng: float
    lat: float
    accuracy: float
    at: datetime

    def __repr__(self) -> str:
        return "Reading()"


@dataclass(frozen=True)
class Paying:
    """What the host's cashier needs for one order."""

    order: str
    params: dict[str, str]
    demo_cashier: str | None


# Answers


def answer(
    number: str, step: str, account: Account, *, action: str, data: dict[str, str], position: Reading | None, key: str, elder: bool
) -> Screen:
    """Carry out a tap and show the next screen. The same `key` again does nothing and shows the current screen.

    Raises RunUnknown, StepUnknown, ActionUnknown, StepPassed (with `screen`), and what the room below refuses; after a refusal the same key
    may be tried again.
    """
    run = queries.run_of(number, account)
    carry_out = action_of(run, step, action)
    if not claimed(run, step, account, action=action, key=key, elder=elder):
        return queries.screen(number, account, elder=elder)
    try:
        carry_out(run, step, data, position)
    except Problem:
        actions.forget_answer(run, key=key)
        raise
    actions.finish_answer(run, key=key)
    effects.catch_up(number)
    return queries.screen(number, account, elder=elder)


Tap = Callable[[Run, str, dict[str, str], Reading | None], None]


def action_of(run: Run, step: str, action: str) -> Tap:
    block = run.version.program.steps.get(step)
    if block is None:
        raise StepUnknown(step=step)
    node = PALETTE.get(block.type)
    if node is None or action not in node.answers or action not in TAPS:
        raise ActionUnknown(step=step, action=action)
    return TAPS[action]


def claimed(run: Run, step: str, account: Account, *, action: str, key: str, elder: bool) -> bool:
    """False when this very tap came before. Raises StepPassed with the current screen."""
    try:
        return actions.claim_answer(run, key=key, step=step, action=action)
    except StepPassed as passed:
        raise with_screen(passed, run, account, elder=elder) from passed


def with_screen(passed: StepPassed, run: Run, account: Account, *, elder: bool) -> StepPassed:
    passed.screen = queries.screen(run.number, account, elder=elder)
    return passed


def take_number(run: Run, step: str, _data: dict[str, str], position: Reading | None) -> None:
    """HIS gives the number; the step is done in the same round trip, and care's own news of it is a repeat."""
    there = Position(position.lng, position.lat, position.accuracy, position.at) if position else None
    instance = live_instance(run, step)
    checkin.take_number(run.appointment, key=f"{run.number}:{instance}", means="gps", position=there)
    effects.catch_up(run.number)


def read(run: Run, step: str, _data: dict[str, str], _position: Reading | None) -> None:
    answered(run, step, "page.read", "read")


def submit(run: Run, step: str, data: dict[str, str], _position: Reading | None) -> None:
    """Raises AnswerUnfit; then nothing was submitted."""
    texts = form_of(run, step)
    answered(run, step, "form.submitted", "submitted", form.answers(texts.fields, data))


def decline(run: Run, step: str, _data: dict[str, str], _position: Reading | None) -> None:
    if not form_of(run, step).may_decline:
        raise ActionUnknown(step=step, action="decline")
    answered(run, step, "form.declined", "declined")


def form_of(run: Run, step: str) -> FormSettings:
    block = run.version.program.step(step)
    texts = PALETTE[block.type].settings_of(block.settings)
    return texts if isinstance(texts, FormSettings) else FormSettings()


def returned(run: Run, step: str, _data: dict[str, str], _position: Reading | None) -> None:
    """She says that she is through at the other program: it does not tell us itself."""
    answered(run, step, "link.returned", "back")


def answered(run: Run, step: str, kind: str, outcome: str, facts: Mapping[str, Value] | None = None) -> None:
    instance = live_instance(run, step)
    news = News("patient", actions.name_of(kind, instance, outcome), kind, ref=instance, outcome=outcome, facts=facts or {})
    actions.deliver(run.number, news)


def live_instance(run: Run, step: str) -> str:
    """`key#n` as it stands now. Raises StepPassed."""
    n, _ = effects.run_of(run.number).kernel_state.live.get(step, (0, ""))
    if not n:
        raise StepPassed(step=step)
    return f"{step}#{n}"


TAPS: dict[str, Tap] = {"take_number": take_number, "read": read, "submit": submit, "decline": decline, "returned": returned}


# Payment


def pay(number: str, step: str, account: Account, *, channel: str, client_ip: str, elder: bool = False) -> Paying:
    """The order of this step, opened now when it was not yet, ready for the host's cashier. Raises RunUnknown, StepUnknown, StepPassed
    (with `screen`), and what care and payments refuse.
    """
    run = queries.run_of(number, account)
    block = run.version.program.steps.get(step)
    if block is None or not block.type.startswith("payment@"):
        raise StepUnknown(step=step)
    n, mode = run.kernel_state.live.get(step, (0, ""))
    try:
        if mode != "waiting":
            raise StepPassed(step=step)
        order = effects.place_order(run, block, f"{step}#{n}")
    except StepPassed as passed:
        raise with_screen(passed, run, account, elder=elder) from passed
    ready = prepay(order.number, channel=channel, payer=account.openid.reveal(), client_ip=client_ip)
    actions.refresh(number)
    return Paying(order=order.number, params=dict(ready.params), demo_cashier=ready.demo_cashier)


# The day


def open_today(account: Account) -> list[Run]:
    """Her visits of today, those of her family too; HIS is asked, and silent HIS leaves what is known."""
    for row in patients.patients_of(account):
        for visit in appointments_of(row.patient):
            start(visit)
    return queries.runs_of(account)


def appointments_of(patient: Patient) -> list[Appointment]:
    try:
        return appointments.fetch_today(patient)
    except PartnerError:
        return booked.today_of(patient.number)


def start_today(appointment: str) -> Run | None:
    """Start the run of an appointment that is today's; later ones begin on their day."""
    visit = booked.appointment(appointment)
    if visit.date != clock.today() or visit.state == Appointment.State.CANCELLED:
        return None
    return start(visit)


def start(visit: Appointment) -> Run | None:
    """The run of this appointment; None where no flow is bound. What happened before it began is learnt at once."""
    try:
        run = actions.start_run(visit_of(visit))
    except NoFlowBound:
        return None
    effects.catch_up(run.number)
    return run


def visit_of(row: Appointment) -> Visit:
    """The start facts, coarse; the version drops what it does not know."""
    person = patients.by_number(row.patient)
    age = row.date.year - person.birth_year if person.birth_year else None
    sex = person.sex if person.sex in ("male", "female") else None
    facts = {
        "visit.kind": row.kind, "visit.insured": row.insured, "visit.campus": row.campus_id, "visit.department": row.department_id,
        "clinic.session": row.session or None, "patient.age": age, "patient.sex": sex, "patient.elder_mode": patients.elder_of(row.patient),
    }  # fmt: skip
    return Visit(
        appointment=row.his_id,
        patient=row.patient,
        campus=row.campus_id,
        department=row.department_id,
        kind=row.kind,
        day=row.date,
        facts=facts,
    )


def close_past_days(numbers: Iterable[str]) -> int:
    """End these visits by the rule of the day; one that fails does not stop the others and is found again. Returns how many were told."""
    told = 0
    for number in numbers:
        try:
            actions.close_day(number)
        except Problem as problem:
            log.warning("day of %s not closed: %s", number, problem.code)
        else:
            told += 1
    return told
