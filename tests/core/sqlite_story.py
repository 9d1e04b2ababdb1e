"""What core promises, on the demo's database: SQLite in WAL, transactions IMMEDIATE. Run by test_sqlite.py as a process of its own."""

import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass

import django

os.environ["DJANGO_SETTINGS_MODULE"] = sys.argv[1]
django.setup()

from django.db import DatabaseError, connection, transaction  # noqa: E402
from django.db.migrations.executor import MigrationExecutor  # noqa: E402

from core import audit, clock, outbox  # noqa: E402 -- the apps must be loaded first
from core.models import Delivery, Entry  # noqa: E402

assert connection.vendor == "sqlite"
MigrationExecutor(connection).migrate([("core", "0002_entries_stand")])


@outbox.event
@dataclass(frozen=True)
class ChairMoved:
    chair: str


heard: list[str] = []


@outbox.subscriber(ChairMoved, name="core.test_moves")
def moves(news: ChairMoved) -> None:
    heard.append(news.chair)
    if news.chair == "broken" and heard.count("broken") == 1:
        raise ValueError


def together(*works: Callable[[], object]) -> None:
    def closing(work: Callable[[], object]) -> None:
        work()
        connection.close()

    threads = [threading.Thread(target=closing, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# Four workers, each delivery once; a failure is tried again
for number in range(12):
    with transaction.atomic():
        outbox.publish(ChairMoved(f"C{number}"))
        audit.record("chen", "chairs.moved", f"C{number}", steps=number, note="移动")
with transaction.atomic():
    outbox.publish(ChairMoved("broken"))
together(*[lambda: outbox.sweep(limit=50)] * 4)
assert sorted(heard) == sorted([*(f"C{number}" for number in range(12)), "broken"]), heard
Delivery.objects.filter(state="waiting").update(next_try=clock.now())
assert outbox.sweep() == 1
assert not Delivery.objects.exclude(state="done").exists()

# Three sealers, one chain
together(*[lambda: [audit.seal_chain(limit=5) for _ in range(6)]] * 3)
assert audit.verify_chain() == []
assert list(Entry.objects.order_by("sequence").values_list("sequence", flat=True)) == list(range(1, 13))

# Entries stand, sealed or not
with transaction.atomic():
    audit.record("chen", "chairs.moved", "late")
for change in (
    "UPDATE core_entry SET actor = 'x' WHERE sequence = 3",
    "UPDATE core_entry SET sequence = 99 WHERE sequence = 3",
    "UPDATE core_entry SET facts = '{}' WHERE sequence IS NULL",
    "UPDATE core_entry SET mac = '', sequence = 13, chain = 'x' WHERE sequence IS NULL",
    "DELETE FROM core_entry WHERE sequence = 3",
    "DELETE FROM core_entry WHERE sequence IS NULL",
):
    try:
        with connection.cursor() as cursor:
            cursor.execute(change)
    except DatabaseError as problem:
        assert "audit entries stand" in str(problem), problem
    else:
        raise SystemExit(f"was not refused: {change}")
assert audit.seal_chain() == 1

# Whoever takes the triggers away is found out
with connection.cursor() as cursor:
    cursor.execute("DROP TRIGGER core_entry_stands")
    cursor.execute("UPDATE core_entry SET actor = 'x' WHERE sequence = 3")
assert audit.verify_chain() == [3]
sys.stdout.write("the story holds\n")
