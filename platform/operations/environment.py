"""Which environment a page belongs to: said in words on every page, also when the sidebar is narrow, also in print."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True)
class Mark:
    """`short` is what fits into the narrow sidebar; `tone` colours the dot."""

    text: str
    short: str
    tone: str


def mark() -> Mark:
    if settings.PRODUCTION:
        return Mark("正式环境", "正式", "good")
    return Mark("沙箱 · 不收真钱", "沙箱", "watch")
