"""Check-in 报到: the patient says "I am here", by GPS fence or at the desk, and gets a number."""

from pydantic import Field

from flows.nodes.contracts import Contract, count, main, one_of, other
from flows.nodes.port import Drawing, Hearing, NodeType, Scene, Settings


class CheckInSettings(Settings):
    by_position: bool = Field(default=True, title="可用手机定位报到")


def draw(scene: Scene) -> Drawing:
    if scene.state == "done":
        return Drawing(lead=scene.settings.done_text or "已报到", note=f"号码 {scene.ticket}" if scene.ticket else "")
    if scene.state in ("now", "waiting"):
        lead = scene.settings.now_text or f"到{scene.department}附近后报到取号"
        online = isinstance(scene.settings, CheckInSettings) and scene.settings.by_position
        action = scene.act("报到取号", "take_number", locate=True) if online else None
        caution = f"离院区 {scene.fence_metres} 米以内才能用手机报到" if online and scene.fence_metres else "请到导诊台报到"
        return Drawing(lead=lead, verb="报到取号", action=action, caution=caution)
    return Drawing(lead="到院后报到取号")


NODE = NodeType(
    contract=Contract(
        name="checkin@1",
        title="报到",
        actor="patient",
        main="arrived",
        outcomes=[main("arrived", "已报到"), other("too_far", "离得太远"), other("late", "迟到"), other("missed", "没有报到")],
        facts=[
            one_of("by", "报到方式", {"gps": "手机定位", "desk": "导诊台", "kiosk": "自助机"}, on=["arrived"]),
            count("minutes_early", "提前分钟", on=["arrived"]),
        ],
        late="missed",
        after=480,
        undo=["arrived"],
    ),
    family="care",
    icon="visit",
    summary="患者到院后报到取号，可用手机定位或在导诊台办理。",
    settings=CheckInSettings,
    draw=draw,
    hears={"checkin.recorded": Hearing("arrived", {"means": "by", "minutes_early": "minutes_early"})},
    answers=("take_number",),
    online=True,
)
