"""Events pushed by the HIS: kept once, told once, refused when the signature does not hold."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from at_once import at_once

from core import clock
from core.models import Entry, Published
from his import actions, errands
from his.errors import PushMalformed, PushRefused
from his.models import Nonce, Received, Refusal

from .conftest import KEY, PATH, Pusher, event

pytestmark = pytest.mark.django_db(transaction=True)


def told() -> list[dict[str, Any]]:
    return [row.payload for row in Published.objects.filter(name="HisReported").order_by("pk")]


def nothing_happened() -> bool:
    return not (Received.objects.exists() or Nonce.objects.exists() or Published.objects.exists())


def test_an_event_is_kept_and_told(push: Pusher) -> None:
    assert push(event(1, "queue.called", data={"room": "3 诊室"}, bill="B1")) == 1
    row = Received.objects.get()
    assert (row.event_id, row.seq, row.type, row.means) == ("ev-00000001", 1, "queue.called", "push")
    assert told() == [
        {"event_id": "ev-00000001", "type": "queue.called", "at": "2026-11-24T09:00:00+08:00", "patient_id": "H1", "appointment_id": "A1",
         "bill_id": "B1", "data": '{"room":"3 诊室"}'}
    ]  # fmt: skip


def test_a_push_twice_is_accepted_twice_and_told_once(push: Pusher) -> None:
    assert push(event(1), event(2)) == 2
    assert push(event(2), event(1)) == 2
    assert (Received.objects.count(), len(told())) == (2, 2)


def test_an_event_twice_in_one_push_is_told_once(push: Pusher) -> None:
    push(event(1), event(1))
    assert (Received.objects.count(), len(told())) == (1, 1)


def test_a_replayed_message_is_refused(push: Pusher) -> None:
    body = json.dumps({"events": [event(1)]}).encode()
    headers = push.signed(body)
    assert errands.accept_push("POST", PATH, headers, body) == 1
    with pytest.raises(PushRefused) as caught:
        errands.accept_push("POST", PATH, headers, body)
    assert (caught.value.status, caught.value.facts["reason"]) == (401, "replay")
    assert (Received.objects.count(), len(told()), Nonce.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize("spoilt", ["stale", "forged", "stranger", "moved"])
def test_what_is_not_genuine_changes_nothing(push: Pusher, spoilt: str) -> None:
    body = json.dumps({"events": [event(1)]}).encode()
    now = int(clock.now().timestamp())
    headers = {
        "stale": push.signed(body, at=now - 301),
        "forged": push.signed(body, key="b" * 64),
        "stranger": push.signed(body, key_id="who"),
        "moved": push.signed(body, path="/callbacks/elsewhere"),
    }[spoilt]
    with pytest.raises(PushRefused) as caught:
        errands.accept_push("POST", PATH, headers, body)
    assert caught.value.code == "his.push_refused"
    assert nothing_happened()


def test_refusals_of_a_minute_become_one_audit_entry_for_each_source(push: Pusher) -> None:
    body = b'{"events":[]}'
    for _ in range(3):
        with pytest.raises(PushRefused):
            errands.accept_push("POST", PATH, push.signed(body, key="b" * 64), body)
    with pytest.raises(PushRefused):
        errands.accept_push("POST", PATH, push.signed(body, key_id="13800000000"), body)
    assert actions.close_refusals() == 0
    Refusal.objects.update(minute=clock.now() - timedelta(minutes=1))
    assert actions.close_refusals() == 2
    assert actions.close_refusals() == 0
    entries = Entry.objects.filter(action="his.refused").order_by("actor")
    assert [(one.actor, one.facts["times"], one.facts["reason"]) for one in entries] == [
        ("his:test-his-1", 3, "signature"),
        ("his:unknown", 1, "key"),
    ]
    assert not Refusal.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"events":1}',
        b'{"events":[1]}',
        b'{"events":[{"id":"x"}]}',
        json.dumps({"events": [event(n) for n in range(1, 202)]}).encode(),
    ],
)
def test_a_genuine_push_of_nonsense_is_422_and_keeps_nothing(push: Pusher, body: bytes) -> None:
    with pytest.raises(PushMalformed) as caught:
        errands.accept_push("POST", PATH, push.signed(body), body)
    assert caught.value.status == 422
    assert nothing_happened()
    assert not Refusal.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"seq": "1"},
        {"seq": 0},
        {"seq": 2**63},
        {"seq": True},
        {"at": "yesterday"},
        {"at": "2026-11-24T09:00:00"},
        {"id": ""},
        {"id": "x" * 65},
    ],
)
def test_one_wrong_event_stops_the_whole_push(push: Pusher, wrong: dict[str, Any]) -> None:
    with pytest.raises(PushMalformed):
        push(event(1), event(2, **wrong))
    assert nothing_happened()


def test_what_the_contract_does_not_name_is_dropped(push: Pusher) -> None:
    push(event(1, data={"name": "某某", "phone": "13000000000", "ahead": 2}, extra={"name": "某某"}))
    assert told()[0]["data"] == '{"ahead":2}'


def test_two_pushes_at_once_tell_each_event_once(push: Pusher) -> None:
    def deliver(numbers: list[int]) -> int:
        return sum(push(event(number), event(number + 1)) for number in numbers)

    order = list(range(1, 30))
    assert at_once(lambda: deliver(order), lambda: deliver(order[::-1]), lambda: deliver(order)) == [58, 58, 58]
    assert (Received.objects.count(), len(told())) == (30, 30)


def test_one_message_delivered_by_two_workers_at_once_is_let_in_once(push: Pusher) -> None:
    body = json.dumps({"events": [event(1)]}).encode()
    headers = push.signed(body)

    def deliver() -> int:
        try:
            return errands.accept_push("POST", PATH, headers, body)
        except PushRefused:
            return 0

    assert sorted(at_once(*[deliver] * 4)) == [0, 0, 0, 1]


def test_old_nonces_are_forgotten(push: Pusher) -> None:
    push(event(1))
    assert actions.sweep_nonces() == 0
    Nonce.objects.update(seen_at=clock.now() - timedelta(minutes=16))
    assert actions.sweep_nonces() == 1


def test_no_key_opens_nothing(push: Pusher, settings: Any) -> None:
    settings.HIS_PUSH_KEYS = {}
    with pytest.raises(PushRefused):
        push(event(1))
    assert (KEY, nothing_happened()) == (KEY, True)
