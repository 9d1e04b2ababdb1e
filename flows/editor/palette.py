"""What the browser gets when the canvas opens: the palette with each node's form, patterns, events, addresses."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from wagtail.admin.telepath import JSContext

from flows.editor.forms import CHOSEN, block_of, shapes
from flows.editor.sources import choices, is_offered
from flows.nodes import PALETTE, NodeType
from flows.patterns_more import PATTERNS
from flows.wording import EVENTS

BRIEF = {
    "checkin": "到院、取号",
    "waiting": "等叫号",
    "consultation": "医生接诊",
    "bill": "等费用算好",
    "payment": "微信支付",
    "pharmacy": "到窗口取药",
    "guide": "图文说明",
    "message": "收件箱消息",
    "refund": "原路退回",
    "desk": "收费处说明结果",
    "form": "患者答几个问题",
    "link": "打开别家页面",
    "wait": "等多久、等到几点",
    "task": "交给一个岗位办",
}
SEARCH = {
    "checkin": "bd baodao 签到 到院 定位",
    "waiting": "hz houzhen 排队 叫号",
    "consultation": "jz jiuzhen 看病 接诊 医生",
    "bill": "zd zhangdan 费用 划价",
    "payment": "jf zf jiaofei zhifu 支付 付款 收费 微信",
    "pharmacy": "qy quyao 药房 发药",
    "guide": "zy zhiyin 须知 说明 页面",
    "message": "xx xiaoxi 通知 提醒",
    "refund": "tk tuikuan 退费 退钱",
    "desk": "sfc shoufeichu 收费处 财务 退不了",
    "form": "tb tianbiao 表单 问题 填写 问卷",
    "link": "tz tiaozhuan 链接 网址 小程序 网页",
    "wait": "dd dengdai 定时 休息 等到",
    "task": "gzry gongzuorenyuan 人工 岗位 待办 审批",
}


HIS_TELLS = ("hospital", "partner")
"""Whose numbers a step may be matched by; a patient and our own staff have none."""


def config(context: JSContext) -> dict[str, Any]:
    """Needs a JSContext of its own; its media are the widget's."""
    return {
        "palette": [entry(node, context) for node in PALETTE.values()],
        "patterns": [{"title": title, "note": note, "tree": made()} for title, note, made in PATTERNS],
        "events": EVENTS,
        "urls": {name: reverse(f"flow_editor:{name}") for name in ("check", "read", "preview")},
    }


def entry(node: NodeType, context: JSContext) -> dict[str, Any]:
    name, contract = node.name.partition("@")[0], node.contract
    return {
        "type": node.name,
        "title": contract.title,
        "family": node.family,
        "summary": node.summary,
        "brief": BRIEF.get(name, node.summary),
        "search": SEARCH.get(name, ""),
        "main": contract.main,
        "outcomes": [outcome.model_dump(mode="json") for outcome in contract.outcomes],
        "facts": [{"key": fact.key, "title": fact.title} for fact in contract.facts],
        "declares": contract.declares,
        "actor": contract.actor,
        "match": contract.match or contract.actor in HIS_TELLS,
        "late": contract.late,
        "after": contract.after,
        "form": context.pack(block_of(node)),
        "shape": shapes(node),
        "defaults": node.settings().model_dump(mode="json", by_alias=True),
        "pages": pages(name),
    }


def pages(name: str) -> dict[str, str]:
    """Titles behind the values of what is chosen from a list; the card shows them."""
    return {value: title for (node, _), source in CHOSEN.items() if node == name and is_offered(source) for value, title in choices(source)}
