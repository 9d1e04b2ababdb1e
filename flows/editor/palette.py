"""What the browser gets when the canvas opens: the palette with each node's form, patterns, events, addresses."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from wagtail.admin.telepath import JSContext

from flows import patterns
from flows.editor.forms import CHOSEN, block_of, shapes
from flows.editor.sources import choices, is_offered
from flows.nodes import PALETTE, NodeType

EVENTS = {
    "visit.cancelled": "患者取消就诊",
    "appointment.withdrawn": "HIS 退号",
    "clinic.stopped": "医生停诊",
    "visit.day_over": "当天结束",
}
"""What may interrupt a scope, in words."""

BRIEF = {
    "checkin": "到院、取号",
    "waiting": "等叫号",
    "consultation": "医生接诊",
    "bill": "等费用算好",
    "payment": "微信支付",
    "pharmacy": "到窗口取药",
    "guide": "图文说明",
    "message": "收件箱消息",
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
}


def config(context: JSContext) -> dict[str, Any]:
    """Needs a JSContext of its own; its media are the widget's."""
    return {
        "palette": [entry(node, context) for node in PALETTE.values()],
        "patterns": [{"title": "门诊", "note": "报到、候诊、就诊、缴费、取药", "tree": patterns.outpatient()}],
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
