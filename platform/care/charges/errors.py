"""Why a bill cannot be paid, or not yet."""

from core.errors import Conflict, NotFound


class ChargeNotFound(NotFound):
    title = "没有找到这张账单"
    remedy = "请刷新就诊进度后再看，或到收费窗口查询。"


class NothingDue(Conflict):
    """The bill is of nothing: HIS was told, no order was opened."""

    title = "这张账单不用缴费"
    remedy = "不用付款，请按就诊进度往下走。"


class BillHasChanged(Conflict):
    """HIS has another amount now. Nothing was opened; the charge was read again."""

    title = "账单刚刚变了"
    remedy = "没有扣您的钱。请看清新的金额后再缴费。"


class BillGone(Conflict):
    """HIS withdrew the bill."""

    title = "这张账单已经作废"
    remedy = "没有扣您的钱。请按就诊进度往下走，有疑问请到收费窗口。"


class BillPaidElsewhere(Conflict):
    title = "这张账单已经在窗口缴清"
    remedy = "没有再扣您的钱，请按就诊进度往下走。"


class BillTaken(Conflict):
    """Another order of ours, or the counter, holds the bill."""

    title = "这张账单正在缴费中"
    remedy = "请在原来的订单里继续，或稍等几分钟再试；着急请到收费窗口。"


class PlacementReleased(Conflict):
    """This key was given back before its order stood."""

    title = "这次缴费已经取消"
    remedy = "没有扣您的钱。请刷新后重新开始。"
