"""Refund 退款: gives the money of these payments back the way it came, or hands it to the desk (flow-language §4.3)."""

from __future__ import annotations

from pydantic import Field

from core.money import Fen, yuan
from flows.nodes.contracts import Contract, main, money, other
from flows.nodes.port import Drawing, Hearing, NodeType, Scene, Settings


class RefundSettings(Settings):
    of: list[str] = Field(default=[], title="退哪几笔缴费")
    why: str = Field(default="", title="退款原因（患者和渠道看得到）", max_length=40)


def draw(scene: Scene) -> Drawing:
    total = f" ¥{yuan(Fen(scene.paid_fen))}" if scene.paid_fen else ""
    if scene.state == "done" and scene.outcome == "held":
        return Drawing(lead=f"退款{total} 由收费处办理", note=f"有疑问请联系{scene.desk}")
    if scene.state == "done":
        return Drawing(lead=scene.settings.done_text or f"已原路退回{total}" if total else "没有要退的钱")
    if scene.state in ("now", "waiting"):
        return Drawing(lead=scene.settings.now_text or f"正在退款{total}，不用再操作", verb="正在退款")
    return Drawing(lead="原路退回已付的钱")


NODE = NodeType(
    contract=Contract(
        name="refund@1",
        title="退款",
        actor="partner",
        main="returned",
        outcomes=[main("returned", "已退回"), other("held", "由收费处办理")],
        facts=[money("returned_fen", "退回金额", on=["returned"])],
        late="held",
        after=4320,
        undo=[],
    ),
    family="money",
    icon="pay",
    summary="把已缴的钱原路退回；退不了的交给收费处。",
    settings=RefundSettings,
    draw=draw,
    hears={"refund.returned": Hearing("returned", {"returned_fen": "returned_fen"}), "refund.held": Hearing("held")},
)
