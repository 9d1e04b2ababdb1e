"""Link 跳转: a jump to somebody else's program; the patient comes back and says so, or the time is over.

Its outcome is `back`: `returned` is what the proof knows a refund by.
"""

from __future__ import annotations

from pydantic import Field, field_validator

from flows.nodes.addresses import host_of, safe
from flows.nodes.contracts import Contract, main, other
from flows.nodes.port import Drawing, Hearing, NodeType, Scene, Settings


class LinkSettings(Settings):
    url: str = Field(default="", title="网址（https 开头）", max_length=500)
    owner: str = Field(default="", title="由谁提供（患者看得到）", max_length=30)

    @field_validator("url")
    @classmethod
    def allowed(cls, url: str) -> str:
        """Empty while it is not filled in."""
        return safe(url) if url else url


def provider(scene: Scene) -> str:
    """Who the patient is handed to, in words; empty while no address is set."""
    if not isinstance(scene.settings, LinkSettings) or not scene.settings.url:
        return ""
    return scene.settings.owner or host_of(scene.settings.url)


def draw(scene: Scene) -> Drawing:
    if scene.state == "done":
        return Drawing(lead="没有办" if scene.outcome == "no_answer" else scene.settings.done_text or "已办好")
    if scene.state in ("now", "waiting"):
        who = provider(scene)
        lead = scene.settings.now_text or (f"这一步在{who}办" if who else "这一步暂时打不开，请到导诊台")
        return Drawing(lead=lead, verb="去办理", note=f"由{who}提供服务" if who else "", action=scene.go("去办理"))
    return Drawing(lead="到时候打开链接办理")


NODE = NodeType(
    contract=Contract(
        name="link@1",
        title="跳转",
        actor="patient",
        main="back",
        outcomes=[main("back", "办好回来了"), other("no_answer", "没有回来")],
        late="no_answer",
        after=1440,
        undo=[],
    ),
    family="talk",
    icon="gd",
    summary="打开别家的小程序页面或网页，办好后回来继续。",
    settings=LinkSettings,
    draw=draw,
    hears={"link.returned": Hearing("back")},
    answers=("returned",),
    online=True,
)
