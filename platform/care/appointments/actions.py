"""What HIS says about places and appointments, written down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from care.errors import PlaceUnknown
from care.events import AppointmentMade, AppointmentWithdrawn, Missed, Seen
from care.models import Appointment, Campus, Department
from core import outbox
from his import port

State = Appointment.State


@transaction.atomic
def record_directory(campuses: Sequence[port.Campus], departments: Sequence[port.Department]) -> None:
    """Nothing is ever removed: old visits still name their place."""
    for campus in campuses:
        facts = {"name": campus.name, "address": campus.address, "lng": campus.lng, "lat": campus.lat, "fence_metres": campus.fence_metres}
        Campus.objects.update_or_create(his_id=campus.id, defaults=facts)
    for row in departments:
        facts = {"campus_id": row.campus, "name": row.name, "pinyin": row.pinyin, **place(row.place)}
        Department.objects.update_or_create(his_id=row.id, defaults=facts)


def place(place: port.Place) -> dict[str, str]:
    return {"building": place.building, "floor": place.floor, "room": place.room, "hint": place.hint}


@transaction.atomic
def record(reading: port.Appointment, *, patient: str, read_at: datetime) -> Appointment | None:
    """Keep what HIS said, and tell who is new or withdrawn; None for one that was cancelled before anybody here knew of it.

    A state further on is kept as `reported` only: its own event tells more. Raises PlaceUnknown.
    """
    row = Appointment.objects.select_for_update().filter(his_id=reading.id).first()
    if row is None:
        return begin(reading, patient=patient, read_at=read_at)
    if read_at < row.read_at:
        return row
    for name, value in facts(reading, read_at).items():
        setattr(row, name, value)
    if reading.state == State.CANCELLED and row.state in (State.BOOKED, State.CHECKED_IN):
        row.state = State.CANCELLED
        outbox.publish(AppointmentWithdrawn(appointment=row.his_id))
    row.save()
    return row


def begin(reading: port.Appointment, *, patient: str, read_at: datetime) -> Appointment | None:
    if reading.state == State.CANCELLED:
        return None
    if not Campus.objects.filter(his_id=reading.campus).exists():
        raise PlaceUnknown(campus=reading.campus)
    named = {"campus_id": reading.campus, "name": reading.department_name or reading.department}
    Department.objects.get_or_create(his_id=reading.department, defaults=named)
    row, created = Appointment.objects.get_or_create(his_id=reading.id, defaults={"patient": patient, **facts(reading, read_at)})
    if created:
        outbox.publish(AppointmentMade(appointment=row.his_id))
    return row


def facts(reading: port.Appointment, read_at: datetime) -> dict[str, object]:
    return {
        "campus_id": reading.campus, "department_id": reading.department, "doctor_name": reading.doctor_name, "date": reading.date,
        "session": reading.session, "starts": reading.starts, "ends": reading.ends, "kind": reading.kind, "insured": reading.insured,
        "reported": reading.state, "read_at": read_at, **place(reading.place),
    }  # fmt: skip


@transaction.atomic
def record_seen(his_id: str, *, next_step: str) -> None:
    """The doctor has finished with her; one who was called missing may still be seen."""
    row = Appointment.objects.select_for_update().get(his_id=his_id)
    if row.state == State.SEEN:
        return
    row.state, row.next_step = State.SEEN, next_step
    row.save(update_fields=["state", "next_step"])
    outbox.publish(Seen(appointment=his_id, next_step=next_step))


@transaction.atomic
def record_missed(his_id: str) -> None:
    row = Appointment.objects.select_for_update().get(his_id=his_id)
    if row.state not in (State.BOOKED, State.CHECKED_IN):
        return
    row.state = State.MISSED
    row.save(update_fields=["state"])
    outbox.publish(Missed(appointment=his_id))
