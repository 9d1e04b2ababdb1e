"""Consultation 就诊: the patient is with the doctor."""

from flows.nodes.contracts import Contract, main, one_of, other
from flows.nodes.port import Drawing, Hearing, NodeType, Scene, Settings

NEXT = {"bill": "去缴费", "none": "没有后续", "exam": "去检查"}


def draw(scene: Scene) -> Drawing:
    if scene.state == "done":
        return Drawing(lead=scene.settings.done_text or "医生已看完", note=scene.doctor)
    if scene.state in ("now", "waiting"):
        room = scene.room or scene.place
        return Drawing(lead=scene.settings.now_text or f"请到 {room or '诊室'}，医生正在等您", verb="看医生", note=scene.doctor)
    return Drawing(lead=f"{scene.doctor} 医生" if scene.doctor else "由医生看诊")


NODE = NodeType(
    contract=Contract(
        name="consultation@1",
        title="就诊",
        actor="hospital",
        main="seen",
        outcomes=[main("seen", "已就诊", delivers=True), other("missed", "没有就诊")],
        facts=[one_of("next_step", "医生安排", NEXT, on=["seen"])],
        late="missed",
        after=480,
        undo=[],
    ),
    family="care",
    icon="visit",
    summary="医生接诊,HIS 报告接诊结束后继续。",
    settings=Settings,
    draw=draw,
    hears={"visit.seen": Hearing("seen", {"next_step": "next_step"}), "visit.missed": Hearing("missed")},
)
