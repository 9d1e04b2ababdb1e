"""Who signs in, whose record it is, and who may act for whom."""

from __future__ import annotations

from functools import cached_property

from django.db import models

from core.fields import ProtectedField


class Account(models.Model):
    """One person's sign-in on one platform. A token of hers holds while `epoch` is the one it was issued for."""

    class Mode(models.TextChoices):
        AUTO = "auto", "自动"
        NORMAL = "normal", "普通版"
        ELDER = "elder", "长辈版"

    platform = models.CharField("平台", max_length=20)
    openid = ProtectedField("平台账号", kind="openid")
    display = models.CharField("显示方式", max_length=10, choices=Mode, default=Mode.AUTO)
    epoch = models.PositiveIntegerField("登录批次", default=1)
    is_active = models.BooleanField("可以登录", default=True)
    created_at = models.DateTimeField("首次登录", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "账户"
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["platform", "openid_index"], name="account_once")]

    def __str__(self) -> str:
        return f"{self.platform} {self.openid}"

    @cached_property
    def birth_year(self) -> int | None:
        """Of the patient who is hers first; None while there is none."""
        first = self.memberships.order_by(*Membership.ORDER).select_related("patient").first()
        return first.patient.birth_year if first else None


class Patient(models.Model):
    """A person with a card at the hospital. `number` is ours and may stand anywhere; the rest is hers."""

    class Sex(models.TextChoices):
        MALE = "male", "男"
        FEMALE = "female", "女"
        UNKNOWN = "unknown", "未知"

    number = models.CharField("就诊人编号", max_length=32, unique=True)
    his_patient_id = models.CharField("HIS 编号", max_length=64, unique=True)
    card = ProtectedField("就诊卡号", kind="card")
    name = ProtectedField("姓名", kind="name")
    id_no = ProtectedField("证件号码", kind="id_no", blank=True, default="")
    phone = ProtectedField("手机号", kind="phone", blank=True, default="")
    sex = models.CharField("性别", max_length=10, choices=Sex, default=Sex.UNKNOWN)
    birth_year = models.PositiveSmallIntegerField("出生年份", null=True, blank=True)
    created_at = models.DateTimeField("建档时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "就诊人"
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class Membership(models.Model):
    """This account may act for this patient."""

    ORDER = ("pk",)
    """The patient bound first is the one shown first."""

    class Relation(models.TextChoices):
        SELF = "self", "本人"
        FAMILY = "family", "家人"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="memberships", verbose_name="账户")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="memberships", verbose_name="就诊人")
    relation = models.CharField("关系", max_length=10, choices=Relation, default=Relation.FAMILY)
    created_at = models.DateTimeField("绑定时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "家庭成员关系"
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["account", "patient"], name="membership_once")]

    @property
    def relation_text(self) -> str:
        return str(self.get_relation_display())
