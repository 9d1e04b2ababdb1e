"""Payment 缴费: opens one order for one bill; `paid` means the money is in and HIS has booked it (flow-language §4.3)."""

from pydantic import Field

from core.money import Fen, yuan
from flows.nodes.contracts import Contract, main, money, one_of, other
from flows.nodes.port import Drawing, Hearing, NodeType, Scene, Settings


class PaymentSettings(Settings):
    for_: list[str] = Field(default=[], alias="for", title="为哪几步收费")
    amount_of: str = Field(default="", title="金额来自哪个账单步骤")
    desk: str = Field(default="收费处", title="退不回去时由谁负责", max_length=40)


def sum_of(scene: Scene) -> str:
    return f"¥{yuan(Fen(scene.due_fen))}"


def draw(scene: Scene) -> Drawing:
    if scene.state == "done":
        return Drawing(
            lead=scene.settings.done_text or ("不用缴费" if scene.outcome == "nothing_due" else "已缴费"),
            note=sum_of(scene) if scene.paid_fen else "",
        )
    if scene.state == "unknown":
        return Drawing(lead="正在确认付款结果，请不要再付一次", verb="等待确认", action=scene.go("看结果", tone="second"))
    if scene.state in ("now", "waiting"):
        if scene.order_state in ("paid", "booking"):
            return Drawing(lead="钱已收到，医院正在记账，不用再付", verb="正在记账")
        if not scene.order:
            return Drawing(lead="正在准备收费单", verb="准备缴费")
        return Drawing(
            lead=scene.settings.now_text or "请缴费，缴费后去取药",
            verb="去缴费",
            value=yuan(Fen(scene.due_fen)),
            unit="元",
            action=scene.go("去缴费"),
        )
    return Drawing(lead="费用算好后缴费")


NODE = NodeType(
    contract=Contract(
        name="payment@1",
        title="缴费",
        actor="patient",
        main="paid",
        outcomes=[
            main("paid", "已缴费", takes=True),
            other("nothing_due", "不用缴费"),
            other("expired", "超时未缴"),
            other("failed", "没有缴成"),
            other("bill_changed", "账单已变更"),
        ],
        facts=[
            money("paid_fen", "已缴金额", on=["paid"]),
            money("cash_fen", "自费金额", on=["paid"]),
            one_of("tender", "缴费方式", {"wechat": "微信", "alipay": "支付宝", "counter": "窗口"}, on=["paid"]),
        ],
        late="expired",
        after=30,
        closes=True,
        undo=["paid"],
    ),
    family="money",
    icon="pay",
    summary="用微信支付缴清账单；收到钱并由 HIS 记账后才算完成。",
    settings=PaymentSettings,
    draw=draw,
    hears={
        "order.settled": Hearing("paid", {"amount": "paid_fen", "cash": "cash_fen", "channel": "tender"}),
        "order.nothing_due": Hearing("nothing_due"),
        "order.closed": Hearing("expired"),
        "order.failed": Hearing("failed"),
        "bill.changed": Hearing("bill_changed"),
    },
    online=True,
)
