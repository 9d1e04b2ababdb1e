"""Refusals of this room, by the fact that is the case. Facts hold our numbers, never names."""

from core.errors import Conflict, Invalid, NotFound, Unauthorised


class OrderNotFound(NotFound):
    title = "没有找到这张订单"
    remedy = "请从就诊进度重新进入缴费。"


class ChannelUnknown(NotFound):
    title = "没有开通这种付款方式"
    remedy = "请换一种付款方式，或到收费窗口办理。"


class AmountNotPositive(Invalid):
    title = "金额为零，不用付款"
    remedy = "请刷新页面。"


class KeyUsedOtherwise(Conflict):
    """The same key came again with another amount or subject."""

    title = "同一笔业务的金额变了，没有改动"
    remedy = "请刷新后重新开始。"


class SubjectHasOrder(Conflict):
    """`order` is the one that may still be paid, or was."""

    title = "这张账单已经有一笔订单"
    remedy = "请在原来的订单里继续，不要重复付款。"


class OrderNotPayable(Conflict):
    title = "这张订单现在不能付款"
    remedy = "请刷新页面看最新结果，不要重复付款。"


class OrderExpired(Conflict):
    title = "这张订单已过付款时间"
    remedy = "请刷新页面，重新开始缴费。"


class PaymentUnclear(Conflict):
    """An earlier attempt is not known to be dead; a second one could take the money twice."""

    title = "上一次付款的结果还在确认"
    remedy = "请等一会儿再看，先不要重复付款。"


class PaymentRefused(Conflict):
    """`reason` is the channel's code."""

    title = "付款渠道没有受理"
    remedy = "请稍后再试，或到收费窗口办理。"


class NotBookable(Conflict):
    """There is no money of this order to book."""

    title = "这张订单没有可以入账的钱"
    remedy = "请先看这张订单的经过。"


class OrderSettled(Conflict):
    title = "这张订单已经落定，没有要处理的"
    remedy = "请刷新看最新情况。"


class NothingToRefund(Conflict):
    title = "这张订单没有收到钱，不能退款"
    remedy = "请先看这张订单的经过。"


class RefundTooLarge(Invalid):
    """`left` is what may still be refunded, in fen."""

    title = "退款金额超过可退金额"
    remedy = "请核对已退的金额。"


class CallbackRefused(Unauthorised):
    """A notice that nobody of ours may act on; `reason` says which check it failed."""

    title = "通知没有通过验证"
    remedy = "请检查签名、时间和商户号。"


class CallbackForged(CallbackRefused):
    pass


class CallbackStale(CallbackRefused):
    title = "通知已过期"


class CallbackProbe(CallbackRefused):
    """The channel's own probe with a signature meant to fail: refused, not alarmed."""
