"""Refusals every alcove shares."""

from core.errors import NotFound


class AppointmentNotFound(NotFound):
    title = "没有找到这次预约"
    remedy = "请回到首页刷新后再看，或到导诊台查询。"


class PlaceUnknown(NotFound):
    """HIS names a campus its own directory does not have."""

    title = "院区目录里没有这个院区"
    remedy = "请信息科核对 HIS 的院区目录，随后会自动重试。"
