"""Refusals of this room, named by the fact, in the patient's words."""

from __future__ import annotations

from core.errors import Conflict, Forbidden, Invalid, NotFound, TooMany, Unauthorised


class PatientUnknown(NotFound):
    title = "没有找到这位就诊人"
    remedy = "请回到首页，从“就诊人”里重新选择。"


class PlatformUnknown(Invalid):
    title = "暂不支持从这里登录"
    remedy = "请从微信小程序进入。"


class SignInRefused(Unauthorised):
    """The host's code was used before, is too old or was never given."""

    title = "登录已失效"
    remedy = "请退出小程序后重新进入。"


class AccountBlocked(Forbidden):
    title = "微信暂时限制了这个账号登录"
    remedy = "请按微信的提示解除限制，或到医院服务台办理。"


class IdNumberWrong(Invalid):
    title = "证件号码不对"
    remedy = "请对照证件逐位核对后重新填写。"


class NameMissing(Invalid):
    title = "请填写姓名"
    remedy = "请填写与证件一致的姓名。"


class PhoneWrong(Invalid):
    title = "手机号不对"
    remedy = "请填写 11 位手机号，就是办就诊卡时留的那个。"


class CardNotFound(NotFound):
    """HIS knows nobody with this name and document."""

    title = "没有查到就诊卡"
    remedy = "请核对姓名和证件号码；还没有办过卡的，请带证件到医院服务台办理。"


class PhoneDiffers(Conflict):
    title = "手机号与医院登记的不一致"
    remedy = "请改填办卡时的手机号；号码已经换了的，请带证件到医院服务台更新。"


class CardRefused(Conflict):
    """HIS said no for a reason of its own (`reason`)."""

    title = "医院系统暂时不能绑定这张卡"
    remedy = "请带证件到医院服务台办理。"


class TriedTooOften(TooMany):
    title = "尝试的次数太多了"
    remedy = "请一小时后再试，或带证件到医院服务台办理。"


class ModeUnknown(Invalid):
    title = "没有这种显示方式"
    remedy = "请选择普通版、长辈版或自动。"
