"""Who did what to what: an entry in the action's own transaction, linked into a hash chain by one sealer afterwards.

Each entry carries a MAC of its own from the start. The sealer numbers committed entries within seconds and chains their MACs,
so no action ever waits for the chain. The database refuses to change or delete an entry (migration 0002).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from core import clock, encryption, masking
from core.errors import Fact, Problem, RecordedOutsideTransaction
from core.models import ChainHead, Entry

A_BATCH = 1000
acting_now: ContextVar[str] = ContextVar("acting_now", default="house")


class FactNotPlain(Problem):
    """A fact of an entry is text, a whole number, a truth value or None."""

    title = "程序写审计时给了不能记录的内容"


def record(actor: str, action: str, subject: str, /, **facts: Fact) -> Entry:
    """Write one entry. `action` is `room.what_happened`; facts are references and counts. What looks like a phone or ID number is masked.

    Raises RecordedOutsideTransaction, FactNotPlain.
    """
    if not connection.in_atomic_block:
        raise RecordedOutsideTransaction(action=action)
    entry = Entry(at=clock.now(), actor=actor, action=action, subject=masking.scrub(subject), facts=checked(facts))
    entry.mac = mac_of(entry)
    entry.save(force_insert=True)
    return entry


def checked(facts: dict[str, Fact]) -> dict[str, Fact]:
    for name, value in facts.items():
        if not isinstance(value, (str, int, type(None))):
            raise FactNotPlain(name=name, type=type(value).__name__)
    return {name: masking.scrub(value) if isinstance(value, str) else value for name, value in facts.items()}


@contextmanager
def acting(by: str) -> Iterator[None]:
    """Whatever core itself records inside is in this person's name."""
    before = acting_now.set(by)
    try:
        yield
    finally:
        acting_now.reset(before)


def actor() -> str:
    return acting_now.get()


def entries(subject: str) -> QuerySet[Entry]:
    """What was done to `subject`, in order."""
    return Entry.objects.filter(subject=masking.scrub(subject)).order_by("pk")


# The chain


def mac_of(entry: Entry) -> str:
    said = [entry.at.astimezone(UTC).isoformat(timespec="microseconds"), entry.actor, entry.action, entry.subject, entry.facts]
    return encryption.mac(settings.AUDIT_KEY, json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode())


def link(before: str, sequence: int, mac: str) -> str:
    return encryption.mac(settings.AUDIT_KEY, f"{before}|{sequence}|{mac}".encode())


@transaction.atomic
def seal_chain(limit: int = A_BATCH) -> int:
    """Link up to `limit` committed entries; returns how many. A second sealer at the same time links none.

    Numbers follow the order of sealing: an entry that was begun early and committed late comes later in the chain.
    """
    head = take_head()
    if head is None:
        return 0
    fresh = list(Entry.objects.filter(sequence=None).order_by("pk")[:limit])
    for entry in fresh:
        head.sequence += 1
        head.chain = link(head.chain, head.sequence, entry.mac)
        Entry.objects.filter(pk=entry.pk, sequence=None).update(sequence=head.sequence, chain=head.chain)
    if fresh:
        head.save()
    return len(fresh)


def take_head() -> ChainHead | None:
    """The chain's end, locked until this transaction ends; None while another sealer holds it. On SQLite the transaction is the lock."""
    ChainHead.objects.bulk_create([ChainHead(pk=1)], ignore_conflicts=True)
    return ChainHead.objects.select_for_update(skip_locked=True).filter(pk=1).first()


def verify_chain() -> list[int]:
    """Walk the whole chain; returns the numbers that do not fit: changed, missing, cut off at the end. Empty means whole.

    Entries not sealed yet are checked by their own MAC and count on from the end of the chain.
    """
    head = ChainHead.objects.filter(pk=1).first()
    wrong: list[int] = []
    before, expected = "", 1
    for entry in Entry.objects.exclude(sequence=None).order_by("sequence").iterator(chunk_size=A_BATCH):
        missing = range(expected, entry.sequence or expected)
        wrong += missing
        expected += len(missing)
        if entry.mac != mac_of(entry) or entry.chain != link(before, expected, entry.mac):
            wrong.append(expected)
        before, expected = entry.chain, expected + 1
    cut_off = range(expected, (head.sequence if head else 0) + 1)
    unsealed = enumerate(Entry.objects.filter(sequence=None).order_by("pk"), expected + len(cut_off))
    return [*wrong, *cut_off, *(number for number, entry in unsealed if entry.mac != mac_of(entry))]
