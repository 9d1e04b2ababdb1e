"""Guide page 指引页: a page the patient is shown; it passes at once unless it must be read."""

from pydantic import Field

from core.screen import Action
from flows.nodes.contracts import Contract, main
from flows.nodes.port import Drawing, Hearing, NodeType, Scene, Settings


class GuideSettings(Settings):
    page: str = Field(default="", title="哪一页", max_length=80)
    must_read: bool = Field(default=False, title="看完才能继续")


def draw(scene: Scene) -> Drawing:
    page = scene.settings.page if isinstance(scene.settings, GuideSettings) else ""
    look = Action(label="看指引", kind="go", target=f"/pages/guide/index?slug={page}", tone="second") if page else None
    if scene.state in ("now", "waiting"):
        return Drawing(lead=scene.settings.now_text or "请先看完这一页", verb="看指引", action=scene.go("看指引"))
    return Drawing(lead=scene.settings.done_text or scene.page_title or "就诊须知", action=look)


NODE = NodeType(
    contract=Contract(
        name="guide@1",
        title="指引页",
        actor="patient",
        main="read",
        outcomes=[main("read", "已看")],
        facts=[],
        late="read",
        after=480,
        undo=[],
    ),
    family="talk",
    icon="gd",
    summary="给患者看一页说明，例如取药须知。",
    settings=GuideSettings,
    draw=draw,
    hears={"page.read": Hearing("read")},
    answers=("read",),
    online=True,
)
