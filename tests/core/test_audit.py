"""The audit: written with the action, standing, chained, and telling of every change."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from core import audit, masking
from core.audit import FactNotPlain
from core.errors import RecordedOutsideTransaction
from core.models import ChainHead, Entry

pytestmark = pytest.mark.django_db(transaction=True)


def write(count: int = 1) -> list[Entry]:
    with transaction.atomic():
        return [audit.record("chen", "flows.published", f"V{number}", version=number, reason="改版") for number in range(count)]


def tamper(statement: str, *values: Any) -> None:
    """Change the book as someone who owns the database could."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE core_entry DISABLE TRIGGER core_entry_stands")
        cursor.execute(statement, values)
        cursor.execute("ALTER TABLE core_entry ENABLE TRIGGER core_entry_stands")


def test_an_entry_belongs_to_the_actions_transaction() -> None:
    with pytest.raises(RecordedOutsideTransaction):
        audit.record("chen", "flows.published", "V1")
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        audit.record("chen", "flows.published", "V1")
        raise ZeroDivisionError
    assert not Entry.objects.exists()


def test_an_entry_says_who_did_what_to_what_and_carries_its_own_mac() -> None:
    (entry,) = write()
    read = audit.entries("V0").get()
    assert (read.actor, read.action, read.facts) == ("chen", "flows.published", {"version": 0, "reason": "改版"})
    assert (read.mac, len(read.mac), read.sequence, read.chain) == (audit.mac_of(entry), 64, None, "")
    assert audit.mac_of(read) == read.mac


def test_facts_may_bear_any_name_and_only_plain_values() -> None:
    with transaction.atomic():
        entry = audit.record("chen", "x.y", "S", actor="a", action="b", subject="c", nothing=None, yes=True)
    assert Entry.objects.get(pk=entry.pk).facts == {"actor": "a", "action": "b", "subject": "c", "nothing": None, "yes": True}
    for wrong in (1.5, {"a": 1}, ["x"], object()):
        with pytest.raises(FactNotPlain), transaction.atomic():
            audit.record("chen", "x.y", "S", wrong=wrong)  # type: ignore[arg-type]


def test_facts_never_hold_a_phone_or_an_identity_number() -> None:
    with transaction.atomic():
        audit.record("chen", "x.y", "13800138000", reason="证件 990000199001011234 电话13800138000")
    entry = audit.entries("13800138000").get()
    assert entry.subject == "138****8000"
    assert entry.facts["reason"] == masking.scrub("证件 990000199001011234 电话13800138000") == f"证件 9{'*' * 16}4 电话138****8000"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE core_entry SET actor = 'other'",
        "UPDATE core_entry SET facts = '{}'",
        "DELETE FROM core_entry",
        "UPDATE core_entry SET mac = ''",
    ],
)
@pytest.mark.parametrize("sealed", [False, True])
def test_the_database_refuses_to_change_or_delete_an_entry(change: str, sealed: bool) -> None:
    write()
    if sealed:
        audit.seal_chain()
    with pytest.raises(DatabaseError, match="audit entries stand"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)
    assert audit.verify_chain() == []


def test_an_entry_is_linked_once() -> None:
    write()
    audit.seal_chain()
    for change in ("sequence = 7", "chain = 'x'", "sequence = NULL, chain = ''"):
        with pytest.raises(DatabaseError, match="audit entries stand"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE core_entry SET {change}")


def test_the_sealer_links_what_is_committed_in_batches() -> None:
    write(5)
    assert (audit.seal_chain(limit=3), audit.seal_chain(), audit.seal_chain()) == (3, 2, 0)
    assert list(Entry.objects.order_by("sequence").values_list("sequence", flat=True)) == [1, 2, 3, 4, 5]
    assert ChainHead.objects.get().sequence == 5
    assert audit.verify_chain() == []


def test_an_entry_committed_late_comes_later_in_the_chain() -> None:
    begun, may_commit = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            audit.record("slow", "x.y", "S")
            begun.set()
            may_commit.wait(10)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    begun.wait(10)
    write(2)
    assert audit.seal_chain() == 2
    may_commit.set()
    thread.join()
    assert audit.seal_chain() == 1
    assert Entry.objects.get(actor="slow").sequence == 3
    assert audit.verify_chain() == []


def test_two_sealers_make_one_chain() -> None:
    write(60)
    linked: list[int] = []

    def seal() -> None:
        linked.extend(audit.seal_chain(limit=7) for _ in range(20))
        connection.close()

    threads = [threading.Thread(target=seal) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while audit.seal_chain(limit=7):
        pass
    assert audit.verify_chain() == []
    assert Entry.objects.filter(sequence__isnull=False).count() == ChainHead.objects.get().sequence == 60


def test_a_second_sealer_does_not_wait() -> None:
    write(1)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            audit.take_head()
            held.set()
            done.wait(10)
        connection.close()

    audit.seal_chain()
    write(1)
    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    assert audit.seal_chain() == 0
    done.set()
    thread.join()
    assert audit.seal_chain() == 1


@pytest.mark.parametrize(
    ("statement", "wrong"),
    [
        ("UPDATE core_entry SET actor = 'other' WHERE sequence = 2", [2]),
        ("UPDATE core_entry SET at = at + interval '1 second' WHERE sequence = 2", [2]),
        ("UPDATE core_entry SET facts = '{\"version\": 9}' WHERE sequence = 4", [4]),
        ("DELETE FROM core_entry WHERE sequence = 2", [2, 3]),
        ("DELETE FROM core_entry WHERE sequence = 4", [4]),
        ("DELETE FROM core_entry WHERE sequence >= 3", [3, 4]),
        ("UPDATE core_entry SET sequence = 9 WHERE sequence = 3", [3, 4, 5, 6, 7, 8, 9]),
        ("UPDATE core_entry SET mac = (SELECT mac FROM core_entry WHERE sequence = 1) WHERE sequence = 2", [2]),
        ("DELETE FROM core_entry", [1, 2, 3, 4]),
    ],
)
def test_whatever_was_done_to_the_book_is_found(statement: str, wrong: list[int]) -> None:
    write(4)
    audit.seal_chain()
    tamper(statement)
    assert audit.verify_chain() == wrong


def test_an_entry_changed_before_it_was_linked_is_found_before_and_after() -> None:
    write(2)
    audit.seal_chain()
    write(1)
    tamper("UPDATE core_entry SET actor = 'other' WHERE sequence IS NULL")
    assert audit.verify_chain() == [3]
    audit.seal_chain()
    assert audit.verify_chain() == [3]


def test_without_the_key_nobody_writes_a_chain_that_fits(settings: Any) -> None:
    key = settings.AUDIT_KEY
    settings.AUDIT_KEY = "guess" * 8
    write(2)
    audit.seal_chain()
    assert audit.verify_chain() == []
    settings.AUDIT_KEY = key
    assert audit.verify_chain() == [1, 2]


def test_the_command_says_so_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    write(2)
    audit.seal_chain()
    call_command("verify_audit")
    assert "没有被改过" in capsys.readouterr().out
    tamper("UPDATE core_entry SET actor = 'other' WHERE sequence = 2")
    with pytest.raises(CommandError, match="第 2 条"):
        call_command("verify_audit")


def test_who_is_acting_is_known_inside_only() -> None:
    assert audit.actor() == "house"
    with audit.acting("chen"):
        assert audit.actor() == "chen"
    assert audit.actor() == "house"
