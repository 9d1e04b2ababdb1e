"""Waiting 候诊: until the number is called."""

from flows.nodes.contracts import Contract, count, main, other
from flows.nodes.port import Drawing, Hearing, NodeType, Scene, Settings


def minutes(low: int | None, high: int | None) -> str:
    """A range in words; unknown is said to be unknown."""
    if low is None or high is None:
        return "暂时估不出要等多久"
    if low > 90:
        return f"约 {low / 60:.1f} 小时以上"
    return f"约 {low}–{high} 分钟"


def draw(scene: Scene) -> Drawing:
    if scene.state == "done":
        return Drawing(lead=scene.settings.done_text or "已叫到号", note=scene.ticket)
    if scene.state in ("now", "waiting"):
        if scene.called:
            return Drawing(lead=f"叫到您了，请到{scene.room or scene.place}", verb="请进诊室", note=scene.ticket)
        lead = scene.settings.now_text or "请在候诊区等候，快到时会提醒您"
        if scene.ahead is None:
            return Drawing(lead=lead, verb="等候叫号", wait="正在取排队情况")
        return Drawing(
            lead=lead, verb="等候叫号", value=str(scene.ahead), unit="位", wait=minutes(scene.minutes_low, scene.minutes_high),
            note=f"号码 {scene.ticket}" if scene.ticket else "", action=scene.go("看排队", tone="second"),
        )  # fmt: skip
    return Drawing(lead="报到后排队")


NODE = NodeType(
    contract=Contract(
        name="waiting@1",
        title="候诊",
        actor="hospital",
        main="called",
        outcomes=[main("called", "已叫号"), other("passed", "已过号")],
        facts=[count("ahead", "前面人数", on=["called"]), count("minutes_waited", "等候分钟", on=["called"])],
        late="passed",
        after=240,
        undo=[],
    ),
    family="care",
    icon="visit",
    summary="显示前面还有几位、大约多久，直到叫号。",
    settings=Settings,
    draw=draw,
    hears={"queue.called": Hearing("called", {"ahead": "ahead", "minutes_waited": "minutes_waited"}), "queue.passed": Hearing("passed")},
)
