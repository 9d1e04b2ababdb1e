"""Where care happens, and what HIS has told about each visit. Numbers of HIS are keys; of the patient only our own number stands here."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from core import clock


class Place(models.Model):
    """Where to go, as HIS words it."""

    building = models.CharField("楼", max_length=200, blank=True)
    floor = models.CharField("楼层", max_length=200, blank=True)
    room = models.CharField("房间", max_length=200, blank=True)
    hint = models.CharField("怎么走", max_length=500, blank=True)

    class Meta:
        abstract = True

    @property
    def place(self) -> str:
        """In one line, from large to small; empty when HIS did not say."""
        return " ".join(part for part in (self.building, self.floor, self.room) if part)


class Campus(models.Model):
    """Position in GCJ-02; within `fence_metres` of it one may check in by phone."""

    his_id = models.CharField("院区编号", max_length=64, unique=True)
    name = models.CharField("名称", max_length=200)
    address = models.CharField("地址", max_length=200, blank=True)
    lng = models.FloatField("经度")
    lat = models.FloatField("纬度")
    fence_metres = models.PositiveIntegerField("报到范围（米）")

    class Meta:
        verbose_name = verbose_name_plural = "院区"
        ordering = ["his_id"]

    def __str__(self) -> str:
        return self.name


class Department(Place):
    his_id = models.CharField("科室编号", max_length=64, unique=True)
    campus = models.ForeignKey(Campus, models.PROTECT, to_field="his_id", related_name="departments", verbose_name="院区")
    name = models.CharField("名称", max_length=200)
    pinyin = models.CharField("拼音", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "科室"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Appointment(Place):
    """One appointment of one of our patients. `state` is what was told to the rooms above, `reported` what HIS said when last asked.

    `read_at`: when the reading kept here left for HIS; an earlier one never overwrites it.
    """

    class State(models.TextChoices):
        BOOKED = "booked", "已预约"
        CHECKED_IN = "checked_in", "已报到"
        SEEN = "seen", "已就诊"
        MISSED = "missed", "未就诊"
        CANCELLED = "cancelled", "已退号"

    his_id = models.CharField("预约编号", max_length=64, unique=True)
    patient = models.CharField("患者", max_length=32)
    campus = models.ForeignKey(Campus, models.PROTECT, to_field="his_id", verbose_name="院区")
    department = models.ForeignKey(Department, models.PROTECT, to_field="his_id", verbose_name="科室")
    doctor_name = models.CharField("医生", max_length=200, blank=True)
    date = models.DateField("就诊日")
    session = models.CharField("时段", max_length=40, blank=True)
    starts = models.DateTimeField("开始")
    ends = models.DateTimeField("结束")
    kind = models.CharField("就诊类型", max_length=40)
    insured = models.BooleanField("参保", null=True)
    state = models.CharField("状态", max_length=12, choices=State.choices, default=State.BOOKED)
    reported = models.CharField("HIS 状态", max_length=40, default=State.BOOKED)
    next_step = models.CharField("医生安排", max_length=20, blank=True)
    unbilled = models.BooleanField("没有费用", default=False)
    read_at = models.DateTimeField("读取时间")

    class Meta:
        verbose_name = verbose_name_plural = "预约"
        ordering = ["starts", "his_id"]
        indexes = [
            models.Index(fields=["patient", "date"], name="appointment_of_patient"),
            models.Index(fields=["date", "read_at"], condition=Q(state__in=["booked", "checked_in"]), name="appointment_open_by_day"),
        ]

    def __str__(self) -> str:
        return self.his_id


class Arrival(models.Model):
    """One attempt to check in, claimed before it leaves. Where she stood is not kept."""

    class State(models.TextChoices):
        CLAIMED = "claimed", "已发出"
        RECORDED = "recorded", "已报到"
        REFUSED = "refused", "被拒绝"
        UNCLEAR = "unclear", "结果未知"

    appointment = models.ForeignKey(Appointment, models.CASCADE, to_field="his_id", related_name="arrivals", verbose_name="预约")
    key = models.CharField("幂等键", max_length=120, unique=True)
    request_no = models.CharField("请求编号", max_length=64, unique=True)
    means = models.CharField("方式", max_length=20)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.CLAIMED)
    reason = models.CharField("原因", max_length=80, blank=True)
    at = models.DateTimeField("时间", default=clock.now)

    class Meta:
        verbose_name = verbose_name_plural = "报到请求"
        indexes = [models.Index(fields=["at"], condition=Q(state__in=["claimed", "unclear"]), name="arrival_not_known")]


class Ticket(models.Model):
    """Her place in the queue. `as_of` is HIS's clock: older news never overwrites newer.

    `means` stays empty until CheckedIn was told. `turn_at` and `turn_state` are of the newest call or pass told, `turns` counts them.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "候诊中"
        CALLED = "called", "已叫号"
        PASSED = "passed", "已过号"
        SEEN = "seen", "已就诊"
        VOID = "void", "已作废"

    appointment = models.OneToOneField(Appointment, models.CASCADE, to_field="his_id", related_name="ticket", verbose_name="预约")
    number = models.CharField("号码", max_length=200)
    ahead = models.PositiveIntegerField("前面人数", null=True)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.WAITING)
    room = models.CharField("诊室", max_length=200, blank=True)
    minutes_low = models.PositiveIntegerField("最少分钟", null=True)
    minutes_high = models.PositiveIntegerField("最多分钟", null=True)
    as_of = models.DateTimeField("HIS 时间")
    read_at = models.DateTimeField("读取时间", default=clock.now)
    means = models.CharField("报到方式", max_length=20, blank=True)
    arrived_at = models.DateTimeField("报到时间", null=True)
    turns = models.PositiveIntegerField(default=0)
    turn_state = models.CharField(max_length=10, blank=True)
    turn_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = "排队号"

    def __str__(self) -> str:
        return self.number


class Charge(models.Model):
    """A bill of HIS as last read. `order` is the payments order that is or was open for it.

    `untold`: HIS changed or withdrew it while an order of ours was on it; that is told once the order is out of the way.
    """

    class State(models.TextChoices):
        OPEN = "open", "待缴"
        LOCKED = "locked", "缴费中"
        SETTLED = "settled", "已缴"
        WITHDRAWN = "withdrawn", "已作废"

    bill = models.CharField("账单编号", max_length=64, unique=True)
    appointment = models.ForeignKey(Appointment, models.CASCADE, to_field="his_id", related_name="charges", verbose_name="预约")
    total = models.BigIntegerField("金额（分）")
    version = models.CharField("账单版本", max_length=64)
    state = models.CharField("状态", max_length=12, choices=State.choices)
    kind = models.CharField("类别", max_length=40, blank=True)
    lines: Any = models.JSONField("明细", default=list)
    issued_at = models.DateTimeField("开出时间")
    order = models.CharField("订单", max_length=32, blank=True)
    receipt = models.CharField("HIS 收据", max_length=200, blank=True)
    untold = models.BooleanField("变更待告知", default=False)
    read_at = models.DateTimeField("读取时间")

    class Meta:
        verbose_name = verbose_name_plural = "账单"
        ordering = ["issued_at", "bill"]
        constraints = [models.CheckConstraint(condition=Q(total__gte=0), name="charge_total_not_negative")]

    def __str__(self) -> str:
        return self.bill


class Placement(models.Model):
    """One claim of ours on a bill: locked at HIS, paid through payments, booked at HIS. At most one is alive for a bill.

    `reference` is the number HIS knows our order by, minted before anything leaves; payments opens the order under the same number.
    `asked` says that a call to HIS may have arrived unanswered, so the next begins by asking.
    """

    class State(models.TextChoices):
        CLAIMED = "claimed", "正在提交"
        OPENED = "opened", "等付款"
        BOOKING = "booking", "正在记账"
        BOOKED = "booked", "已记账"
        REFUSED = "refused", "医院拒收"
        RELEASED = "released", "已取消"

    LIVE = ("claimed", "opened", "booking")

    key = models.CharField("幂等键", max_length=100, unique=True)
    reference = models.CharField("提交编号", max_length=32, unique=True)
    charge = models.ForeignKey(Charge, models.PROTECT, to_field="bill", related_name="placements", verbose_name="账单")
    amount = models.BigIntegerField("金额（分）")
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.CLAIMED)
    order = models.CharField("订单", max_length=32, blank=True)
    channel = models.CharField("渠道", max_length=40, blank=True)
    channel_no = models.CharField("渠道单号", max_length=64, blank=True)
    paid_at = models.CharField("付款时间", max_length=40, blank=True)
    reason = models.CharField("原因", max_length=80, blank=True)
    asked = models.BooleanField("结果未知", default=False)
    told = models.BooleanField("已告知", default=False)
    at = models.DateTimeField("时间", default=clock.now)

    class Meta:
        verbose_name = verbose_name_plural = "缴费申请"
        constraints = [
            models.UniqueConstraint(fields=["charge"], condition=Q(state__in=["claimed", "opened", "booking"]), name="placement_one_alive"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="placement_amount_not_negative"),
        ]
        indexes = [models.Index(fields=["at"], condition=Q(state__in=["claimed", "booking"]), name="placement_under_way")]


class Dispensing(models.Model):
    """Her medicine at the pharmacy."""

    class State(models.TextChoices):
        PREPARING = "preparing", "正在备药"
        READY = "ready", "已备好"
        COLLECTED = "collected", "已取走"

    appointment = models.OneToOneField(Appointment, models.CASCADE, to_field="his_id", related_name="dispensing", verbose_name="预约")
    state = models.CharField("状态", max_length=12, choices=State.choices)
    window = models.CharField("窗口", max_length=200, blank=True)
    lines: Any = models.JSONField("药品", default=list)
    read_at = models.DateTimeField("读取时间")

    class Meta:
        verbose_name = verbose_name_plural = "取药"
