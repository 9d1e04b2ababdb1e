"""The books: double entry, append-only. The database itself refuses a change, a removal, and a transaction that does not sum to zero.

Accounts: `channel:<name>` what a channel owes us, `owed` what we owe the hospital's income, `refunds` what went back to patients.
"""

from __future__ import annotations

from datetime import datetime

from core import numbers
from payments.models import Attempt, Posting, Refund, Transaction


def post(kind: str, reference: str, *, order: str, lines: dict[str, int], memo: str, at: datetime) -> Transaction:
    """Write one transaction: first its postings, then the row that closes it. The same reference a second time is an IntegrityError."""
    number = numbers.mint("T")
    Posting.objects.bulk_create(Posting(transaction_id=number, account=account, amount=fen) for account, fen in lines.items())
    return Transaction.objects.create(number=number, order=order, kind=kind, reference=reference, memo=memo, at=at)


def post_payment(attempt: Attempt, *, memo: str, at: datetime) -> None:
    lines = {f"channel:{attempt.channel}": attempt.received, "owed": -attempt.received}
    post("payment", attempt.out_trade_no, order=attempt.order.number, lines=lines, memo=memo, at=at)


def post_refund(refund: Refund, *, at: datetime) -> None:
    lines = {"refunds": refund.amount, f"channel:{refund.attempt.channel}": -refund.amount}
    post("refund", refund.number, order=refund.order.number, lines=lines, memo=refund.reason, at=at)
