"""Message 消息: a line left in the patient's inbox; it never blocks."""

from pydantic import Field

from flows.nodes.contracts import Contract, main
from flows.nodes.port import Drawing, Hearing, NodeType, Scene, Settings


class MessageSettings(Settings):
    subject: str = Field(default="", title="标题", max_length=30)
    body: str = Field(default="", title="内容", max_length=200)


def draw(scene: Scene) -> Drawing:
    return Drawing(lead=scene.settings.done_text or "已通知您" if scene.state == "done" else "到时通知您")


NODE = NodeType(
    contract=Contract(
        name="message@1",
        title="消息",
        actor="hospital",
        main="sent",
        outcomes=[main("sent", "已发出")],
        facts=[],
        late="sent",
        after=5,
        undo=[],
    ),
    family="talk",
    icon="msg",
    summary="给患者的收件箱留一条消息。",
    settings=MessageSettings,
    draw=draw,
    hears={"message.sent": Hearing("sent")},
)
