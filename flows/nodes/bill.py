"""Bill 账单: waits for what HIS asks to be paid."""

from flows.nodes.contracts import Contract, count, main, money, other
from flows.nodes.port import Drawing, Hearing, NodeType, Scene, Settings


def draw(scene: Scene) -> Drawing:
    if scene.state == "done":
        return Drawing(lead="不用缴费" if scene.outcome == "none" else scene.settings.done_text or "费用已算好")
    if scene.state in ("now", "waiting"):
        return Drawing(lead=scene.settings.now_text or "医院正在算费用，请稍等", verb="等费用算好")
    return Drawing(lead="医生开单后才有")


NODE = NodeType(
    contract=Contract(
        name="bill@1",
        title="账单",
        actor="hospital",
        main="issued",
        outcomes=[main("issued", "有费用"), other("none", "没有费用")],
        facts=[money("due_fen", "应缴金额", on=["issued"]), count("lines", "收费项目数", on=["issued"])],
        late="none",
        after=60,
        undo=["issued"],
    ),
    family="money",
    icon="pay",
    summary="等 HIS 给出这次就诊要缴的费用。",
    settings=Settings,
    draw=draw,
    hears={"bill.issued": Hearing("issued", {"due_fen": "due_fen", "lines": "lines"}), "bill.none": Hearing("none")},
)
