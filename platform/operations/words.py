"""Codes of the house as staff read them. A code without a word is a mistake a test finds; a page then says "其他"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from core.errors import Blank, Problem, code_of

Tone = Literal["good", "busy", "watch", "urgent", "unknown", "plain"]


@dataclass(frozen=True)
class Word:
    text: str
    tone: Tone = "plain"


OTHER = Word("其他")

STEP: dict[str, Word] = {
    "open": Word("在办", "busy"),
    "done": Word("已完成", "good"),
    "skipped": Word("已免除"),
    "trouble": Word("需要处理", "urgent"),
    "closing": Word("正在确认", "unknown"),
    "undoing": Word("正在撤回", "unknown"),
    "cancelled": Word("已取消"),
    "future": Word("之后"),
    "maybe": Word("视情况"),
}

VERDICT: dict[str, Word] = {
    "applied": Word("已生效", "good"),
    "parked": Word("来早了，先存着", "watch"),
    "late": Word("来晚了，没有改变"),
    "repeat": Word("重复，没有改变"),
}

WAITS: dict[str, str] = {
    "checkin": "等患者报到",
    "waiting": "等叫号",
    "consultation": "等接诊结束",
    "bill": "等 HIS 算费用",
    "payment": "等患者付款",
    "pharmacy": "等药房发药",
    "refund": "等渠道退款",
    "desk": "等收费处处理",
    "guide": "等患者看完",
    "form": "等患者填表",
    "link": "等患者办好回来",
    "wait": "等时间到",
    "task": "等工作人员办理",
    "message": "正在留消息",
}

SOURCES: dict[str, str] = {
    "house": "系统",
    "timer": "到时",
    "staff": "工作人员",
    "patient": "患者",
    "his": "HIS",
    "care": "就医",
    "payments": "缴费",
    "effect": "系统",
    "flows": "系统",
    "cms": "内容",
    "wechat": "微信",
    "account": "患者",
    "door": "登录口",
}
"""Who spoke: the source of an event, the actor of an audit entry where it is no person of the staff."""

ORDER: dict[str, Word] = {
    "open": Word("等付款", "busy"),
    "paying": Word("正在付款", "busy"),
    "paid": Word("收了钱，正在记账", "watch"),
    "booked": Word("已收清", "good"),
    "closing": Word("正在关单", "unknown"),
    "closed": Word("已关单"),
    "unknown": Word("结果未知", "unknown"),
    "trouble": Word("要人处理", "urgent"),
    "refunding": Word("正在退款", "watch"),
    "refunded": Word("已退款"),
}

ATTEMPT: dict[str, Word] = {
    "new": Word("还没有发出"),
    "claimed": Word("已发出", "busy"),
    "prepaid": Word("等患者付款", "busy"),
    "paid": Word("已付", "good"),
    "closed": Word("已关闭"),
    "unknown": Word("结果未知", "unknown"),
    "refused": Word("渠道拒绝", "urgent"),
}
REFUND: dict[str, Word] = {
    "new": Word("还没有发出"),
    "claimed": Word("已发出", "busy"),
    "processing": Word("渠道在退", "busy"),
    "succeeded": Word("已退到患者", "good"),
    "unknown": Word("结果未知", "unknown"),
    "held": Word("退不回去，要人处理", "urgent"),
}
TENDER: dict[str, Word] = {
    "waiting": Word("等付款", "busy"),
    "unknown": Word("结果未知", "unknown"),
    "in": Word("已收到", "good"),
    "dropped": Word("没有收"),
    "returning": Word("正在退", "watch"),
    "returned": Word("已退"),
    "held": Word("退不回去，要人处理", "urgent"),
}
CHANNELS: dict[str, str] = {"wechat": "微信支付"}
PURPOSES: dict[str, str] = {"bill": "门诊费用", "outpatient": "门诊费用"}
ACCOUNTS: dict[str, str] = {"channel": "应收 · 微信", "owed": "应付 · 医院收入", "refunds": "退款"}
AUDIT: dict[str, Word] = {
    "core.delivery_retried": Word("重试没送到的消息", "busy"),
    "flows.published": Word("发布流程", "watch"),
    "flows.sent_back": Word("退回流程"),
    "flows.bound": Word("投放流程", "watch"),
    "flows.task_worked": Word("办完就诊里的事", "good"),
    "flows.stuck_seen": Word("看过停住的就诊", "watch"),
    "flows.money_held": Word("要退的钱退不了，交给收费处", "urgent"),
    "flows.exported": Word("导出流程", "watch"),
    "flows.imported": Word("导入流程", "watch"),
    "flows.retry_by_hand": Word("再试一步", "busy"),
    "flows.finish_by_hand": Word("代办一步", "busy"),
    "flows.skip_by_hand": Word("免除一步", "watch"),
    "flows.choose_by_hand": Word("选一条路", "watch"),
    "care.checked_in": Word("报到", "good"),
    "care.check_in_withdrawn": Word("撤回报到"),
    "care.charge_booked": Word("HIS 记上一笔缴费", "good"),
    "care.charge_refused": Word("HIS 拒收一笔缴费", "urgent"),
    "his.event_unusable": Word("HIS 的一条消息用不了", "watch"),
    "his.refused": Word("拒收 HIS 推送", "urgent"),
    "patients.card_bound": Word("绑定就诊卡", "good"),
    "patients.sign_ins_ended": Word("退出全部登录"),
    "patients.name_revealed": Word("看原文", "watch"),
    "payments.opened": Word("开订单"),
    "payments.asked": Word("向渠道下单", "busy"),
    "payments.refused": Word("渠道拒绝下单", "urgent"),
    "payments.received": Word("收到付款", "good"),
    "payments.booked": Word("入账", "good"),
    "payments.closed": Word("关单"),
    "payments.trouble": Word("交给收费处", "urgent"),
    "payments.went_on": Word("收费处看过，照常进行"),
    "payments.desk_decided": Word("收费处决定", "watch"),
    "payments.wrong_amount": Word("渠道报的金额不符", "urgent"),
    "payments.unknown_order": Word("渠道说了一个不认识的单号", "urgent"),
    "payments.unknown_refund": Word("渠道说了一个不认识的退款单号", "urgent"),
    "payments.refund_claimed": Word("申请退款", "watch"),
    "payments.refund_taken_up": Word("再退一次", "watch"),
    "payments.refund_succeeded": Word("退款到账", "good"),
    "payments.refund_held": Word("退款退不回去", "urgent"),
    "payments.forged": Word("拒收假的渠道通知", "urgent"),
    "operations.runs_exported": Word("导出", "watch"),
    "operations.audit_read": Word("看审计"),
    "operations.sign_in": Word("登录后台"),
    "operations.sign_in_failed": Word("登录没有成功", "watch"),
    "operations.sign_in_locked": Word("账号锁住 10 分钟", "urgent"),
}
FACTS: dict[str, str] = {
    "reason": "理由",
    "run": "就诊",
    "step": "步骤",
    "outcome": "结果",
    "version": "版本",
    "rows": "行数",
    "filter": "范围",
    "campus": "院区",
    "department": "科室",
    "kind": "类型",
    "order": "订单",
    "amount": "金额",
    "expected": "应收",
    "received": "实收",
    "count": "次数",
    "times": "次数",
    "minute": "时间",
    "state": "状态",
    "decision": "决定",
    "receipt": "收据号",
    "refund": "退款单",
    "channel": "渠道",
    "channel_no": "渠道单号",
    "out_trade_no": "商户单号",
    "means": "方式",
    "relation": "关系",
    "subscriber": "送给谁",
    "seq": "消息序号",
    "source": "来源",
    "sha256": "指纹",
    "flow": "流程",
    "form": "格式",
}
SUMS = ("amount", "expected", "received")
"""Facts in fen."""
CODES: dict[str, str] = {
    "self": "本人",
    "family": "家人",
    "gps": "手机定位",
    "desk": "导诊台",
    "kiosk": "自助机",
    "first": "初诊",
    "again": "复诊",
    "chronic": "慢病",
    "emergency": "急诊",
    "expired": "过了付款时间",
    "given_up": "不再需要付款",
    "bill_changed": "账单变了",
    "bill_withdrawn": "账单作废了",
    "bill_settled": "已在窗口缴清",
    "bill_locked": "账单正被别的收费占用",
    "amount_differs": "金额与账单不符",
    "returned": "钱已退回",
    "settled": "已在窗口缴清",
    "withdrawn": "账单作废了",
    "wrong_amount": "金额不符",
    "ask": "再问一次渠道",
    "go_on": "照常进行",
    "refund": "原路退回",
    "booked": "已入账",
    "close": "按未付关单",
    "paid": "已付",
    "open": "等付款",
    "paying": "正在付款",
    "waiting": "还没有付",
    "closed": "已关单",
    "absent": "渠道没有这一笔",
    "unknown": "结果未知",
    "processing": "渠道在退",
    "succeeded": "已退到患者",
    "abnormal": "退不到原来的卡",
    "amount": "金额不符",
    "NOT_ENOUGH": "商户号余额不够",
    "USER_ACCOUNT_ABNORMAL": "患者的微信账户已注销或停用",
    "headers": "缺签名",
    "key": "密钥编号不认识",
    "time": "时间过期",
    "nonce": "随机数不对",
    "signature": "签名不对",
    "replay": "重复的推送",
    "wechat": "微信支付",
}
"""Values of facts. One without a word is shown as the code it is."""
EVENTS: dict[str, str] = {
    "HisReported": "HIS 报来一件事",
    "CardBound": "绑定了就诊卡",
    "AppointmentMade": "有了预约",
    "AppointmentWithdrawn": "退了号",
    "CheckedIn": "报到了",
    "QueueMoved": "队伍往前走了",
    "Called": "叫到号",
    "Passed": "过号",
    "Seen": "看完医生",
    "Missed": "没有来看",
    "BillIssued": "开了账单",
    "BillNone": "没有要缴的",
    "BillChanged": "账单变了",
    "BillWithdrawn": "账单作废",
    "BillSettledElsewhere": "在窗口缴了费",
    "ChargeSettled": "缴费记上了",
    "ChargeRefused": "HIS 没有收这笔缴费",
    "MedicineReady": "药备好了",
    "MedicineCollected": "药取走了",
    "OrderOpened": "开了订单",
    "OrderPaid": "收到付款",
    "OrderBooked": "入了账",
    "OrderClosed": "关了单",
    "OrderInTrouble": "订单要人处理",
    "RefundSucceeded": "退款到账",
    "RefundHeld": "退款退不回去",
    "DeskDecided": "收费处作了决定",
    "EffectDue": "流程要办一步",
    "RunStarted": "就诊开始",
    "RunEnded": "就诊结束",
}
LETTER: dict[str, Word] = {"waiting": Word("正在重试", "watch"), "dead": Word("没送到", "urgent"), "done": Word("已送到", "good")}
ROOMS: dict[str, str] = {
    "core": "消息投递",
    "flows": "流程",
    "operations": "后台",
    "care": "就医",
    "payments": "缴费",
    "messaging": "患者消息",
    "patients": "患者档案",
    "his": "HIS 连接",
}


REASONS: dict[str, str] = {
    "core.partner_unavailable": "连不上合作方的系统",
    "core.partner_refused": "合作方没有接受",
    "core.partner_unclear": "合作方没有答复，结果未知",
    "django.operational_error": "数据库当时连不上",
    "django.integrity_error": "数据与已有的对不上，请信息科看日志",
}
"""Where staff need another word than the refusal has for its patient."""
NO_WORD = "程序没有办成，请信息科看日志"


def reason_of(code: str) -> str:
    """Why a delivery failed, from the code the outbox kept: a refusal speaks for itself."""
    return REASONS.get(code) or refusals().get(code) or NO_WORD


@cache
def refusals() -> dict[str, str]:
    """What every refusal of the house says, by its code; facts it would name are left out."""
    return {code_of(kind): kind.title.format_map(Blank()) for kind in family(Problem)}


def family(kind: type[Problem]) -> Iterator[type[Problem]]:
    yield kind
    for child in kind.__subclasses__():
        yield from family(child)
