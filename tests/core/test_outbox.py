"""News: committed with what made it true, delivered at least once, never by two at once, dead where staff can see it."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as house
from django.db import connection, transaction

from core import audit, clock, outbox
from core.errors import PartnerUnavailable, PublishedOutsideTransaction
from core.models import Delivery, Entry, Published
from core.outbox import EventNameTaken, EventNotPlain, SubscriberNameTaken

pytestmark = pytest.mark.django_db(transaction=True)


@outbox.event
@dataclass(frozen=True)
class ChairMoved:
    chair: str
    steps: int
    by: str | None = None


@outbox.event
@dataclass(frozen=True)
class Unheard:
    text: str


class Ears:
    """Two subscribers; each remembers what it heard and does what `moves` or `counts` says."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, ChairMoved, bool]] = []
        self.does: dict[str, Callable[[], None]] = {}

    def hear(self, name: str, news: ChairMoved) -> None:
        self.heard.append((name, news, connection.in_atomic_block))
        self.does.get(name, lambda: None)()


ears = Ears()


@outbox.subscriber(ChairMoved, name="core.test_moves")
def moves(news: ChairMoved) -> None:
    ears.hear("moves", news)


@outbox.subscriber(ChairMoved, name="core.test_counts")
def counts(news: ChairMoved) -> None:
    ears.hear("counts", news)


@pytest.fixture(autouse=True)
def silence() -> Iterator[Ears]:
    ears.heard.clear()
    ears.does.clear()
    yield ears


def publish(chair: str = "C1") -> int:
    with transaction.atomic():
        return outbox.publish(ChairMoved(chair=chair, steps=2))


def due_now() -> None:
    Delivery.objects.filter(state="waiting").update(next_try=clock.now())


def refuses() -> None:
    raise PartnerUnavailable("his")


def states() -> dict[str, str]:
    return dict(Delivery.objects.values_list("subscriber", "state"))


# Publishing


def test_news_outside_a_transaction_is_refused() -> None:
    with pytest.raises(PublishedOutsideTransaction):
        outbox.publish(ChairMoved(chair="C1", steps=1))
    assert not Published.objects.exists()


def test_news_is_committed_or_lost_with_what_made_it_true() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        outbox.publish(ChairMoved(chair="C1", steps=1))
        raise ZeroDivisionError
    assert not Published.objects.exists() and not Delivery.objects.exists()
    row = publish()
    assert Published.objects.get(pk=row).payload == {"chair": "C1", "steps": 2, "by": None}
    assert states() == {"core.test_moves": "waiting", "core.test_counts": "waiting"}


def test_news_nobody_waits_for_is_kept_and_delivered_to_nobody() -> None:
    with transaction.atomic():
        outbox.publish(Unheard(text="x"))
    assert (Published.objects.count(), outbox.sweep()) == (1, 0)


def test_only_registered_plain_frozen_events_are_published() -> None:
    @dataclass(frozen=True)
    class NotRegistered:
        text: str

    with pytest.raises(EventNotPlain), transaction.atomic():
        outbox.publish(NotRegistered("x"))
    with pytest.raises(EventNotPlain), transaction.atomic():
        outbox.publish(ChairMoved(chair={"a": 1}, steps=1))  # type: ignore[arg-type]
    with pytest.raises(EventNotPlain):
        outbox.event(dataclass(type("Thawed", (), {"__annotations__": {"text": str}})))
    with pytest.raises(EventNotPlain):
        outbox.event(dataclass(frozen=True)(type("Listed", (), {"__annotations__": {"text": list[str]}})))


def test_names_are_taken_once() -> None:
    other = dataclass(frozen=True)(type("ChairMoved", (), {"__annotations__": {"chair": str}, "__module__": "elsewhere"}))
    with pytest.raises(EventNameTaken):
        outbox.event(other)
    with pytest.raises(SubscriberNameTaken):
        outbox.subscriber(ChairMoved, name="core.test_moves")(counts)
    assert outbox.subscriber(ChairMoved, name="core.test_moves")(moves) is moves


@pytest.mark.parametrize("broker", ["redis://127.0.0.1:1/0", "filesystem://"])
def test_a_dead_broker_costs_a_line_in_the_log(broker: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    from celery import Celery

    lost = Celery("lost", broker=broker, set_as_current=False)
    lost.conf.broker_transport_options = {
        **house.CELERY_BROKER_TRANSPORT_OPTIONS,
        "data_folder_out": "/nowhere/at/all",
        "data_folder_in": "/nowhere/at/all",
    }
    monkeypatch.setattr(outbox, "current_app", lost)
    monkeypatch.setattr(outbox, "_broker_rests_until", 0.0)
    began = time.monotonic()
    for _ in range(20):
        publish()
    assert time.monotonic() - began < 3
    assert caplog.text.count("no nudge") == 1
    assert outbox.sweep(limit=100) == 40


def test_a_nudge_carries_the_row_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []

    def note(_: Any, name: str, args: list[Any], **__: Any) -> None:
        sent.append((name, args))

    monkeypatch.setattr("celery.app.base.Celery.send_task", note)
    monkeypatch.setattr(outbox, "_broker_rests_until", 0.0)
    with transaction.atomic():
        row = outbox.publish(ChairMoved(chair="C1", steps=2))
        assert sent == []
    assert sent == [("core.tasks.deliver", [row])]


# Delivering


def test_each_subscriber_hears_it_once_outside_any_transaction() -> None:
    row = publish()
    assert (outbox.deliver(row), outbox.deliver(row), outbox.sweep()) == (2, 0, 0)
    assert sorted(ears.heard, key=lambda one: one[0]) == [(name, ChairMoved("C1", 2), False) for name in ("counts", "moves")]
    assert set(states().values()) == {"done"}
    assert Delivery.objects.filter(done_at=None).count() == 0


def test_deliver_keeps_to_its_own_row() -> None:
    first, second = publish("C1"), publish("C2")
    assert outbox.deliver(second) == 2
    assert {news.chair for _, news, _ in ears.heard} == {"C2"}
    assert outbox.deliver(first) == 2


def test_a_subscriber_that_fails_is_tried_again_alone_and_later() -> None:
    ears.does["moves"] = refuses
    publish()
    assert (outbox.sweep(), outbox.sweep()) == (2, 0)
    late = Delivery.objects.get(subscriber="core.test_moves")
    assert (late.state, late.tries, late.last_error) == ("waiting", 1, "core.partner_unavailable")
    assert timedelta(seconds=3) < late.next_try - clock.now() <= timedelta(seconds=5)
    ears.does.clear()
    due_now()
    assert outbox.sweep() == 1
    assert [name for name, _, _ in ears.heard].count("counts") == 1
    assert set(states().values()) == {"done"}


def test_the_waits_grow_to_an_hour() -> None:
    waits = [outbox.wait_after(tries).total_seconds() for tries in range(1, 12)]
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600]


def test_after_twelve_tries_it_is_dead_and_staff_may_send_it_again() -> None:
    ears.does["moves"] = refuses
    publish()
    for _ in range(15):
        outbox.sweep()
        due_now()
    dead = Delivery.objects.get(subscriber="core.test_moves")
    assert (dead.state, dead.tries, [name for name, _, _ in ears.heard].count("moves")) == ("dead", 12, 12)
    ears.does.clear()
    with audit.acting("chen"):
        outbox.retry(dead.pk)
    assert outbox.sweep() == 1
    dead.refresh_from_db()
    assert (dead.state, dead.tries, dead.last_error) == ("done", 1, "")
    entry = Entry.objects.get(action="core.delivery_retried")
    assert (entry.actor, entry.subject, entry.facts) == ("chen", str(dead.pk), {"subscriber": "core.test_moves"})


def test_retrying_what_is_not_dead_changes_nothing() -> None:
    publish()
    outbox.sweep()
    outbox.retry(Delivery.objects.first().pk)  # type: ignore[union-attr]
    assert (outbox.sweep(), Entry.objects.count()) == (0, 0)
    with pytest.raises(outbox.DeliveryUnknown):
        outbox.retry(0)


def test_what_a_patient_told_us_stays_out_of_the_error_and_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def leaks() -> None:
        raise ValueError("13800138000")

    ears.does["moves"] = leaks
    publish()
    with caplog.at_level(logging.DEBUG):
        outbox.sweep()
    assert Delivery.objects.get(subscriber="core.test_moves").last_error == "builtins.value_error"
    assert "core.test_moves failed" in caplog.text and "in leaks" in caplog.text
    assert "13800138000" not in caplog.text.replace('raise ValueError("13800138000")', "")


def test_a_subscriber_that_is_gone_is_a_failure_people_see() -> None:
    publish()
    Delivery.objects.filter(subscriber="core.test_moves").update(subscriber="core.gone")
    outbox.sweep()
    assert Delivery.objects.get(subscriber="core.gone").last_error == "core.subscriber_gone"


def test_a_field_that_is_gone_from_the_event_is_left_out() -> None:
    row = publish()
    Published.objects.filter(pk=row).update(payload={"chair": "C1", "steps": 2, "colour": "red"})
    assert outbox.sweep() == 2
    assert ears.heard[0][1] == ChairMoved("C1", 2)


def test_news_published_while_delivering_is_swept_as_well() -> None:
    def tells() -> None:
        if len(ears.heard) < 5:
            publish("C2")

    ears.does["moves"] = tells
    publish()
    total = 0
    while made := outbox.sweep(limit=3):
        total += made
    assert total == len(ears.heard) == Delivery.objects.count()
    assert set(states().values()) == {"done"}


# Several workers


def run_together(*works: Callable[[], Any]) -> None:
    def closing(work: Callable[[], Any]) -> None:
        try:
            work()
        finally:
            connection.close()

    threads = [threading.Thread(target=closing, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)


def test_two_workers_share_the_work_and_make_each_delivery_once() -> None:
    for number in range(20):
        publish(f"C{number}")
    ears.does["moves"] = ears.does["counts"] = lambda: time.sleep(0.005)
    run_together(*[lambda: outbox.sweep(limit=100)] * 4)
    assert len(ears.heard) == 40
    assert len({(name, news.chair) for name, news, _ in ears.heard}) == 40
    assert set(Delivery.objects.values_list("tries", flat=True)) == {1}


def test_a_delivery_under_way_is_not_begun_again() -> None:
    begun, may_end = threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        may_end.wait(10)

    ears.does["moves"] = slow
    row = publish()

    def second() -> None:
        begun.wait(10)
        outbox.sweep()
        outbox.deliver(row)
        may_end.set()

    run_together(outbox.sweep, second)
    assert [name for name, _, _ in ears.heard].count("moves") == 1


def test_a_slow_subscriber_keeps_its_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "LEASE", timedelta(seconds=0.6))
    begun = threading.Event()

    def slow() -> None:
        begun.set()
        time.sleep(1.5)

    ears.does["moves"] = slow
    publish()

    def second() -> None:
        begun.wait(10)
        until = time.monotonic() + 1.3
        while time.monotonic() < until:
            outbox.sweep()
            time.sleep(0.05)

    run_together(outbox.sweep, second)
    assert [name for name, _, _ in ears.heard].count("moves") == 1
    assert set(states().values()) == {"done"}


def test_a_worker_killed_half_way_gives_the_delivery_back() -> None:
    publish()
    Delivery.objects.filter(subscriber="core.test_counts").delete()
    address = connection.settings_dict
    url = f"postgresql://{address['USER']}@{address['HOST']}:{address['PORT']}/{address['NAME']}"
    command = [sys.executable, str(Path(__file__).with_name("dying_worker.py")), os.environ["DJANGO_SETTINGS_MODULE"]]
    paths = os.pathsep.join([str(house.ROOT / "platform"), str(house.ROOT), os.environ.get("PYTHONPATH", "")])
    worker = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "DATABASE_URL": url, "PYTHONPATH": paths})
    assert worker.stdout is not None and worker.stdout.readline() == "C1\n"
    worker.send_signal(signal.SIGKILL)
    worker.wait(10)
    worker.stdout.close()
    taken = Delivery.objects.get()
    assert (taken.state, taken.tries) == ("waiting", 1)
    assert timedelta(seconds=40) < taken.next_try - clock.now() <= outbox.LEASE
    assert outbox.sweep() == 0
    due_now()
    assert outbox.sweep() == 1
    assert (Delivery.objects.get().state, Delivery.objects.get().tries) == ("done", 2)


def test_a_delivery_that_kills_every_worker_dies_in_the_end() -> None:
    publish()
    Delivery.objects.filter(subscriber="core.test_moves").update(tries=12)
    outbox.sweep()
    dead = Delivery.objects.get(subscriber="core.test_moves")
    assert (dead.state, dead.last_error) == ("dead", "core.worker_lost")
    assert [name for name, _, _ in ears.heard] == ["counts"]


def test_a_worker_that_lost_its_lease_changes_nothing() -> None:
    publish()
    slow = outbox.claim(subscriber="core.test_moves")
    due_now()
    quick = outbox.claim(subscriber="core.test_moves")
    assert slow is not None and quick is not None
    outbox.failed(slow, ValueError())
    assert (quick.tries, Delivery.objects.get(pk=quick.pk).last_error) == (2, "")
    outbox.attempt(quick)
    outbox.failed(slow, ValueError())
    assert Delivery.objects.get(pk=quick.pk).state == "done"


# Loading


def test_subscribers_of_rooms_that_are_not_installed_are_left_out_and_mistakes_are_heard(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "_loaded", set())
    settings.SUBSCRIBERS = ["not_a_room.subscribers", "core.no_such_module"]
    outbox.load()
    (tmp_path / "broken_subscribers.py").write_text("import nothing_of_that_name")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("core.outbox.apps.is_installed", lambda _: True)
    settings.SUBSCRIBERS = ["broken_subscribers"]
    for _ in range(2):
        with pytest.raises(ImportError, match="nothing_of_that_name"):
            outbox.load()


def test_every_room_that_is_named_has_its_subscribers() -> None:
    import importlib.util

    from django.apps import apps

    named = [module for module in house.SUBSCRIBERS if apps.is_installed(module.partition(".")[0])]
    assert [module for module in named if importlib.util.find_spec(module) is None] == []
