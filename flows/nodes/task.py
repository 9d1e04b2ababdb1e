"""Staff task 工作人员办理: something a person of a role does for the visit; her answers become facts of the step."""

from __future__ import annotations

from pydantic import Field

from flows.nodes.contracts import Contract, main, other
from flows.nodes.port import Drawing, Hearing, NodeType, Scene, Settings
from flows.schema import Questions

ROLE = "导诊"
STAFF_TASK = "staff_task"
"""The coded process that fits every task; others join it in `flows.processes.CODED`."""


class TaskSettings(Settings):
    role: str = Field(default=ROLE, title="由哪个岗位办", max_length=40)
    what: str = Field(default="", title="请工作人员做什么", max_length=200)
    fields: Questions = Field(default=[], title="要工作人员填什么")
    process: str = Field(default=STAFF_TASK, title="按哪个办理程序", max_length=40)


def draw(scene: Scene) -> Drawing:
    if scene.state == "done":
        return Drawing(lead="没有办成，请看后面的说明" if scene.outcome == "rejected" else scene.settings.done_text or "已办好")
    if scene.state in ("now", "waiting"):
        return Drawing(lead=scene.settings.now_text or "工作人员正在办理，办好会通知您", verb="等工作人员办理")
    return Drawing(lead="由工作人员办理")


NODE = NodeType(
    contract=Contract(
        name="task@1",
        title="工作人员办理",
        actor="staff",
        main="done",
        outcomes=[main("done", "办好了"), other("rejected", "没有办成")],
        undo=[],
        owned=True,
        declares="fields",
    ),
    family="system",
    icon="me",
    summary="交给一个岗位的同事办，在“我的待办”里办完后继续。",
    settings=TaskSettings,
    draw=draw,
    hears={"task.done": Hearing("done"), "task.rejected": Hearing("rejected")},
)
