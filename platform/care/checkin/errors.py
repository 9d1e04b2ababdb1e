"""Why a patient cannot check in, or not by phone, or not yet. Each says what to do instead."""

from core.errors import Conflict, PartnerUnavailable, PartnerUnclear


class TooFar(Conflict):
    """`distance` and `limit` in metres."""

    title = "您离院区还有 {distance} 米"
    remedy = "请走到离院区 {limit} 米以内再报到；已经在院区里的，请到导诊台报到。"


class PositionUnusable(Conflict):
    """`reason`: missing, inaccurate, old, future."""

    title = "手机给的位置用不上"
    remedy = "请打开定位、走到空旷处再点一次；还是不行，请到导诊台报到，一样有效。"


class TooEarly(Conflict):
    """`opens` is when check-in opens, ISO 8601."""

    title = "还没到报到时间"
    remedy = "请等报到开始后再点；您的预约一直保留着。"


class TooLate(Conflict):
    title = "这次门诊的报到已经结束"
    remedy = "请到导诊台，由工作人员看能否补办。"


class VisitCancelled(Conflict):
    title = "这次预约已经取消"
    remedy = "请到导诊台重新挂号。"


class AlreadySeen(Conflict):
    title = "这次门诊已经看完"
    remedy = "不用再报到，请按就诊进度往下走。"


class ClinicStopped(Conflict):
    title = "这个门诊今天停诊了"
    remedy = "请到导诊台改约或退号，工作人员会帮您办。"


class CheckInWaits(PartnerUnavailable):
    """HIS was not reached. Nothing was sent and nothing is lost."""

    title = "医院系统暂时连不上，还没有报到"
    remedy = "您的预约还在。请过一分钟再点一次，或到导诊台报到。"


class CheckInUnclear(PartnerUnclear):
    """It may have arrived and even asking got no answer. The next tap asks first."""

    title = "报到的结果还在确认"
    remedy = "请等一分钟再点一次看结果，不会取到两个号；着急请到导诊台。"
