"""The poller: it finds what a lost push hid, beside pushes and other pollers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from at_once import at_once
from scripted_partner import Scripted

from core import clock
from core.errors import PartnerUnavailable
from core.models import Entry, Published
from his import actions, errands, queries, tasks
from his.models import Position, Received

from .conftest import Pusher, event

pytestmark = pytest.mark.django_db(transaction=True)


def feed(script: Scripted, rows: list[Any]) -> None:
    """The script answers /events from these rows, as the contract says."""

    def says(method: str, path: str, body: bytes) -> tuple[int, Any]:
        asked = parse_qs(urlsplit(path).query)
        after, limit = int(asked["after"][0]), int(asked["limit"][0])
        found = [row for row in rows if not isinstance(row.get("seq"), int) or row["seq"] > after][:limit]
        return 200, {"events": found, "last": after}

    script.says = says


def asked(script: Scripted) -> list[str]:
    return [parse_qs(urlsplit(path).query)["after"][0] for _, path, _, _ in script.heard]


def told() -> int:
    return Published.objects.filter(name="HisReported").count()


def test_a_lost_push_is_found(push: Pusher, scripted: Scripted) -> None:
    push(event(1))
    push(event(4))
    feed(scripted, [event(n) for n in range(1, 5)])
    assert errands.poll() == 2
    assert (queries.position(), told()) == (4, 4)
    assert list(Received.objects.order_by("seq").values_list("seq", "means")) == [(1, "push"), (2, "poll"), (3, "poll"), (4, "push")]


def test_what_is_known_is_not_asked_again(push: Pusher, scripted: Scripted) -> None:
    feed(scripted, rows := [event(n) for n in range(1, 4)])
    assert errands.poll() == 3
    push(event(4))
    rows.append(event(4))
    assert errands.poll() == 0
    assert asked(scripted) == ["0", "4"]


def test_a_push_after_the_poll_changes_nothing(push: Pusher, scripted: Scripted) -> None:
    feed(scripted, [event(1), event(2)])
    errands.poll()
    assert push(event(1), event(2)) == 2
    assert told() == 2


def test_more_than_a_page_is_read_to_the_end(scripted: Scripted) -> None:
    feed(scripted, [event(n) for n in range(1, 452)])
    assert errands.poll() == 451
    assert (asked(scripted), queries.position()) == (["0", "200", "400"], 451)


def test_an_event_committed_late_into_a_hole_is_found(scripted: Scripted) -> None:
    feed(scripted, [event(1), event(3)])
    assert errands.poll() == 2
    assert queries.position() == 1
    feed(scripted, [event(1), event(2), event(3)])
    assert errands.poll() == 1
    assert queries.position() == 3


def test_a_hole_that_stays_is_passed_over_after_a_while(scripted: Scripted) -> None:
    feed(scripted, [event(1), event(5)])
    errands.poll()
    Received.objects.update(received_at=clock.now() - timedelta(seconds=121))
    errands.poll()
    assert queries.position() == 5


def test_a_hole_is_not_passed_over_while_the_feed_is_silent(push: Pusher, scripted: Scripted) -> None:
    push(event(1))
    push(event(5))
    Received.objects.update(received_at=clock.now() - timedelta(hours=1))
    scripted.says = lambda *_: (503, {"code": "down", "message": "系统维护中。"})
    with pytest.raises(PartnerUnavailable):
        errands.poll()
    assert queries.position() == 1


def test_an_unusable_event_is_passed_over_and_told_once(scripted: Scripted) -> None:
    feed(scripted, [event(1), event(2, at="yesterday"), event(3)])
    assert errands.poll() == 2
    errands.poll()
    entry = Entry.objects.get(action="his.event_unusable")
    assert (entry.subject, entry.facts) == ("event:2", {"seq": 2})


@pytest.mark.parametrize("answer", [b"", b"[]", b'{"events":{}}', b"<html>"])
def test_a_feed_out_of_shape_is_unavailable(scripted: Scripted, answer: bytes) -> None:
    scripted.says = lambda *_: (200, answer)
    with pytest.raises(PartnerUnavailable) as caught:
        errands.poll()
    assert caught.value.code == "his.answer_unusable"
    assert not Received.objects.exists()


def test_a_poll_that_failed_gives_its_lease_back(scripted: Scripted) -> None:
    scripted.says = lambda *_: None
    with pytest.raises(PartnerUnavailable):
        errands.poll()
    feed(scripted, [event(1)])
    assert errands.poll() == 1


def test_the_task_does_not_fall_over_when_the_his_is_down(scripted: Scripted) -> None:
    scripted.says = lambda *_: None
    assert tasks.poll() == 0
    assert tasks.poll.name == "his.tasks.poll"


def test_a_second_poller_stands_back(scripted: Scripted) -> None:
    feed(scripted, [event(1)])
    holder = actions.lease()
    assert errands.poll() == 0
    assert scripted.heard == []
    actions.release(holder)
    assert errands.poll() == 1


def test_a_poller_that_died_is_replaced_after_its_lease(scripted: Scripted) -> None:
    feed(scripted, [event(1)])
    assert actions.lease()
    Position.objects.update(held_until=clock.now() - timedelta(seconds=1))
    assert errands.poll() == 1


def test_a_late_release_does_not_end_anothers_lease() -> None:
    first = actions.lease()
    Position.objects.update(held_until=clock.now() - timedelta(seconds=1))
    assert actions.lease()
    actions.release(first)
    assert actions.lease() == ""


def test_pollers_and_pushes_at_once_tell_each_event_once(push: Pusher, scripted: Scripted) -> None:
    feed(scripted, [event(n) for n in range(1, 61)])
    one_by_one = [lambda order=order: sum(push(event(n)) for n in order) for order in (range(60, 0, -1), range(1, 61))]
    at_once(errands.poll, errands.poll, *one_by_one)
    assert (Received.objects.count(), told()) == (60, 60)
