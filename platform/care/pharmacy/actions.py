"""What the pharmacy says, written down and told once."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from care.events import MedicineCollected, MedicineReady
from care.models import Appointment, Dispensing
from core import outbox
from his import port

ORDER = [Dispensing.State.PREPARING, Dispensing.State.READY, Dispensing.State.COLLECTED]


@transaction.atomic
def record(reading: port.Dispensing, *, read_at: datetime) -> Dispensing | None:
    """Medicine never goes back a state; what was collected before anybody heard of it is told as collected alone.

    None: HIS names a state not known here, and nothing was known before.
    """
    Appointment.objects.select_for_update().get(his_id=reading.appointment)
    row = Dispensing.objects.filter(appointment_id=reading.appointment).first()
    if reading.state not in ORDER or (row and read_at < row.read_at):
        return row
    before = row.state if row else ""
    if row is None:
        row = Dispensing(appointment_id=reading.appointment, state=reading.state)
    row.state = max(row.state, reading.state, key=lambda state: ORDER.index(Dispensing.State(state)))
    row.window, row.read_at, row.lines = reading.window or row.window, read_at, [asdict(line) for line in reading.lines]
    row.save()
    if row.state != before:
        tell(row)
    return row


def tell(row: Dispensing) -> None:
    if row.state == Dispensing.State.READY:
        outbox.publish(MedicineReady(appointment=row.appointment_id, window=row.window))
    elif row.state == Dispensing.State.COLLECTED:
        outbox.publish(MedicineCollected(appointment=row.appointment_id, lines=len(row.lines)))
