"""Our connector and our doors against the sandbox HIS, which was written from the contract and not from our code."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from core import clock
from core.errors import PartnerRefused, PartnerUnavailable, PartnerUnclear
from core.models import Published
from core.money import Fen
from his import actions, errands, his, queries
from his.models import Received, Refusal
from his.port import Appointment, Bill, Identity, Settlement

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def wang(sandbox: Any) -> dict[str, Any]:
    found: dict[str, Any] = sandbox.cast["wang"]
    return found


@pytest.fixture
def pushed(sandbox: Any, live_server: Any) -> Iterator[Any]:
    """The sandbox, pushing to our live server."""
    sandbox.lead_to(live_server.url)
    yield sandbox
    sandbox.deliver("his")


def number() -> str:
    return uuid.uuid4().hex


def appointment(person: dict[str, Any]) -> Appointment:
    return his().appointment(person["appointment"])


def bill(sandbox: Any, person: dict[str, Any]) -> Bill:
    sandbox.his_act("issue_bill", appointment=person["appointment"], bill="hypertension")
    return his().bills(person["appointment"])[-1]


def settlement(one: Bill, order: str = "O-1") -> Settlement:
    return Settlement(order=order, amount_fen=Fen(one.total_fen), channel="wechat", channel_no="4200-1", paid_at=clock.now())


# Reading


def test_the_directory(sandbox: Any) -> None:
    campuses = his().campuses()
    assert len(campuses) == 2
    departments = [department for campus in campuses for department in his().departments(campus.id)]
    assert {department.campus for department in departments} == {campus.id for campus in campuses}
    doctor = his().doctors(departments[0].id)[0]
    slots = his().slots(departments[0].id, clock.today())
    assert doctor.department == departments[0].id
    assert all(slot.starts < slot.ends and slot.fee_fen > 0 for slot in slots)


def test_todays_appointment(sandbox: Any, wang: dict[str, Any]) -> None:
    [mine] = his().appointments(wang["patient"], clock.today())
    assert mine == appointment(wang)
    assert (mine.patient, mine.state, mine.date, mine.starts.utcoffset()) == (
        wang["patient"], "booked", clock.today(), clock.now().astimezone(mine.starts.tzinfo).utcoffset(),
    )  # fmt: skip


def test_a_card_is_confirmed_by_name_document_and_phone_together(sandbox: Any, wang: dict[str, Any]) -> None:
    said = {name: wang[name] for name in ("name", "id_type", "id_no", "phone")}
    card = his().match(Identity(**said))
    assert (card.patient, card.card_no, card.birth_date.isoformat()) == (wang["patient"], wang["card_no"], wang["birth_date"])
    for wrong, code in [({"phone": "13000019999"}, "phone_differs"), ({"name": "王芬"}, "patient_unknown")]:
        with pytest.raises(PartnerRefused) as caught:
            his().match(Identity(**{**said, **wrong}))
        assert caught.value.reason == code


def test_a_wrong_key_is_refused_and_nothing_is_done(sandbox: Any, wang: dict[str, Any], settings: Any) -> None:
    right = settings.HIS
    settings.HIS = {"default": {**right["default"], "OPTIONS": {**right["default"]["OPTIONS"], "key": "0" * 64}}}
    with pytest.raises(PartnerRefused) as caught:
        his().check_in(wang["appointment"], request_no=number(), means="gps")
    assert caught.value.reason == "signature"
    settings.HIS = right
    assert appointment(wang).state == "booked"


# Changing


def test_checking_in_twice_is_one_ticket(sandbox: Any, wang: dict[str, Any]) -> None:
    assert his().ticket(wang["appointment"]) is None
    first = his().check_in(wang["appointment"], request_no="r-1" + number(), means="gps")
    again = his().check_in(wang["appointment"], request_no="r-2" + number(), means="gps")
    assert (first.number, first.state) == (again.number, "waiting")
    assert his().withdraw(wang["appointment"], request_no=number()).state == "booked"


def test_a_slot_is_sold_until_it_is_gone(sandbox: Any, wang: dict[str, Any]) -> None:
    tomorrow = datetime.fromordinal(clock.today().toordinal() + 1).date()
    slot = his().slots(appointment(wang).department, tomorrow)[0]
    sandbox.his_act("leave_places", slot=slot.id, places=1)
    assert his().book(request_no=number(), patient=wang["patient"], slot=slot.id, kind="again").kind == "again"
    with pytest.raises(PartnerRefused) as caught:
        his().book(request_no=number(), patient=wang["patient"], slot=slot.id, kind="again")
    assert caught.value.reason == "slot_taken"


def test_a_bill_is_locked_settled_and_reversed(sandbox: Any, wang: dict[str, Any]) -> None:
    one = bill(sandbox, wang)
    assert sum(line.amount_fen for line in one.lines) == one.total_fen
    assert his().lock(one.id, request_no=number(), order="O-1", amount_fen=Fen(one.total_fen)).order == "O-1"
    settled = his().settle(one.id, settlement(one), request_no="settle-" + one.id)
    assert (settled.state, bool(settled.receipt)) == ("settled", True)
    assert [(row.kind, row.amount_fen, row.channel_no) for row in his().ledger(order="O-1")] == [("settle", one.total_fen, "4200-1")]
    dispensing = his().dispensing(wang["appointment"])
    assert dispensing is not None
    assert dispensing.state == "preparing"
    back = his().reverse(one.id, request_no=number(), order="O-1", refund="F-1", amount_fen=Fen(one.total_fen), channel_no="5000-1")
    assert back.state == "open"
    assert len(his().ledger(day=clock.today())) == 2


def test_each_no_has_its_code(sandbox: Any, wang: dict[str, Any]) -> None:
    one, hospital = bill(sandbox, wang), his()
    noes = [
        (lambda: hospital.lock(one.id, request_no=number(), order="O-1", amount_fen=Fen(1)), "bill_changed"),
        (lambda: hospital.lock("B-none", request_no=number(), order="O-1", amount_fen=Fen(1)), "bill_unknown"),
        (lambda: hospital.appointment("A-none"), "appointment_unknown"),
    ]
    for ask, code in noes:
        with pytest.raises(PartnerRefused) as caught:
            ask()
        assert caught.value.reason == code


def test_a_request_number_with_other_content_is_refused(sandbox: Any, wang: dict[str, Any]) -> None:
    one, same = bill(sandbox, wang), number()
    his().lock(one.id, request_no=same, order="O-1", amount_fen=Fen(one.total_fen))
    with pytest.raises(PartnerRefused) as caught:
        his().lock(one.id, request_no=same, order="O-2", amount_fen=Fen(one.total_fen))
    assert caught.value.reason == "request_no_reused"


def test_silence_after_the_deed_is_unclear_and_the_same_number_tells(sandbox: Any, wang: dict[str, Any]) -> None:
    one, same = bill(sandbox, wang), number()
    money = settlement(one)
    sandbox.fault("his", "silent", "settle")
    with pytest.raises(PartnerUnclear):
        his().settle(one.id, money, request_no=same)
    sandbox.fault("his", "silent", False)
    assert his().bill(one.id).state == "settled"
    assert his().settle(one.id, money, request_no=same).receipt == his().bill(one.id).receipt
    assert len(his().ledger(order="O-1")) == 1


@pytest.mark.parametrize("way", [True, "cut"])
def test_a_his_that_is_down(sandbox: Any, wang: dict[str, Any], way: Any) -> None:
    """Nothing was done; but from outside a change that met silence, or a 503, may have been."""
    sandbox.fault("his", "down", way)
    with pytest.raises(PartnerUnavailable):
        his().appointment(wang["appointment"])
    with pytest.raises(PartnerUnclear):
        his().check_in(wang["appointment"], request_no=number(), means="gps")
    with pytest.raises(PartnerUnavailable):
        errands.poll()
    sandbox.fault("his", "down", False)
    assert appointment(wang).state == "booked"
    assert errands.poll() > 0


def test_a_slow_his_is_not_waited_for_without_end(sandbox: Any, wang: dict[str, Any], settings: Any) -> None:
    settings.PARTNER_TIMEOUTS = {"his": [1, 0.3]}
    sandbox.fault("his", "slow", 1)
    with pytest.raises(PartnerUnavailable):
        his().campuses()
    with pytest.raises(PartnerUnclear):
        his().check_in(wang["appointment"], request_no=number(), means="gps")


# Events


def types() -> list[str]:
    return list(Received.objects.order_by("seq").values_list("type", flat=True))


def test_pushes_arrive_as_they_happen(pushed: Any, wang: dict[str, Any]) -> None:
    his().check_in(wang["appointment"], request_no=number(), means="gps")
    pushed.deliver("his")
    pushed.his_act("call", appointment=wang["appointment"])
    pushed.deliver("his")
    assert pushed.waiting("his") == []
    assert {"appointment.made", "checkin.recorded", "queue.moved", "queue.called"} <= set(types())
    assert set(Received.objects.values_list("means", flat=True)) == {"push"}
    assert Published.objects.filter(name="HisReported").count() == len(types()) == len(pushed.events())


def test_a_lost_push_is_polled_and_told_once(pushed: Any, wang: dict[str, Any]) -> None:
    pushed.deliver("his")
    pushed.fault("his", "push_lost")
    his().check_in(wang["appointment"], request_no=number(), means="gps")
    pushed.fault("his", "push_lost", False)
    pushed.his_act("call", appointment=wang["appointment"])
    pushed.deliver("his")
    assert "checkin.recorded" not in types()
    assert errands.poll() >= 1
    assert types() == [one["type"] for one in pushed.events()]
    assert errands.poll() == 0
    assert Published.objects.filter(name="HisReported").count() == len(types())


def test_a_doubled_push_is_told_once(pushed: Any, wang: dict[str, Any]) -> None:
    pushed.fault("his", "push_duplicate")
    his().check_in(wang["appointment"], request_no=number(), means="gps")
    pushed.deliver("his")
    assert Published.objects.filter(name="HisReported").count() == len(types()) == len(pushed.events())


@pytest.mark.parametrize(("fault", "reason"), [("push_forged", "signature"), ("push_stale", "time")])
def test_a_forged_or_stale_push_is_refused_and_the_poller_finds_the_truth(
    pushed: Any, wang: dict[str, Any], fault: str, reason: str
) -> None:
    pushed.deliver("his")
    before = Received.objects.count()
    pushed.fault("his", fault)
    his().check_in(wang["appointment"], request_no=number(), means="gps")
    pushed.deliver("his")
    assert Received.objects.count() == before
    assert Refusal.objects.filter(source=pushed.credentials["his"]["key_id"]).values_list("reason", flat=True)[0] == reason
    pushed.fault("his", fault, False)
    assert errands.poll() >= 1
    assert "checkin.recorded" in types()


def test_nothing_plain_of_the_cast_is_kept(pushed: Any, wang: dict[str, Any]) -> None:
    bill(pushed, wang)
    pushed.deliver("his")
    errands.poll()
    kept = repr(list(Published.objects.values())) + repr(list(Received.objects.values()))
    assert [name for name in ("name", "id_no", "phone", "card_no") if wang[name] in kept] == []
    assert queries.position() <= pushed.last_event
    assert actions.lease() != ""
