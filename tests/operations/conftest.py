"""A small hospital for the desk's tests: one flow, visits at every kind of station, people with one role each."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.test import Client

from core import clock
from flows import actions
from flows.actions import News, Visit
from flows.models import FlowDefinition, Run

sys.path.insert(0, str(Path(__file__).parent))
CAST = Path(__file__).resolve().parents[2] / "platform" / "sandbox" / "cast.json"


def leave(key: str, *, undo: bool = True) -> dict[str, Any]:
    return {"kind": "leave", "key": key, "of": "$flow", "undo": undo}


TREE = {
    "schema": 1,
    "code": "desk_test",
    "title": "门诊就诊",
    "body": [
        {"kind": "step", "key": "arrive", "title": "报到", "type": "checkin@1", "ports": {"too_far": [], "late": [], "missed": []}},
        {"kind": "step", "key": "wait", "title": "候诊", "type": "waiting@1", "ports": {"passed": []}},
        {"kind": "step", "key": "tell", "title": "取药须知", "type": "guide@1", "skippable": True},
        {"kind": "step", "key": "bill", "title": "账单", "type": "bill@1", "ports": {"none": [leave("no_bill", undo=False)]}},
        {"kind": "step", "key": "pay", "title": "缴费", "type": "payment@1", "settings": {"for": ["rx"], "amount_of": "bill"},
         "ports": {"nothing_due": [], "expired": [], "failed": [], "bill_changed": []}},
        {"kind": "step", "key": "rx", "title": "取药", "type": "pharmacy@1",
         "ports": {"out_of_stock": [leave("no_stock")], "not_collected": [leave("uncollected")]}},
    ],
}  # fmt: skip
NEXT = [("arrive", "arrived"), ("wait", "called"), ("tell", "read"), ("bill", "issued"), ("pay", "paid"), ("rx", "dispensed")]


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    """Limits are counted in the cache, which outlives a test."""
    cache.clear()


@pytest.fixture
def signed_in(django_user_model: Any) -> Callable[[str], Client]:
    """A client signed in as a person of this role (or as a superuser)."""
    from operations import roles

    roles.keep()

    def enter(role: str) -> Client:
        user, _ = django_user_model.objects.get_or_create(username=f"t{list(roles.ROLES).index(role) if role in roles.ROLES else 99}")
        user.first_name, user.is_superuser = "测试员", role == "superuser"
        user.save()
        user.groups.set(Group.objects.filter(name=role))
        client = Client()
        client.force_login(user)
        return client

    return enter


@pytest.fixture
def flow() -> Any:
    """The small flow, published and bound everywhere."""
    definition = FlowDefinition.objects.create(code="desk_test", title="门诊就诊", tree=TREE)
    version = actions.publish(definition, by="chen", approved_by="lin")
    actions.bind(version, by="lin")
    return version


@pytest.fixture
def visit(flow: Any, patient: Callable[[str], str]) -> Callable[..., Run]:
    """A visit that has gone through its first `steps` steps; `name` is the patient's plain name."""

    def begin(name: str = "赵一鸣", *, steps: int = 0, department: str = "D1", minutes: int = 5) -> Run:
        number = patient(name)
        facts: dict[str, Any] = {}
        came = Visit(f"A-{number}", number, "C1", department, "first", clock.today(), facts)
        run = actions.start_run(came)
        for key, outcome in NEXT[:steps]:
            at = clock.now() - timedelta(minutes=minutes)
            actions.deliver(run.number, News("his", f"{run.number}-{key}", "his.told", ref=f"{key}#1", outcome=outcome, at=at))
        run.steps.update(entered_at=clock.now() - timedelta(minutes=minutes))
        run.refresh_from_db()
        return run

    return begin


@pytest.fixture
def patient() -> Callable[[str], str]:
    """A patient in our books, as the sign-in leaves one; returns our number."""
    from patients.models import Patient

    made = 0

    def make(name: str) -> str:
        nonlocal made
        made += 1
        number = f"P{made:04d}"
        Patient.objects.create(number=number, his_patient_id=f"H{made}", name=name, card=f"90000{made:05d}", phone=f"100123{made:05d}")
        return number

    return make


@pytest.fixture
def cast() -> list[dict[str, Any]]:
    """The sandbox's people, plain."""
    people: list[dict[str, Any]] = json.loads(CAST.read_text(encoding="utf-8"))["people"]
    return people


@pytest.fixture
def busy_hospital(db: None, cast: list[dict[str, Any]]) -> Any:
    """Everything the desk can show, at once, with the cast as its patients."""
    import busy

    return busy.open_up(cast, TREE)
