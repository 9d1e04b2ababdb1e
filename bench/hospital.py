"""A database of its own for a benchmark, with one account, one patient and one visit under way.

Run through `tests/services.py`, which starts PostgreSQL and Redis: `make bench` does.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
STEPS = 12
TREE: dict[str, Any] = {
    "schema": 1,
    "code": "bench",
    "title": "十二步",
    "body": [
        {"kind": "step", "key": f"s{n}", "title": f"第 {n} 步", "type": "guide@1", "settings": {"must_read": True}}
        for n in range(1, STEPS + 1)
    ],
}


def open_house() -> None:
    """Django over a fresh database. Raises SystemExit without `tests/services.py`."""
    if os.environ.get("PROFILE") != "test" or "DATABASE_URL" not in os.environ:
        sys.exit("请用 make bench 运行。")
    sys.path[:0] = [str(ROOT / "platform"), str(ROOT)]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)


def a_visit(number: int = 1) -> tuple[Any, Any]:
    """(account, run): the run waits at its first step."""
    from core import clock
    from flows import actions
    from flows.models import FlowDefinition
    from patients.models import Account, Membership, Patient

    definition, created = FlowDefinition.objects.get_or_create(code="bench", defaults={"title": "十二步", "tree": TREE})
    if created:
        actions.bind(actions.publish(definition, by="bench", approved_by="bench"), by="bench")
    account = Account.objects.create(platform="wechat", openid=f"bench-{number}")
    patient = Patient.objects.create(number=f"P{number}", his_patient_id=f"H{number}", name="测试", card=f"C{number}")
    Membership.objects.create(account=account, patient=patient)
    return account, actions.start_run(actions.Visit(f"A{number}", patient.number, "C1", "D1", "first", clock.today(), {}))
