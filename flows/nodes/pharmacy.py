"""Pharmacy 取药: until the medicine is handed over."""

from flows.nodes.contracts import Contract, count, main, other
from flows.nodes.port import Drawing, Hearing, NodeType, Scene, Settings


def draw(scene: Scene) -> Drawing:
    if scene.state == "done":
        return Drawing(lead=scene.settings.done_text or "药已取走")
    if scene.state in ("now", "waiting"):
        if scene.medicine == "ready":
            return Drawing(
                lead=scene.settings.now_text or f"药已备好，请到{scene.window or scene.place or '取药窗口'}",
                verb="去取药",
                value=scene.window,
                note="请带上就诊卡",
            )
        return Drawing(lead="药房正在备药，备好后通知您", verb="等候备药")
    return Drawing(lead="医生开药后才有")


NODE = NodeType(
    contract=Contract(
        name="pharmacy@1",
        title="取药",
        actor="hospital",
        main="dispensed",
        outcomes=[main("dispensed", "已取药", delivers=True), other("out_of_stock", "药房缺药"), other("not_collected", "没有来取")],
        facts=[count("lines", "药品种数", on=["dispensed"])],
        late="not_collected",
        after=1440,
        undo=[],
    ),
    family="care",
    icon="rx",
    summary="药备好后提醒患者到窗口取药。",
    settings=Settings,
    draw=draw,
    hears={"drug.dispensed": Hearing("dispensed", {"lines": "lines"}), "drug.out_of_stock": Hearing("out_of_stock")},
)
