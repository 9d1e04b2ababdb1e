"""The audit and the dead letters, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from django.utils import timezone

from core import clock
from core.models import Delivery, Entry
from core.money import Fen, yuan
from operations.words import AUDIT, CODES, EVENTS, FACTS, LETTER, OTHER, ROOMS, SOURCES, SUMS, Word, reason_of

GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "all": ("全部", ()),
    "reveal": ("看原文", ("patients.name_revealed",)),
    "money": ("动钱", ("payments.",)),
    "flows": ("流程", ("flows.",)),
    "doors": ("拒收与登录", ("his.refused", "payments.forged", "operations.sign_in")),
    "export": ("导出与查阅", ("operations.",)),
}


@dataclass(frozen=True)
class Filter:
    q: str = ""
    show: str = "all"
    day: date | None = None


@dataclass(frozen=True)
class Told:
    """One fact: its name, its value; `is_code` where the value is a number or a code that has no word."""

    name: str
    value: str
    is_code: bool = False


@dataclass(frozen=True)
class Line:
    """One entry as it reads: who, what, to what, with which facts."""

    entry: Entry
    who: str
    word: Word
    facts: list[Told]
    sealed: bool


def narrowed(wanted: Filter) -> QuerySet[Entry]:
    start = timezone.make_aware(datetime.combine(wanted.day or clock.today(), datetime.min.time()))
    entries = Entry.objects.filter(at__gte=start, at__lt=start + timedelta(days=1))
    prefixes = GROUPS[wanted.show][1]
    if prefixes:
        chosen = Q()
        for prefix in prefixes:
            chosen |= Q(action__startswith=prefix)
        entries = entries.filter(chosen)
    if wanted.q:
        entries = entries.filter(Q(actor__icontains=wanted.q) | Q(subject__icontains=wanted.q))
    return entries.order_by("-pk")


def lines(entries: Sequence[Entry]) -> list[Line]:
    names = full_names({entry.actor for entry in entries})
    return [
        Line(
            entry,
            names.get(entry.actor) or source_of(entry.actor),
            AUDIT.get(entry.action, OTHER),
            facts_of(entry),
            entry.sequence is not None,
        )
        for entry in entries
    ]


def full_names(usernames: set[str]) -> dict[str, str]:
    users = get_user_model().objects.filter(username__in=usernames)
    return {user.get_username(): user.get_full_name() for user in users}


def source_of(actor: str) -> str:
    """A machine or a patient in words: `his:k1` is HIS, `account:7` the patient with this sign-in; a person without a name stays."""
    kind, _, number = actor.partition(":")
    word = SOURCES.get(kind)
    return f"{word} {number}".strip() if word else actor


def facts_of(entry: Entry) -> list[Told]:
    """The entry's facts under names staff know; one without a name is left out."""
    return [told_fact(name, value) for name, value in entry.facts.items() if name in FACTS and value not in ("", None)]


def told_fact(name: str, value: object) -> Told:
    if name in SUMS and isinstance(value, int):
        return Told(FACTS[name], f"¥ {yuan(Fen(value))}")
    if name == "sha256":
        return Told(FACTS[name], str(value)[:8], is_code=True)
    if name == "minute":
        at = timezone.localtime(datetime.fromisoformat(str(value)))
        return Told(FACTS[name], f"{at:%H:%M}")
    text = CODES.get(str(value), str(value))
    return Told(FACTS[name], text, is_code=text.isascii())


@dataclass(frozen=True)
class Letter:
    """A piece of news that did not arrive: what, for whom, how often it was tried, why it failed."""

    delivery: Delivery
    what: str
    whom: str
    word: Word
    why: str


def letters(*, dead: bool) -> QuerySet[Delivery]:
    """Dead ones, or those still being tried again."""
    rows = Delivery.objects.select_related("event")
    rows = rows.filter(state="dead") if dead else rows.filter(state="waiting", tries__gt=0)
    return rows.order_by("pk")


def told(delivery: Delivery) -> Letter:
    room = delivery.subscriber.partition(".")[0]
    return Letter(
        delivery=delivery,
        what=EVENTS.get(delivery.event.name, OTHER.text),
        whom=ROOMS.get(room, OTHER.text),
        word=LETTER.get(delivery.state, OTHER),
        why=reason_of(delivery.last_error),
    )
