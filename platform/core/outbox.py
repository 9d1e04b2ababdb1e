"""News for the rooms above, committed with what made it true and delivered at least once.

An action calls `publish` in its own transaction: one row for the event, one `Delivery` for each subscriber. A Celery task is only a
nudge on commit; whatever it misses, `sweep` finds. A subscriber runs outside any transaction, may be called twice and must not mind.
It is claimed under a lease, so two workers never run one delivery at once, and a worker that dies gives it back.
"""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import logging
import time
import traceback
import types
import typing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread
from typing import Any, TypeVar

from celery import current_app
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet
from kombu.exceptions import OperationalError as BrokerError

from core import audit, clock
from core.errors import Conflict, Problem, PublishedOutsideTransaction, code_of
from core.models import Delivery, Published

log = logging.getLogger("core.outbox")

MOST_TRIES = 12
LEASE = timedelta(seconds=60)
LONGEST_WAIT = timedelta(hours=1)
SWEEP_SECONDS = 20
"""A sweep ends after this long: the next one goes on, and other tasks get their turn."""
BROKER_REST = 5
"""For so many seconds after a broken nudge nobody is nudged: a dead broker must not slow every request."""

News = TypeVar("News")
Reaction = Callable[[Any], object]

EVENTS: dict[str, type] = {}
SUBSCRIBERS: dict[str, tuple[type, Reaction]] = {}


class EventNameTaken(Problem):
    title = "两个消息用了同一个名字"


class EventNotPlain(Problem):
    """An event is a frozen dataclass of str, int, bool and None."""

    title = "消息的内容必须是文字、整数、是否或空"


class SubscriberNameTaken(Problem):
    title = "两个订阅用了同一个名字"


class SubscriberGone(Problem):
    """A delivery names a subscriber or an event this version does not know."""

    title = "没有人接收这条消息"


class WorkerLost(Problem):
    """The last attempt never ended: its worker died."""

    title = "处理消息的进程中途停了"


class DeliveryUnknown(Conflict):
    title = "没有这条投递"


# Registries


def event(kind: type[News]) -> type[News]:
    """Register a frozen dataclass of plain values under its class name."""
    taken = EVENTS.get(kind.__name__)
    if taken and (taken.__module__, taken.__qualname__) != (kind.__module__, kind.__qualname__):
        raise EventNameTaken(name=kind.__name__, first=taken.__module__, second=kind.__module__)
    frozen = getattr(getattr(kind, "__dataclass_params__", None), "frozen", False)
    wrong = [name for name, hint in typing.get_type_hints(kind).items() if not plain(hint)] if frozen else ["frozen dataclass"]
    if wrong:
        raise EventNotPlain(event=kind.__name__, field=wrong[0])
    EVENTS[kind.__name__] = kind
    return kind


def plain(hint: Any) -> bool:
    hint = getattr(hint, "__supertype__", hint)
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        return all(plain(part) for part in typing.get_args(hint))
    return hint in (str, int, bool, type(None))


def subscriber(kind: type[News], *, name: str) -> Callable[[Callable[[News], object]], Callable[[News], object]]:
    """`@outbox.subscriber(OrderPaid, name="care.book_payment")`: the name stands in the table, so it never changes its meaning."""

    def register(react: Callable[[News], object]) -> Callable[[News], object]:
        taken = SUBSCRIBERS.get(name)
        if taken and (taken[1].__module__, taken[1].__qualname__) != (react.__module__, react.__qualname__):
            raise SubscriberNameTaken(name=name)
        SUBSCRIBERS[name] = (kind, react)
        return react

    return register


_loaded: set[str] = set()


def load() -> None:
    """Import the subscribers of every installed room, once. What is wrong inside one is heard."""
    for module in settings.SUBSCRIBERS:
        if module in _loaded:
            continue
        if apps.is_installed(module.partition(".")[0]) and importlib.util.find_spec(module):
            importlib.import_module(module)
        _loaded.add(module)


def subscribers_of(kind: type) -> list[str]:
    load()
    return sorted(name for name, (wanted, _) in SUBSCRIBERS.items() if wanted is kind)


# Publishing


def publish(news: object) -> int:
    """Commit `news` with the transaction that is open; returns its row. Raises PublishedOutsideTransaction, EventNotPlain."""
    if not connection.in_atomic_block:
        raise PublishedOutsideTransaction(event=type(news).__name__)
    row = Published.objects.create(name=type(news).__name__, payload=payload_of(news))
    names = subscribers_of(type(news))
    if names:
        Delivery.objects.bulk_create([Delivery(event=row, subscriber=name, next_try=row.created) for name in names])
        transaction.on_commit(lambda: nudge(row.pk))
    return row.pk


def payload_of(news: object) -> dict[str, Any]:
    if EVENTS.get(type(news).__name__) is not type(news):
        raise EventNotPlain(event=type(news).__name__, field="@outbox.event")
    payload = {field.name: getattr(news, field.name) for field in dataclasses.fields(news)}  # type: ignore[arg-type]  # registered as a dataclass
    if wrong := next((name for name, value in payload.items() if not isinstance(value, (str, int, type(None)))), None):
        raise EventNotPlain(event=type(news).__name__, field=wrong)
    return payload


_broker_rests_until = 0.0


def nudge(row: int) -> None:
    """Tell a worker. A broker that does not answer costs a line in the log, nothing else."""
    global _broker_rests_until
    if time.monotonic() < _broker_rests_until:
        return
    try:
        current_app.send_task("core.tasks.deliver", args=[row], retry=False, ignore_result=True)
    except (BrokerError, OSError) as problem:
        _broker_rests_until = time.monotonic() + BROKER_REST
        log.warning("no nudge for %s: %s; the sweep will find it", row, code_of(type(problem)))


# Delivering


def deliver(row: int) -> int:
    """Make the due deliveries of one event now; returns how many were tried."""
    return made(limit=len(SUBSCRIBERS) or 1, event=row)


def sweep(limit: int = 100) -> int:
    """Make up to `limit` due deliveries; returns how many were tried. 0 means that nothing is due."""
    Delivery.objects.filter(state="waiting", next_try__lte=clock.now(), tries__gte=MOST_TRIES).update(
        state=Delivery.State.DEAD, last_error=code_of(WorkerLost)
    )
    return made(limit=limit)


def made(*, limit: int, **only: Any) -> int:
    load()
    count, until = 0, time.monotonic() + SWEEP_SECONDS
    while count < limit and time.monotonic() < until and (taken := claim(**only)):
        attempt(taken)
        count += 1
    return count


@transaction.atomic
def claim(**only: Any) -> Delivery | None:
    """Lease the delivery that has been due longest. On SQLite the transaction is the lock."""
    now = clock.now()
    due: QuerySet[Delivery] = Delivery.objects.filter(state="waiting", next_try__lte=now, tries__lt=MOST_TRIES, **only)
    taken = due.select_for_update(skip_locked=True, of=("self",)).order_by("next_try", "pk").first()
    if taken is not None:
        taken.tries += 1
        taken.next_try = now + LEASE
        taken.save(update_fields=["tries", "next_try"])
    return taken


def attempt(taken: Delivery) -> None:
    """Call the subscriber once and write down how it went. Whatever it raises is its own affair: it is tried again later."""
    try:
        with lease_renewed(taken):
            react(taken)
    except Exception as problem:  # noqa: BLE001 -- a subscriber may raise anything; it must not stop the others
        failed(taken, problem)
    else:
        close(taken, state=Delivery.State.DONE, done_at=clock.now(), last_error="")


def react(taken: Delivery) -> None:
    kind, reaction = SUBSCRIBERS.get(taken.subscriber, (None, None))
    row = taken.event
    if kind is None or reaction is None or EVENTS.get(row.name) is not kind:
        raise SubscriberGone(subscriber=taken.subscriber, event=row.name)
    known = {field.name for field in dataclasses.fields(kind)}
    reaction(kind(**{name: value for name, value in row.payload.items() if name in known}))


def failed(taken: Delivery, problem: Exception) -> None:
    """Messages of errors may hold what patients told us: only the error's code and the places it came through are kept."""
    code = problem.code if isinstance(problem, Problem) else code_of(type(problem))
    way = "".join(traceback.format_tb(problem.__traceback__)[-4:])
    log.warning("delivery %s to %s failed, try %s: %s\n%s", taken.pk, taken.subscriber, taken.tries, code, way)
    state = Delivery.State.DEAD if taken.tries >= MOST_TRIES else Delivery.State.WAITING
    close(taken, state=state, next_try=clock.now() + wait_after(taken.tries), last_error=code[:120])


def wait_after(tries: int) -> timedelta:
    """5 s, 10 s, 20 s … at most an hour."""
    return min(timedelta(seconds=5) * 2 ** (tries - 1), LONGEST_WAIT)


def close(taken: Delivery, **facts: Any) -> None:
    """Only the attempt that holds the lease may say how it ended: one that lost it is told nothing and changes nothing."""
    Delivery.objects.filter(pk=taken.pk, state="waiting", tries=taken.tries).update(**facts)


@contextmanager
def lease_renewed(taken: Delivery) -> Iterator[None]:
    """Keep the lease while a slow subscriber runs; a process that dies renews nothing."""
    over = Event()

    def renew() -> None:
        while not over.wait(LEASE.total_seconds() / 3):
            try:
                close(taken, next_try=clock.now() + LEASE)
            except DatabaseError as problem:
                log.warning("lease of delivery %s not renewed: %s", taken.pk, code_of(type(problem)))
            finally:
                connection.close()

    keeper = Thread(target=renew, name=f"lease-{taken.pk}", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()


# By hand


@transaction.atomic
def retry(delivery: int) -> None:
    """Send a dead letter again, with all its tries, and record who asked (`audit.acting`). One that is not dead stays as it is."""
    letter = Delivery.objects.select_for_update().filter(pk=delivery).first()
    if letter is None:
        raise DeliveryUnknown(delivery=delivery)
    if letter.state != Delivery.State.DEAD:
        return
    letter.state, letter.tries, letter.next_try = Delivery.State.WAITING, 0, clock.now()
    letter.save(update_fields=["state", "tries", "next_try"])
    audit.record(audit.actor(), "core.delivery_retried", str(letter.pk), subscriber=letter.subscriber)
    transaction.on_commit(lambda: nudge(letter.event_id))
