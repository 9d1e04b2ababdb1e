"""Refusals of the desk, by name. They are shown to staff as they stand here."""

from core.errors import Conflict, Forbidden, Invalid, NotFound, TooMany


class RunNotFound(NotFound):
    title = "没有找到这次就诊"
    remedy = "请核对就诊编号，或从就诊列表进入。"


class OrderNotFound(NotFound):
    title = "没有找到这张订单"
    remedy = "请核对订单号，或从订单列表进入。"


class ReasonMissing(Invalid):
    title = "还没有写理由"
    remedy = "请写一句理由，至少 4 个字；它会进入审计，患者看不到。"


class ReasonNamesSomeone(Invalid):
    title = "理由里写了患者的资料"
    remedy = "请不要写姓名、电话、证件号，写明事由即可。"


class StepMoved(Conflict):
    title = "这一步已经变了，没有改动"
    remedy = "请看现在的情况再决定。"


class HandRefused(Conflict):
    """This cannot be done by hand now; the page says why beside the button."""

    title = "现在不能这样做，没有改动"
    remedy = "原因写在按钮旁边。"


class RevealedTooOften(Forbidden):
    title = "今天看原文的次数已到上限"
    remedy = "确有需要，请找安全管理员。"


class SignInLocked(TooMany):
    title = "这个账号 10 分钟里错了 10 次，先锁住了"
    remedy = "请过 10 分钟再试；忘了密码请找信息科重设。"


class LetterNotDead(Conflict):
    title = "这一条已经在送，不用重试"
    remedy = "请刷新列表看最新情况。"


class ExportTooLarge(Invalid):
    title = "超过 1,000 行，没有导出"
    remedy = "请先用筛选缩小范围。"
