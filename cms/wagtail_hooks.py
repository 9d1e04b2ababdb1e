"""Where the content room meets the back office: the published guide pages are offered to the settings of flows."""

from __future__ import annotations

from cms.models import GuidePage
from flows.editor import sources


def guide_pages() -> sources.Choices:
    return [("", "请选一页"), *GuidePage.objects.live().order_by("title").values_list("slug", "title")]


sources.offer(sources.GUIDE_PAGES, guide_pages)
