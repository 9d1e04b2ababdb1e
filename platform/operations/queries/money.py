"""Orders as a cashier reads them: the list, one order with its timeline, its books and its attempts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from core import audit, clock
from flows.models import Run, Step
from operations.errors import OrderNotFound
from operations.queries import people
from operations.queries.people import Person
from operations.words import ACCOUNTS, ATTEMPT, ORDER, OTHER, PURPOSES, REFUND, Word
from payments import queries as payments
from payments.models import Attempt, Order, PartnerNotice, Posting, Refund

SHOWS = {
    "all": "全部",
    "trouble": "要人处理",
    "unknown": "结果未知",
    "unbooked": "收了钱，没记上",
    "paid": "已收清",
    "open": "等付款",
    "refunded": "已退",
}
STATES = {
    "trouble": ["trouble"],
    "unknown": ["unknown", "closing"],
    "unbooked": ["paid"],
    "paid": ["booked"],
    "open": ["open", "paying"],
    "refunded": ["refunding", "refunded"],
}


@dataclass(frozen=True)
class Filter:
    q: str = ""
    show: str = "all"
    day: date | None = None


@dataclass(frozen=True)
class Row:
    order: Order
    person: Person
    purpose: str
    word: Word


def narrowed(wanted: Filter) -> QuerySet[Order]:
    """A search by number looks at every day; without one, at a single day."""
    orders = Order.objects.all()
    if wanted.q:
        found = Q(number__iexact=wanted.q) | Q(subject=wanted.q) | Q(receipt=wanted.q)
        tried = Attempt.objects.filter(Q(out_trade_no=wanted.q) | Q(channel_no=wanted.q)).values("order")
        return orders.filter(found | Q(pk__in=tried) | Q(patient__in=people.matching(wanted.q)))
    start = timezone.make_aware(datetime.combine(wanted.day or clock.today(), datetime.min.time()))
    return orders.filter(created_at__gte=start, created_at__lt=start + timedelta(days=1))


def shown(orders: QuerySet[Order], show: str) -> QuerySet[Order]:
    if show in STATES:
        orders = orders.filter(state__in=STATES[show])
    return orders.order_by("-created_at", "-pk")


def counts(wanted: Filter) -> list[tuple[str, str, int]]:
    orders = narrowed(wanted)
    return [(key, name, shown(orders, key).count()) for key, name in SHOWS.items()]


def total(orders: QuerySet[Order]) -> int:
    """The sum of these orders, in fen."""
    return int(orders.aggregate(fen=Sum("amount"))["fen"] or 0)


def rows(orders: Sequence[Order]) -> list[Row]:
    persons = people.masked(order.patient for order in orders)
    return [
        Row(order, persons.get(order.patient, people.UNKNOWN), PURPOSES.get(order.purpose, OTHER.text), ORDER.get(order.state, OTHER))
        for order in orders
    ]


@dataclass(frozen=True)
class Try:
    """One attempt at the channel."""

    attempt: Attempt
    word: Word


@dataclass(frozen=True)
class Entry:
    """One line of the books. Debit and credit in fen; one of them is empty."""

    at: datetime
    account: str
    debit: int | None
    credit: int | None
    note: str


@dataclass(frozen=True)
class Sheet:
    """Everything the order page shows."""

    row: Row
    run: Run | None
    timeline: Sequence[object]
    tries: Sequence[Try]
    refunds: Sequence[tuple[Refund, Word]]
    entries: Sequence[Entry]
    notices: int
    balanced: bool
    wrong: Sequence[tuple[datetime, int, int]]
    """What the channel said of another sum than was asked: when, asked, said."""


def order_of(number: str) -> Order:
    """Raises OrderNotFound."""
    order = Order.objects.filter(number=number).first()
    if order is None:
        raise OrderNotFound(order=number)
    return order


def sheet(order: Order) -> Sheet:
    attempts = list(Attempt.objects.filter(order=order).order_by("pk"))
    return Sheet(
        row=rows([order])[0],
        run=run_of(order),
        timeline=payments.timeline(order.number),
        tries=[Try(attempt, ATTEMPT.get(attempt.state, OTHER)) for attempt in attempts],
        refunds=[(refund, REFUND.get(refund.state, OTHER)) for refund in Refund.objects.filter(order=order).order_by("pk")],
        entries=[
            entry(posting)
            for posting in Posting.objects.filter(transaction__order=order.number).select_related("transaction").order_by("pk")
        ],
        notices=notices_of(attempts),
        balanced=payments.balanced(order.number),
        wrong=wrong_sums(order.number),
    )


def wrong_sums(number: str) -> list[tuple[datetime, int, int]]:
    entries = audit.entries(number).filter(action="payments.wrong_amount")
    return [(one.at, int(one.facts["expected"]), int(one.facts["received"])) for one in entries]


def notices_of(attempts: Sequence[Attempt]) -> int:
    """How often the channel spoke of these attempts; a repeated notice is one row that counts."""
    told = PartnerNotice.objects.filter(out_trade_no__in=[attempt.out_trade_no for attempt in attempts])
    return int(told.aggregate(times=Sum("times"))["times"] or 0)


def entry(posting: Posting) -> Entry:
    debit, credit = (posting.amount, None) if posting.amount > 0 else (None, -posting.amount)
    account = ACCOUNTS.get(posting.account.partition(":")[0], OTHER.text)
    return Entry(posting.transaction.at, account, debit, credit, posting.transaction.memo)


def run_of(order: Order) -> Run | None:
    """The visit that opened the order: its key begins with the run's number."""
    return Run.objects.filter(number=order.key.partition(":")[0]).first()


__all__ = ["Filter", "Row", "Sheet", "Step", "counts", "narrowed", "order_of", "rows", "sheet", "shown", "total"]
