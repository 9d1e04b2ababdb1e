"""Refusals of this room, named by the fact."""

from __future__ import annotations

from core.errors import Invalid, PartnerUnavailable, PartnerUnclear, Unauthorised


class PushRefused(Unauthorised):
    """`reason`: headers, key, time, nonce, signature, replay."""

    title = "推送的签名无效"
    remedy = "请核对密钥编号、密钥、时间和随机数后重新推送。"


class PushMalformed(Invalid):
    title = "推送的内容格式不对"
    remedy = "请按接口文档检查 events 后重新推送。"


class AnswerUnusable(PartnerUnavailable):
    """A read was answered with something that is not in the contract."""

    title = "医院系统的答复暂时无法使用"
    remedy = "请稍后再试；一直这样请联系医院服务台。"


class OutcomeUnusable(PartnerUnclear):
    """A changing call was answered with something that is not in the contract: it may have been carried out."""

    title = "医院系统的办理结果暂时不明"
    remedy = "请不要重复办理，系统正在核实结果。"
