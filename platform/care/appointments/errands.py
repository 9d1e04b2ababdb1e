"""Asking HIS which places and appointments there are."""

from __future__ import annotations

from care.appointments import actions, queries
from care.models import Appointment, Campus
from care.queries import patient_of
from core import clock
from his import his, port
from patients.models import Patient


def sync_directory() -> None:
    """Campuses and departments as HIS has them now; a repeat changes nothing."""
    campuses = his().campuses()
    departments = [row for campus in campuses for row in his().departments(campus.id)]
    actions.record_directory(campuses, departments)


def fetch_today(patient: Patient) -> list[Appointment]:
    """Her appointments of today, asked for now. HIS silent: PartnerUnavailable, and what is known stays readable in `queries.today_of`."""
    left = clock.now()
    for reading in his().appointments(patient.his_patient_id, clock.today()):
        with_place_known(reading)
        actions.record(reading, patient=patient.number, read_at=left)
    return queries.today_of(patient.number)


def refresh(his_id: str) -> Appointment | None:
    """Read one appointment; None when it is not one of our patients', or was cancelled before anybody here knew of it."""
    left = clock.now()
    reading = his().appointment(his_id)
    if not (patient := patient_of(reading.patient)):
        return None
    with_place_known(reading)
    return actions.record(reading, patient=patient, read_at=left)


def with_place_known(reading: port.Appointment) -> None:
    """A campus opened since the last sync is asked for first."""
    if not Campus.objects.filter(his_id=reading.campus).exists():
        sync_directory()
