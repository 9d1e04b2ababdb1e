"""A small hospital for the runtime's tests: an account with a patient, an appointment in care's books, flows published and bound."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from care.models import Appointment, Campus, Department
from core import clock
from flows import actions, errands, patterns
from flows.models import FlowDefinition, FlowVersion, Run
from patients.models import Account, Membership, Patient

Json = dict[str, Any]
GUIDES: list[Json] = [
    {"kind": "step", "key": "first", "title": "看第一页", "type": "guide@1", "settings": {"page": "a", "must_read": True}},
    {"kind": "step", "key": "second", "title": "看第二页", "type": "guide@1", "settings": {"page": "b", "must_read": True}},
]


def publish(body: list[Json] | None = None, *, code: str = "walk", by: str = "chen", approved_by: str = "lin", **more: Any) -> FlowVersion:
    """A flow with this body (two guide pages), its newest version bound everywhere."""
    tree = {"schema": 1, "code": code, "title": "流程", "body": GUIDES if body is None else body, **more}
    definition, _ = FlowDefinition.objects.update_or_create(code=code, defaults={"title": "流程", "tree": tree})
    version = actions.publish(definition, by=by, approved_by=approved_by)
    if not version.bindings.exists():
        actions.bind(version, by="lin")
    return version


def unproved(body: list[Json], *, code: str = "unproved") -> FlowVersion:
    """A version that the proof would have refused, as an older proof may have let it pass; bound everywhere."""
    tree = {"schema": 1, "code": code, "title": "流程", "body": body, "interrupts": []}
    definition = FlowDefinition.objects.create(code=code, title="流程", tree=tree)
    version = FlowVersion.objects.create(
        definition=definition, number=1, tree=tree, contracts={}, sha256="0" * 64, kernel=1, published_by="chen"
    )
    actions.bind(version, by="lin")
    return version


def outpatient() -> FlowVersion:
    return publish(patterns.outpatient()["body"], code="outpatient", interrupts=patterns.outpatient()["interrupts"])


def account(number: str = "1") -> Account:
    """An account with one patient of her own."""
    owner = Account.objects.create(platform="wechat", openid=f"openid-{number}")
    patient = Patient.objects.create(
        number=f"P{number}",
        his_patient_id=f"H{number}",
        name="赵一鸣",
        card=f"9000{number}",
        phone=f"1001230000{number}",
        birth_year=1950,
        sex="female",
    )
    Membership.objects.create(account=owner, patient=patient, relation="self")
    return owner


def appointment(number: str = "1", *, starts: datetime | None = None, **more: Any) -> Appointment:
    """In care's books, as a reading of HIS leaves it; for patient `P<number>`."""
    campus, _ = Campus.objects.get_or_create(his_id="C1", defaults={"name": "本部", "lng": 113.3, "lat": 23.1, "fence_metres": 500})
    department, _ = Department.objects.get_or_create(
        his_id="D1", defaults={"campus": campus, "name": "心内科", "building": "门诊楼", "floor": "3 层"}
    )
    begin = starts or clock.now() + timedelta(minutes=20)
    facts = {"date": clock.day_of(begin), "starts": begin, "ends": begin + timedelta(hours=3), "kind": "first", "read_at": clock.now()}
    return Appointment.objects.create(
        his_id=f"A{number}", patient=f"P{number}", campus=campus, department=department, doctor_name="林医生", insured=None, **facts, **more
    )


def started(number: str = "1") -> tuple[Account, Run]:
    """An account, its appointment of today, and the run that began with it."""
    owner, visit = account(number), appointment(number)
    run = errands.start(visit)
    if run is None:
        raise LookupError("no flow is bound")
    return owner, run


def fresh(run: Run) -> Run:
    return Run.objects.select_related("version").get(pk=run.pk)


def live(run: Run) -> dict[str, str]:
    """`key#n` → mode of everything live."""
    return {f"{key}#{n}": mode for key, (n, mode) in fresh(run).kernel_state.live.items()}
