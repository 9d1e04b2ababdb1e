"""Codes of the house as staff read them. A code without a word is a mistake a test finds; a page then says "其他"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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
    "guide": "等患者看完",
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
}
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
PURPOSES: dict[str, str] = {"bill": "门诊费用", "outpatient": "门诊费用"}
ACCOUNTS: dict[str, str] = {"channel": "应收 · 微信", "owed": "应付 · 医院收入", "refunds": "退款"}
AUDIT: dict[str, Word] = {
    "flows.published": Word("发布流程", "watch"),
    "flows.bound": Word("投放流程", "watch"),
    "flows.retry_by_hand": Word("再试一步", "busy"),
    "flows.finish_by_hand": Word("代办一步", "busy"),
    "flows.skip_by_hand": Word("免除一步", "watch"),
    "flows.choose_by_hand": Word("选一条路", "watch"),
    "patients.name_revealed": Word("看原文", "watch"),
    "operations.runs_exported": Word("导出", "watch"),
    "operations.audit_read": Word("看审计"),
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
    "amount": "金额（分）",
    "count": "次数",
}
EVENTS: dict[str, str] = {}
LETTER: dict[str, Word] = {"waiting": Word("正在重试", "watch"), "dead": Word("没送到", "urgent"), "done": Word("已送到", "good")}
ROOMS: dict[str, str] = {
    "flows": "流程",
    "care": "就医",
    "payments": "缴费",
    "messaging": "患者消息",
    "patients": "患者档案",
    "his": "HIS 连接",
}


def reason_of(code: str) -> str:
    """Why a delivery failed, from the class and code the outbox kept."""
    return REASONS.get(code.rpartition(".")[2] or code, "程序没有办成，请信息科看日志")


REASONS: dict[str, str] = {}
