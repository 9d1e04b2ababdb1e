"""Campuses, departments, doctors: what hardly ever changes."""

from __future__ import annotations

from typing import Any

from sandbox import people

Entry = dict[str, Any]


def campuses() -> list[Entry]:
    found: list[Entry] = people.hospital()["campuses"]
    return found


def departments(campus: str | None = None) -> list[Entry]:
    rows = [row for row in people.hospital()["departments"] if campus in (None, "", row["campus"])]
    return [{"id": row["id"], "campus": row["campus"], "name": row["name"], "pinyin": row["pinyin"], "place": place(row)} for row in rows]


def place(department: Entry, room: str | None = None) -> Entry:
    return {
        "building": department["building"],
        "floor": department["floor"],
        "room": room or department["room"],
        "hint": department["hint"],
    }


def doctors(department: str | None = None) -> list[Entry]:
    rows = [row for row in people.hospital()["doctors"] if department in (None, "", row["department"])]
    return [{name: row[name] for name in ("id", "department", "name", "title", "skill")} for row in rows]


def doctor(number: str) -> Entry:
    found: Entry = next(row for row in people.hospital()["doctors"] if row["id"] == number)
    return found


def department_of(doctor_number: str) -> Entry:
    number = doctor(doctor_number)["department"]
    found: Entry = next(row for row in people.hospital()["departments"] if row["id"] == number)
    return found


def window_of(doctor_number: str) -> str:
    found: str = people.hospital()["windows"][department_of(doctor_number)["campus"]]
    return found
