"""What the desk's templates say the same way everywhere: money, moments, waiting, states."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from viewflow.workflow.models import Process, Task

from core import clock
from core.money import Fen
from core.money import yuan as in_yuan
from flows.models import Publication
from operations import duties
from operations import environment as environments
from operations.frame import Crumb
from operations.queries import changes, inbox, money, runs, visit
from operations.words import Tone, Word

register = template.Library()


@register.simple_tag
def hospital() -> str:
    return str(settings.HOSPITAL_NAME)


@register.simple_tag
def environment() -> environments.Mark:
    return environments.mark()


@register.filter
def yuan(fen: int | None) -> str:
    """Whole fen as yuan with two places; a minus is a real minus."""
    if fen is None:
        return "—"
    return f"¥ {in_yuan(Fen(fen))}".replace("-", "−")


@register.filter
def minus(one: int, other: int) -> int:
    return one - other


@register.filter
def signed(fen: int) -> str:
    return f"+ {yuan(fen)}" if fen > 0 else f"− {yuan(abs(fen))}"


@register.filter
def moment(at: datetime | None) -> SafeString | str:
    """The time today, month and day else; the whole of it on hover."""
    if at is None:
        return "—"
    local = timezone.localtime(at)
    short = f"{local:%H:%M}" if local.date() == clock.today() else f"{local:%m-%d %H:%M}"
    return format_html('<time datetime="{}" title="{}">{}</time>', local.isoformat(), f"{local:%Y-%m-%d %H:%M:%S}", short)


@register.filter
def exact(at: datetime | None) -> SafeString | str:
    """With seconds: for timelines and books."""
    if at is None:
        return "—"
    local = timezone.localtime(at)
    short = f"{local:%H:%M:%S}" if local.date() == clock.today() else f"{local:%m-%d %H:%M:%S}"
    return format_html('<time datetime="{}" title="{}">{}</time>', local.isoformat(), f"{local:%Y-%m-%d %H:%M:%S}", short)


@register.filter
def weekday(day: date) -> str:
    return f"{day.month} 月 {day.day} 日 周{'一二三四五六日'[day.weekday()]}"


@register.filter
def waited(since: datetime | timedelta | None) -> str:
    """How long since then: 不到 1 分， 14 分， 1 时 12 分， 3 天."""
    if since is None:
        return "—"
    span = since if isinstance(since, timedelta) else clock.now() - since
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return "不到 1 分"
    if minutes < 60:
        return f"{minutes} 分"
    if minutes < 48 * 60:
        return f"{minutes // 60} 时 {minutes % 60:02d} 分"
    return f"{minutes // 1440} 天"


@register.simple_tag
def state(word: Word | str, tone: Tone = "plain") -> SafeString:
    """A state: a mark and a word, never colour alone. Unknown wears a dashed ring."""
    text, shade = (word.text, word.tone) if isinstance(word, Word) else (word, tone)
    return format_html('<span class="yc-status yc-status--{}">{}</span>', shade, text)


@register.filter
def split(text: str, mark: str) -> list[str]:
    return text.split(mark)


@register.simple_tag
def today_title() -> str:
    return f"今日 · {weekday(clock.today())}"


@register.simple_tag
def task_crumbs() -> list[Crumb]:
    return [Crumb("我的待办", reverse("operations:inbox"))]


@register.simple_tag
def task_told(task: Task) -> duties.Told:
    return duties.told(task)


@register.simple_tag
def task_history(process: Process) -> list[inbox.Past]:
    return inbox.history(process)


@register.simple_tag(takes_context=True)
def task_ways(context: Mapping[str, Any]) -> list[inbox.Way]:
    """What this person may do with the task whose page this is."""
    request = context["request"]
    return inbox.ways(request.activation.task, request.user)


@register.simple_tag
def task_order(task: Task) -> money.Sheet | None:
    """The order a task is about, when it is about one."""
    number = duties.told(task).order
    return money.sheet(money.order_of(number)) if number else None


@register.simple_tag(takes_context=True)
def task_visit(context: Mapping[str, Any], task: Task) -> dict[str, Any] | None:
    """The visit a task is about, masked; `opens` when this person may look at visits."""
    number = duties.told(task).run
    found = runs.rows([visit.run_of(number)]) if number else []
    return {"row": found[0], "opens": context["request"].user.has_perm("flows.view_run")} if found else None


@register.simple_tag
def task_changes(task: Task) -> changes.Changes | None:
    """What a submitted flow changes, when the task is about one."""
    process = task.process.coerced
    return changes.changes(process) if isinstance(process, Publication) else None
