"""Orders as other rooms and the staff read them, and whether the books agree with themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet, Sum

from payments.errors import OrderNotFound
from payments.models import Attempt, Moment, Order, Posting, Refund


def order(number: str) -> Order:
    """Raises OrderNotFound."""
    found = Order.objects.filter(number=number).first()
    if found is None:
        raise OrderNotFound(order=number[:32])
    return found


def order_of(key: str) -> Order | None:
    """The order opened under `key`."""
    return Order.objects.filter(key=key).first()


def attempt(out_trade_no: str) -> Attempt:
    found: Attempt = Attempt.objects.select_related("order", "tender").get(out_trade_no=out_trade_no)
    return found


def alive(row: Order) -> list[Attempt]:
    """Attempts that may still bring money."""
    return list(Attempt.objects.filter(order=row, state__in=Attempt.ALIVE).select_related("order", "tender").order_by("pk"))


def refund(number: str) -> Refund:
    """Raises OrderNotFound."""
    found = Refund.objects.select_related("order", "attempt").filter(number=number).first()
    if found is None:
        raise OrderNotFound(refund=number[:32])
    return found


def timeline(number: str) -> Sequence[Moment]:
    """What happened to the order, in order: `at` and `text`."""
    return list(Moment.objects.filter(order__number=number))


@dataclass(frozen=True)
class Books:
    """One order as our ledger has it. Money in fen."""

    number: str
    state: str
    amount: int
    paid: int
    refunded: int
    booked: bool
    receipt: str
    out_trade_no: str
    channel_no: str
    balanced: bool


def books(number: str) -> Books:
    """Raises OrderNotFound."""
    row = order(number)
    tried = row.attempts.order_by("surplus", "-received", "-pk").first()
    lines = Posting.objects.filter(transaction__order=number, account__startswith="channel:")
    return Books(
        number=row.number,
        state=str(row.state),
        amount=row.amount,
        paid=fen(lines.filter(transaction__kind="payment")),
        refunded=-fen(lines.filter(transaction__kind="refund")),
        booked=row.state == Order.State.BOOKED,
        receipt=row.receipt,
        out_trade_no=tried.out_trade_no if tried else "",
        channel_no=tried.channel_no if tried else "",
        balanced=balanced(number),
    )


def fen(rows: QuerySet[Posting]) -> int:
    return int(rows.aggregate(sum=Sum("amount"))["sum"] or 0)


def balanced(number: str = "") -> bool:
    """Do the books agree? Every transaction sums to zero, and for each order the channel's lines are what came in less what went back.

    With a number, for that order alone.
    """
    posted, came, went = Posting.objects.all(), Attempt.objects.filter(received__gt=0), Refund.objects.filter(state=Refund.State.SUCCEEDED)
    if number:
        posted, came, went = posted.filter(transaction__order=number), came.filter(order__number=number), went.filter(order__number=number)
    if posted.values("transaction").annotate(sum=Sum("amount"), lines=Count("pk")).filter(~Q(sum=0) | Q(lines__lt=2)).exists():
        return False
    channel = posted.filter(account__startswith="channel:").values_list("transaction__order").annotate(sum=Sum("amount"))
    expected: dict[str, int] = dict(came.values_list("order__number").annotate(sum=Sum("received")))
    for name, back in went.values_list("order__number").annotate(sum=Sum("amount")):
        expected[name] = expected.get(name, 0) - back
    return dict(channel) == expected


def returnable(number: str) -> int:
    """Fen of this order that are with us and not on their way back."""
    row = order(number)
    came = row.attempts.filter(state=Attempt.State.PAID, surplus=False).aggregate(sum=Sum("received"))["sum"] or 0
    claimed = row.refunds.filter(attempt__surplus=False).aggregate(sum=Sum("amount"))["sum"] or 0
    return int(came - claimed)


def orders_of(patients: Sequence[str], *, limit: int = 50) -> list[Order]:
    """The orders of these patients (our numbers), newest first."""
    return list(Order.objects.filter(patient__in=patients).order_by("-created_at", "-pk")[:limit])


def order_for(number: str, patients: Sequence[str]) -> Order:
    """The order, when it is one of these patients'. Raises OrderNotFound, a stranger's included."""
    found = Order.objects.filter(number=number, patient__in=patients).first()
    if found is None:
        raise OrderNotFound(order=number[:32])
    return found


def awaiting(patients: Sequence[str]) -> int:
    """Fen that these patients can pay now."""
    return int(Order.objects.filter(patient__in=patients, state=Order.State.OPEN).aggregate(sum=Sum("amount"))["sum"] or 0)
