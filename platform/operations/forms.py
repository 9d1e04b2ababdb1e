"""What comes in through the address of a list. Anything that does not fit is left out; a list never answers with an error page."""

from __future__ import annotations

from datetime import date

from django.http import QueryDict

from core import clock
from operations.queries import money, runs, security


def today() -> date:
    return clock.today()


def without(values: QueryDict, *names: str) -> str:
    """The address's query without these fields, ready to be continued."""
    rest = values.copy()
    for name in names:
        rest.pop(name, None)
    return str(rest.urlencode())


def day_in(values: QueryDict) -> date | None:
    try:
        return date.fromisoformat(values.get("day", ""))
    except ValueError:
        return None


def word_in(values: QueryDict, name: str, longest: int = 64) -> str:
    return values.get(name, "").replace("\x00", "").strip()[:longest]


def run_filter(values: QueryDict) -> runs.Filter:
    show = values.get("show", "all")
    return runs.Filter(
        q=word_in(values, "q"),
        show=show if show in runs.SHOWS else "all",
        department=word_in(values, "department"),
        step=word_in(values, "step"),
        day=day_in(values),
    )


def order_filter(values: QueryDict) -> money.Filter:
    show = values.get("show", "all")
    return money.Filter(q=word_in(values, "q"), show=show if show in money.SHOWS else "all", day=day_in(values))


def audit_filter(values: QueryDict) -> security.Filter:
    show = values.get("show", "all")
    return security.Filter(q=word_in(values, "q"), show=show if show in security.GROUPS else "all", day=day_in(values))
