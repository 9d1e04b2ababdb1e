"""What care told, what HIS says, where she stands: the words of the care tests."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from core import clock, outbox


def told(name: str, **wanted: Any) -> list[dict[str, Any]]:
    """Every event of this name that was published, oldest first, narrowed to those with these values."""
    from core.models import Published

    rows = [row.payload for row in Published.objects.filter(name=name).order_by("pk")]
    return [row for row in rows if all(row.get(key) == value for key, value in wanted.items())]


def say(kind: str, patient: Any, *, at: datetime | None = None, bill: str = "", event_id: str = "", **data: Any) -> None:
    """HIS reports this, at this moment of its clock."""
    from his.events import HisReported

    moment = (at or clock.now()).isoformat()
    made = HisReported(event_id or f"said-{kind}-{moment}", kind, moment, patient.his_patient, patient.appointment, bill, json.dumps(data))
    with transaction.atomic():
        outbox.publish(made)


def due_again() -> None:
    """Every delivery that waits for its next try is due now."""
    from core.models import Delivery

    Delivery.objects.filter(state="waiting").update(next_try=clock.now() - timedelta(seconds=1))


def here(appointment: str, *, accuracy: float = 20, metres_north: float = 0, at: datetime | None = None) -> Any:
    """A reading this far north of the campus of the appointment."""
    from care.checkin.fence import Position
    from care.queries import appointment as find

    campus = find(appointment).campus
    return Position(campus.lng, campus.lat + metres_north / 111_195, accuracy, at or clock.now())
