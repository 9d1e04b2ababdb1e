"""What the desk itself may allow, and which grants a role has had. The data of visits and money belongs to other rooms."""

from __future__ import annotations

from django.db import models


class Desk(models.Model):
    """No table: it only carries the permissions that belong to no single room."""

    class Meta:
        managed = False
        default_permissions = ()
        permissions = [
            ("see_today", "看今日看板"),
            ("reveal_patient", "写明理由后看患者原文"),
            ("export_runs", "导出就诊列表（脱敏）"),
        ]


class Grant(models.Model):
    """A permission that a role was given once. What staff take away afterwards stays away."""

    role = models.CharField("角色", max_length=40)
    permission = models.CharField("权限", max_length=120)

    class Meta:
        verbose_name = verbose_name_plural = "角色初始权限"
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["role", "permission"], name="grant_once")]

    def __str__(self) -> str:
        return f"{self.role} {self.permission}"


class FailedSignIn(models.Model):
    """How often one account was tried in vain within one minute; `told` once the audit has it. `account` is empty where nobody has it."""

    index = models.CharField("账号索引", max_length=64)
    account = models.CharField("账号", max_length=150, blank=True)
    minute = models.DateTimeField("哪一分钟")
    count = models.PositiveIntegerField("次数", default=0)
    told = models.BooleanField("已入审计", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "没有成功的登录"
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["index", "minute"], name="failed_sign_in_minute")]

    def __str__(self) -> str:
        return f"{self.minute:%H:%M} {self.count}"
