"""What patients may read: published pages, as screens."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings

from cms.models import GuidePage
from core import clock
from core.errors import NotFound
from core.screen import Elder, RichPart, RichText, Screen


class PageUnknown(NotFound):
    title = "没有找到这一页"
    remedy = "这一页可能已下线，请回到首页。"


def guide(slug: str, *, elder: bool) -> Screen:
    """The published page with this slug. Raises PageUnknown."""
    page = GuidePage.objects.live().filter(slug=slug).first()
    if page is None:
        raise PageUnknown(slug=slug)
    return screen(page, elder=elder)


def screen(page: GuidePage, *, elder: bool) -> Screen:
    parts = list(parts_of(page))
    words = [part.text or "。".join(part.items) for part in parts if part.kind in ("heading", "text", "numbered")]
    return Screen(
        key=f"page:{page.slug}",
        title=page.title,
        mode="elder" if elder else "normal",
        as_of=page.last_published_at or clock.now(),
        speech="。".join([page.title, *words]),
        blocks=[RichText(key="body", parts=parts, elder=Elder(role="lead"))],
        back="/pages/home/index",
        desk_phone=settings.DESK_PHONE,
        desk_name=settings.DESK_NAME,
    )


def parts_of(page: GuidePage) -> Iterable[RichPart]:
    if page.summary:
        yield RichPart(kind="text", text=page.summary)
    for block in page.body:
        yield part(block.block_type, block.value)


def part(kind: str, value: object) -> RichPart:
    match kind:
        case "numbered":
            return RichPart(kind="numbered", items=[str(item) for item in value])  # type: ignore[attr-defined]  # a ListValue
        case "picture":
            return RichPart(kind="picture", url=value["image"].get_rendition("width-800").url, alt=value["alt"])  # type: ignore[index]  # a StructValue
        case "faq":
            return RichPart(kind="faq", title=value["question"], text=value["answer"])  # type: ignore[index]  # a StructValue
        case "heading":
            return RichPart(kind="heading", text=str(value))
        case _:
            return RichPart(kind="text", text=str(value))
