"""Wait 等待: nothing to do until so many minutes have passed, or until a time of the day."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import Field

from core import clock
from flows.nodes.contracts import Contract, main
from flows.nodes.port import Drawing, NodeType, Scene, Settings

USUAL = 30


class WaitSettings(Settings):
    minutes: int = Field(default=USUAL, title="等多少分钟", ge=1, le=10_080)
    until: str = Field(default="", title="或等到几点（填了就不看分钟，例如 14:30）", pattern=r"^$|^([01]\d|2[0-3]):[0-5]\d$")


def due(settings: Settings, entered: datetime) -> datetime:
    """When a wait that began at `entered` is over. A time of the day that has passed is over at once."""
    if not isinstance(settings, WaitSettings):
        return entered + timedelta(minutes=USUAL)
    if not settings.until:
        return entered + timedelta(minutes=settings.minutes)
    hour, _, minute = settings.until.partition(":")
    return max(entered, clock.local(entered).replace(hour=int(hour), minute=int(minute), second=0, microsecond=0))


def draw(scene: Scene) -> Drawing:
    if scene.state == "done":
        return Drawing(lead=scene.settings.done_text or "已等够时间")
    if scene.state in ("now", "waiting"):
        till = f"到 {clock.local(due(scene.settings, scene.entered_at)):%H:%M}" if scene.entered_at else ""
        return Drawing(lead=scene.settings.now_text or "请先休息，到时间会提醒您", verb="等一会儿", wait=till)
    return Drawing(lead="到时候要等一会儿")


NODE = NodeType(
    contract=Contract(
        name="wait@1",
        title="等待",
        actor="hospital",
        main="over",
        outcomes=[main("over", "时间到")],
        late="over",
        after=USUAL,
        undo=[],
    ),
    family="system",
    icon="visit",
    summary="等上一段时间，或等到几点，再往下走。",
    settings=WaitSettings,
    draw=draw,
    due=due,
)
