"""What was heard from the HIS, how far, and what was refused. Nothing here holds personal data; the raw messages are not kept."""

from __future__ import annotations

from django.db import models

from core import clock


class Received(models.Model):
    """An event of the HIS, kept once however often it comes."""

    class Means(models.TextChoices):
        PUSH = "push", "推送"
        POLL = "poll", "轮询补回"

    id = models.BigAutoField(primary_key=True)
    event_id = models.CharField("事件编号", max_length=64, unique=True)
    seq = models.BigIntegerField("序号", db_index=True)
    type = models.CharField("类型", max_length=40)
    at = models.DateTimeField("发生时间")
    means = models.CharField("途径", max_length=10, choices=Means)
    received_at = models.DateTimeField("收到时间", default=clock.now)

    class Meta:
        verbose_name = verbose_name_plural = "HIS 事件"
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.seq} {self.type}"


class Position(models.Model):
    """How far everything is known: no event with a `seq` up to this one is missing. Leased by the one poller at work."""

    feed = models.CharField("来源", max_length=20, unique=True)
    seq = models.BigIntegerField("已知到", default=0)
    holder = models.CharField("占用者", max_length=32, blank=True)
    held_until = models.DateTimeField("占用到", default=clock.now)

    class Meta:
        verbose_name = verbose_name_plural = "HIS 事件进度"
        default_permissions = ()


class Nonce(models.Model):
    """A nonce that was used; swept when its message would be stale anyway."""

    id = models.BigAutoField(primary_key=True)
    key_id = models.CharField("密钥编号", max_length=64)
    nonce = models.CharField("随机数", max_length=64)
    seen_at = models.DateTimeField("用于", default=clock.now, db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "用过的随机数"
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["key_id", "nonce"], name="nonce_once")]


class Refusal(models.Model):
    """Pushes refused from one source within one minute; becomes one audit entry when the minute is over."""

    source = models.CharField("来源", max_length=64)
    minute = models.DateTimeField("分钟")
    reason = models.CharField("首个原因", max_length=20)
    times = models.PositiveIntegerField("次数", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "拒收的推送"
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["source", "minute"], name="refusal_once_per_minute")]
