"""The queue in front of a doctor's door. People without an appointment of ours stand in it too: they make the waiting real."""

from __future__ import annotations

from typing import Any

from sandbox import clock, people
from sandbox.his import directory, events
from sandbox.partner import Partner, Refused
from sandbox.store import Row

MINUTES_EACH = (4, 8)


def ticket_of(his: Partner, appointment: str) -> Row | None:
    return his.store.row("select * from ticket where appointment = ? and state <> 'void'", appointment)


def ticket(his: Partner, appointment: str) -> Row:
    found = ticket_of(his, appointment)
    if found is None:
        raise Refused(404, "no_ticket", "还没有报到。")
    return found


def ahead(his: Partner, row: Row) -> int:
    sql = "select count(*) as n from ticket where doctor = ? and date = ? and state = 'waiting' and place < ?"
    found = his.store.row(sql, row["doctor"], row["date"], row["place"])
    return int(found["n"]) if found and row["state"] == "waiting" else 0


def shape(his: Partner, row: Row) -> dict[str, Any]:
    before = ahead(his, row)
    low, high = (before * each for each in MINUTES_EACH) if row["state"] == "waiting" else (None, None)
    names = {"appointment": row["appointment"], "number": row["number"], "ahead": before, "state": row["state"]}
    return {**names, "room": directory.doctor(row["doctor"])["room"], "minutes_low": low, "minutes_high": high, "as_of": clock.stamp()}


def stand(his: Partner, doctor: str, appointment: str | None) -> Row:
    """One more at the end of the line."""
    number = his.store.next(f"ticket-{directory.doctor(doctor)['letter']}-{clock.today()}")
    place = his.store.next("place")
    text = f"{directory.doctor(doctor)['letter']}{number:03d}"
    row = {"appointment": appointment, "doctor": doctor, "date": clock.today(), "number": text, "place": place, "state": "waiting"}
    his.store.add("ticket", **row, ahead=None)
    return row


def join(his: Partner, appointment: Row) -> Row:
    """Stand in line; when the line is short, strangers stand there first."""
    doctor = appointment["doctor"]
    waiting = his.store.row("select count(*) as n from ticket where doctor = ? and date = ? and state = 'waiting'", doctor, clock.today())
    for _ in range(people.hospital()["waiting_before"] - (waiting["n"] if waiting else 0)):
        stand(his, doctor, None)
    return stand(his, doctor, appointment["id"])


def announce(his: Partner, doctor: str) -> None:
    """Tell each waiting patient of ours how many are ahead, if that has changed."""
    sql = "select * from ticket where doctor = ? and date = ? and state = 'waiting' and appointment is not null order by place"
    for row in his.store.rows(sql, doctor, clock.today()):
        before = ahead(his, row)
        if before != row["ahead"]:
            his.store.run("update ticket set ahead = ? where id = ?", before, row["id"])
            events.emit(his, "queue.moved", appointment_of(his, row), ahead=before)


def appointment_of(his: Partner, row: Row) -> Row:
    found = his.store.row("select * from appointment where id = ?", row["appointment"])
    if found is None:
        raise Refused(404, "appointment_unknown", "没有这次预约。")
    return found


def inside(his: Partner, doctor: str) -> Row | None:
    """Whoever has been called and is with the doctor."""
    return his.store.row("select * from ticket where doctor = ? and date = ? and state = 'called' order by place", doctor, clock.today())


def call_next(his: Partner, doctor: str) -> Row | None:
    """Call the next in line; None when nobody waits. A stranger inside leaves; a patient of ours must first be finished with."""
    present = inside(his, doctor)
    if present and present["appointment"]:
        raise Refused(409, "still_inside", "诊室里还有患者，先结束或过号。")
    if present:
        set_state(his, present, "seen")
    sql = "select * from ticket where doctor = ? and date = ? and state = 'waiting' order by place limit 1"
    row = his.store.row(sql, doctor, clock.today())
    if row is None:
        return None
    set_state(his, row, "called")
    announce(his, doctor)
    if row["appointment"]:
        events.emit(his, "queue.called", appointment_of(his, row), room=directory.doctor(doctor)["room"])
    return row


def call(his: Partner, appointment: str) -> Row:
    """Call until it is this one's turn."""
    while (row := ticket(his, appointment))["state"] == "waiting":
        call_next(his, row["doctor"])
    return row


def set_state(his: Partner, row: Row, state: str) -> None:
    his.store.run("update ticket set state = ? where id = ?", state, row["id"])


def pass_over(his: Partner, appointment: str) -> None:
    """Called and not there."""
    row = ticket(his, appointment)
    if row["state"] == "passed":
        return
    set_state(his, row, "passed")
    events.emit(his, "queue.passed", appointment_of(his, row))
    announce(his, row["doctor"])


def rejoin(his: Partner, appointment: str) -> None:
    """Back in line after being passed over: behind the first two who wait."""
    row = ticket(his, appointment)
    if row["state"] != "passed":
        raise Refused(409, "not_passed", "没有过号，不用重排。")
    sql = "select place from ticket where doctor = ? and date = ? and state = 'waiting' order by place limit 2"
    places = [found["place"] for found in his.store.rows(sql, row["doctor"], row["date"])]
    place = places[-1] + 0.5 if places else his.store.next("place")
    his.store.run("update ticket set state = 'waiting', place = ?, ahead = null where id = ?", place, row["id"])
    announce(his, row["doctor"])
