"""Reads every alcove shares."""

from __future__ import annotations

from care.errors import AppointmentNotFound
from care.models import Appointment
from patients import queries as patients


def appointment(his_id: str) -> Appointment:
    """With its campus and department. Raises AppointmentNotFound."""
    row = Appointment.objects.select_related("campus", "department").filter(his_id=his_id).first()
    if row is None:
        raise AppointmentNotFound(appointment=his_id)
    return row


def is_known(his_id: str) -> bool:
    return Appointment.objects.filter(his_id=his_id).exists()


def patient_of(his_patient_id: str) -> str:
    """Our number of the person HIS knows by this one; empty when she never bound her card here."""
    patient = patients.by_his_id(his_patient_id)
    return patient.number if patient else ""
