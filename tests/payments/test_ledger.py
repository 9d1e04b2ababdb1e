"""The books stand, on PostgreSQL and on SQLite: nothing is changed, nothing removed, and what does not sum to zero is not taken."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from core import clock
from payments import queries
from payments.actions import ledger
from payments.models import Posting, Transaction

ROOT = Path(__file__).resolve().parent.parent.parent
GOOD = {"channel:wechat": 12_850, "owed": -12_850}


def post(lines: dict[str, int], reference: str = "P1") -> Transaction:
    with transaction.atomic():
        return ledger.post("payment", reference, order="O1", lines=lines, memo="收到付款", at=clock.now())


def refused(deed: Any) -> None:
    """The database itself says no, and nothing is different afterwards."""
    before = (list(Posting.objects.order_by("pk").values()), list(Transaction.objects.order_by("pk").values()))
    with pytest.raises(DatabaseError), transaction.atomic():
        deed()
    assert before == (list(Posting.objects.order_by("pk").values()), list(Transaction.objects.order_by("pk").values()))


@pytest.mark.django_db
def test_the_books_stand() -> None:
    entry = post(GOOD)
    line = entry.postings.first()
    refused(lambda: Posting.objects.filter(pk=line.pk).update(amount=1))
    refused(lambda: Posting.objects.filter(pk=line.pk).update(account="owed"))
    refused(lambda: Posting.objects.filter(pk=line.pk).delete())
    refused(lambda: Transaction.objects.filter(pk=entry.pk).update(memo="别的"))
    refused(lambda: Transaction.objects.filter(pk=entry.pk)._raw_delete("default"))


@pytest.mark.django_db
@pytest.mark.parametrize("lines", [{"owed": -1}, {"channel:wechat": 2, "owed": -1}, {}, {"channel:wechat": 1, "owed": 1}])
def test_lines_sum_to_zero_or_nothing_is_written(lines: dict[str, int]) -> None:
    refused(lambda: post(lines))


@pytest.mark.django_db
def test_no_line_is_added_to_a_closed_transaction() -> None:
    entry = post(GOOD)
    refused(lambda: Posting.objects.create(transaction=entry, account="owed", amount=1))
    refused(lambda: Posting.objects.bulk_create([Posting(transaction=entry, account=name, amount=fen) for name, fen in GOOD.items()]))


@pytest.mark.django_db
def test_lines_without_a_transaction_are_refused_at_the_commit() -> None:
    def write() -> None:
        Posting.objects.bulk_create([Posting(transaction_id="T0", account=name, amount=fen) for name, fen in GOOD.items()])
        connection.check_constraints()

    refused(write)


@pytest.mark.django_db
def test_the_same_reference_is_booked_once() -> None:
    post(GOOD)
    with pytest.raises(IntegrityError), transaction.atomic():
        post(GOOD)
    assert Posting.objects.count() == 2


@pytest.mark.django_db
def test_books_that_no_order_explains_are_not_balanced() -> None:
    assert queries.balanced()
    post(GOOD)
    assert not queries.balanced()


@pytest.mark.skipif(os.environ.get("DATABASE_URL", "").startswith("sqlite"), reason="this is the run on SQLite")
def test_the_same_on_sqlite(tmp_path: Path) -> None:
    """The tests above once more, in their own process, on a file of SQLite."""
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path}/books.sqlite3"}
    command = [sys.executable, "-m", "pytest", str(Path(__file__)), "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
    assert "9 passed, 1 skipped" in done.stdout
