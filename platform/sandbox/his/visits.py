"""Cards, schedules and appointments, from booking to check-in."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date as Date
from datetime import timedelta
from typing import Any

from sandbox import clock, people
from sandbox.his import directory, events, queue
from sandbox.partner import Partner, Refused
from sandbox.store import Row

SESSIONS = {"am": ("08:00", "12:00"), "pm": ("14:00", "17:30")}
DAYS_AHEAD = 14
KINDS = ("first", "again", "chronic", "emergency")


def match(his: Partner, *, name: str, id_type: str, id_no: str, phone: str) -> dict[str, Any]:
    row = his.store.row("select * from patient where name = ? and id_type = ? and upper(id_no) = upper(?)", name, id_type, id_no)
    if row is None:
        raise Refused(404, "patient_unknown", "没有找到这位患者的就诊卡，请到窗口建档。")
    if row["phone"] != phone:
        raise Refused(409, "phone_differs", "手机号和就诊卡登记的不一样，请到窗口修改。")
    return {"patient": row["id"], "card_no": row["card_no"], "sex": row["sex"], "birth_date": row["birth_date"]}


@dataclass(frozen=True)
class Hours:
    starts: str
    ends: str
    session: str


def slots(his: Partner, *, department: str, day: str) -> list[dict[str, Any]]:
    """The slots of a day; made when first asked for, two weeks ahead at most."""
    ahead = (Date.fromisoformat(day) - clock.now().date()).days
    if not 0 <= ahead <= DAYS_AHEAD:
        return []
    numbers = [f"S-{doctor['id']}-{day}-{session}" for doctor in directory.doctors(department) for session in SESSIONS]
    return [slot_shape(slot(his, number)) for number in numbers]


def slot(his: Partner, number: str) -> Row:
    """A slot by its number `S-doctor-date-session`."""
    if row := his.store.row("select * from slot where id = ?", number):
        return row
    doctor, day, session = parts_of(number)
    starts, ends = (f"{day}T{hour}:00+08:00" for hour in SESSIONS[session])
    hospital = people.hospital()
    fresh = {"id": number, "doctor": doctor, "date": day, "session": session, "starts": starts, "ends": ends}
    with his.store.change():
        if his.store.row("select id from slot where id = ?", number) is None:
            his.store.add("slot", **fresh, places=hospital["places_per_session"], fee_fen=hospital["fee_fen"])
    return slot(his, number)


def parts_of(number: str) -> tuple[str, str, str]:
    doctors = {row["id"] for row in directory.doctors()}
    pieces = number.split("-")
    if len(pieces) != 6 or pieces[0] != "S" or pieces[1] not in doctors or pieces[5] not in SESSIONS:
        raise Refused(404, "slot_unknown", "没有这个号源。")
    day = "-".join(pieces[2:5])
    try:
        ahead = Date.fromisoformat(day) - clock.now().date()
    except ValueError as problem:
        raise Refused(404, "slot_unknown", "没有这个号源。") from problem
    if not timedelta(0) <= ahead <= timedelta(days=DAYS_AHEAD):
        raise Refused(404, "slot_unknown", "这一天没有放号。")
    return pieces[1], day, pieces[5]


def slot_shape(row: Row) -> dict[str, Any]:
    return {**{name: row[name] for name in ("id", "doctor", "date", "session", "starts", "ends", "fee_fen")}, "left": row["places"]}


def find(his: Partner, number: str) -> Row:
    row = his.store.row("select * from appointment where id = ?", number)
    if row is None:
        raise Refused(404, "appointment_unknown", "没有这次预约。")
    return row


def of_patient(his: Partner, *, patient: str, day: str) -> list[dict[str, Any]]:
    rows = his.store.rows("select * from appointment where patient = ? and date = ? order by starts, id", patient, day)
    return [shape(his, row) for row in rows]


def shape(his: Partner, row: Row) -> dict[str, Any]:
    doctor, department = directory.doctor(row["doctor"]), directory.department_of(row["doctor"])
    person = his.store.row("select insured from patient where id = ?", row["patient"]) or {"insured": None}
    return {
        **{name: row[name] for name in ("id", "patient", "doctor", "date", "session", "starts", "ends", "kind", "state", "fee_fen")},
        "campus": department["campus"],
        "department": department["id"],
        "department_name": department["name"],
        "doctor_name": doctor["name"],
        "insured": None if person["insured"] is None else bool(person["insured"]),
        "place": directory.place(department, doctor["room"]),
    }


def book(his: Partner, *, patient: str, slot_number: str, kind: str) -> dict[str, Any]:
    """Sell one place of a slot, online or at the counter."""
    if his.store.row("select id from patient where id = ?", patient) is None:
        raise Refused(404, "patient_unknown", "没有这位患者。")
    if kind not in KINDS:
        raise Refused(400, "malformed", "kind 不认识。")
    row = slot(his, slot_number)
    if his.store.run("update slot set places = places - 1 where id = ? and places > 0", slot_number) != 1:
        raise Refused(409, "slot_taken", "这个号刚刚被约走了，请换一个。")
    hours = Hours(row["starts"], row["ends"], row["session"])
    return add(his, patient=patient, doctor=row["doctor"], hours=hours, kind=kind, slot_number=slot_number)


def add(
    his: Partner, *, patient: str, doctor: str, hours: Hours, kind: str, plan: str | None = None, slot_number: str | None = None
) -> dict[str, Any]:
    number = f"A{his.store.next('appointment'):07d}"
    row: Row = {"id": number, "patient": patient, "doctor": doctor, "date": hours.starts[:10], **asdict(hours)}
    row |= {"kind": kind, "state": "booked", "fee_fen": people.hospital()["fee_fen"], "slot": slot_number, "plan": plan}
    his.store.add("appointment", **row)
    events.emit(his, "appointment.made", row)
    return shape(his, find(his, number))


def cancel(his: Partner, number: str) -> dict[str, Any]:
    row = find(his, number)
    if row["state"] in ("seen", "checked_in"):
        raise Refused(409, "already_seen" if row["state"] == "seen" else "checked_in", "已经报到或看过，不能退号。")
    if row["state"] != "cancelled":
        set_state(his, row, "cancelled")
        if row["slot"]:
            his.store.run("update slot set places = places + 1 where id = ?", row["slot"])
        events.emit(his, "appointment.cancelled", row)
    return shape(his, find(his, number))


def set_state(his: Partner, row: Row, state: str) -> None:
    his.store.run("update appointment set state = ? where id = ?", state, row["id"])


def check_in(his: Partner, number: str, *, means: str) -> dict[str, Any]:
    """Give a queue number; a repeat gives the same one."""
    row = find(his, number)
    if row["state"] == "cancelled":
        raise Refused(409, "cancelled", "这次预约已经取消。")
    if row["state"] == "seen":
        raise Refused(409, "already_seen", "这次预约已经看过医生。")
    if his.store.row("select doctor from stopped where doctor = ?", row["doctor"]):
        raise Refused(409, "clinic_stopped", "医生临时停诊，请到导诊台改约。")
    if (ticket := queue.ticket_of(his, number)) is None:
        ticket = queue.join(his, row)
        set_state(his, row, "checked_in")
        events.emit(his, "checkin.recorded", row, means=means, number=ticket["number"])
        queue.announce(his, row["doctor"])
    return queue.shape(his, queue.ticket(his, number))


def withdraw(his: Partner, number: str) -> dict[str, Any]:
    """Take a check-in back; without one nothing changes."""
    row = find(his, number)
    if row["state"] == "seen":
        raise Refused(409, "already_seen", "已经看过医生，不能取消报到。")
    if row["state"] == "checked_in":
        his.store.run("update ticket set state = 'void' where appointment = ? and state <> 'void'", number)
        set_state(his, row, "booked")
        queue.announce(his, row["doctor"])
    return shape(his, find(his, number))
