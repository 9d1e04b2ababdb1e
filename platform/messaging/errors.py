"""Refusals of this room, named by the fact."""

from __future__ import annotations

from core.errors import Invalid


class MessageEmpty(Invalid):
    title = "消息没有标题或事由"
    remedy = "请补上标题后再发送。"
