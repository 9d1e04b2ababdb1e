"""Patients as the desk may see them: masked. The plain name is reached only through `plain_name`, by an audited action."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from patients.models import Patient


@dataclass(frozen=True)
class Person:
    """`card` and `phone` are masked; `name` is masked."""

    number: str
    name: str
    card: str
    phone: str


UNKNOWN = Person("", "—", "", "")


def masked(numbers: Iterable[str]) -> dict[str, Person]:
    """The masked forms of these patients, by number."""
    rows = Patient.objects.filter(number__in=set(numbers))
    return {row.number: Person(row.number, row.name.masked, row.card.masked, row.phone.masked) for row in rows}


def matching(text: str) -> list[str]:
    """Numbers of the patients whose whole card or phone this is (by blind index), or whose masked card ends in these four digits."""
    if len(text) == 4 and text.isdigit():
        wanted = Q(card_masked__endswith=text)
    elif len(text) >= 6 and any(sign.isdigit() for sign in text):
        wanted = Q(card=text) | Q(phone=text)
    else:
        return []
    return list(Patient.objects.filter(wanted).values_list("number", flat=True)[:200])


def plain_name(number: str) -> str:
    """For `actions.reveal` alone, which records who looked and why."""
    return str(Patient.objects.get(number=number).name.reveal())
