"""The day: fresh books, today's appointments of the cast, and the clock that moves the queues by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sandbox import clock, people
from sandbox.his import consulting, pharmacy, queue, visits
from sandbox.partner import Partner, Refused

COLUMNS = ("name", "id_type", "id_no", "phone", "card_no", "sex", "birth_date", "insured")
BEATS_WITH_DOCTOR = 2


def fresh(his: Partner) -> None:
    """Empty books; the cast's cards and today's appointments anew."""
    with his.store.change():
        his.store.empty()
        open_day(his)


def open_day(his: Partner) -> None:
    """Cards and today's appointments of the cast, where they are missing."""
    with his.store.change():
        for person in people.patients():
            if his.store.row("select id from patient where id = ?", person["patient"]) is None:
                his.store.add("patient", id=person["patient"], **{name: person[name] for name in COLUMNS})
            if person["today"] and not visits.of_patient(his, patient=person["patient"], day=clock.today()):
                book_today(his, person)


def book_today(his: Partner, person: dict[str, Any]) -> dict[str, Any]:
    """An appointment that begins in this half hour, so that a demo can start at any time of day."""
    now, plan = clock.now(), person["today"]
    starts = now.replace(minute=now.minute // 30 * 30, second=0, microsecond=0)
    ends = min(starts + timedelta(hours=4), now.replace(hour=23, minute=59, second=0, microsecond=0))
    session = "am" if starts.hour < 12 else "pm"
    hours = visits.Hours(clock.stamp(starts), clock.stamp(ends), session)
    return visits.add(his, patient=person["patient"], doctor=plan["doctor"], hours=hours, kind=plan["kind"], plan=plan["bill"])


def tick(his: Partner) -> None:
    """One beat: doctors finish, queues move, the pharmacy works."""
    with his.store.change():
        beat = his.store.next("beat")
        for doctor in his.store.rows("select distinct doctor from ticket where date = ? and state in ('waiting', 'called')", clock.today()):
            move(his, doctor["doctor"], beat)
        for row in his.store.rows("select d.appointment, d.state from dispensing d join bill b on b.id = d.bill where b.state = 'settled'"):
            if row["state"] == "preparing":
                pharmacy.make_ready(his, row["appointment"])


def move(his: Partner, doctor: str, beat: int) -> None:
    """A patient of ours stays with the doctor for a few beats; a stranger leaves at the next."""
    present = queue.inside(his, doctor)
    if present is None or present["appointment"] is None:
        queue.call_next(his, doctor)
    elif present["beat"] is None:
        his.store.run("update ticket set beat = ? where id = ?", beat, present["id"])
    elif beat - present["beat"] >= BEATS_WITH_DOCTOR:
        consulting.finish(his, present["appointment"])


def shift(his: Partner, appointment: str, *, minutes: int, length_minutes: int = 240) -> dict[str, Any]:
    """Move today's appointment so that it begins this many minutes from now."""
    visits.find(his, appointment)
    starts = clock.now() + timedelta(minutes=minutes)
    ends = starts + timedelta(minutes=length_minutes)
    sql = "update appointment set starts = ?, ends = ?, date = ? where id = ?"
    his.store.run(sql, clock.stamp(starts), clock.stamp(ends), starts.date().isoformat(), appointment)
    return visits.shape(his, visits.find(his, appointment))


def stop_clinic(his: Partner, doctor: str, *, stopped: bool = True) -> dict[str, Any]:
    if doctor not in {row["id"] for row in people.hospital()["doctors"]}:
        raise Refused(404, "doctor_unknown", "没有这位医生。")
    his.store.run("delete from stopped where doctor = ?", doctor)
    if stopped:
        his.store.add("stopped", doctor=doctor)
    return {"doctor": doctor, "stopped": stopped}


def follow_the_calendar(his: Partner) -> None:
    """At midnight a new day opens by itself."""
    if his.settings.get("day") != clock.now().toordinal():
        his.settings["day"] = clock.now().toordinal()
        open_day(his)
