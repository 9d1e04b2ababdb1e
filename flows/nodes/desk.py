"""Money desk 收费处处理: a named person holds the money of these payments and says what became of it."""

from __future__ import annotations

from pydantic import Field

from flows.nodes.contracts import Contract, main, one_of
from flows.nodes.port import Drawing, Hearing, NodeType, Scene, Settings

ROLE = "收费财务"
RESOLUTIONS = {"returned": "钱已退给患者", "kept": "不用退，患者同意", "elsewhere": "转到别处继续办"}


class DeskSettings(Settings):
    of: list[str] = Field(default=[], title="处理哪几笔缴费")
    role: str = Field(default=ROLE, title="由哪个岗位处理", max_length=40)
    what: str = Field(default="", title="请收费处做什么", max_length=200)


def draw(scene: Scene) -> Drawing:
    if scene.state == "done":
        return Drawing(lead=scene.settings.done_text or "收费处已处理好")
    if scene.state in ("now", "waiting"):
        return Drawing(lead=scene.settings.now_text or "收费处正在处理您的费用，不用再操作", verb="等收费处处理")
    return Drawing(lead="由收费处处理")


NODE = NodeType(
    contract=Contract(
        name="desk@1",
        title="收费处处理",
        actor="staff",
        main="resolved",
        outcomes=[main("resolved", "已处理")],
        facts=[one_of("resolution", "处理结果", RESOLUTIONS, on=["resolved"])],
        undo=[],
        owned=True,
    ),
    family="money",
    icon="pay",
    summary="把缴费交给收费处的同事处理，直到写明结果。",
    settings=DeskSettings,
    draw=draw,
    hears={"desk.resolved": Hearing("resolved")},
)
