"""News on its way, and the audit's book. Nothing here holds personal data."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from core import clock


class Published(models.Model):
    """An event, committed with what made it true."""

    name = models.CharField("消息", max_length=60)
    payload = models.JSONField("内容")
    created = models.DateTimeField("发出", default=clock.now)

    class Meta:
        verbose_name = verbose_name_plural = "已发布的消息"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.name} {self.pk}"


class Delivery(models.Model):
    """One subscriber's copy of an event, with its own back-off.

    `tries` counts attempts begun. While one is under way `next_try` is the end of its lease: a worker that dies gives the delivery
    back then. `last_error` is a code, never a message.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "在路上"
        DONE = "done", "已送到"
        DEAD = "dead", "没送到"

    event = models.ForeignKey(Published, models.CASCADE, related_name="deliveries", verbose_name="消息")
    subscriber = models.CharField("送给谁", max_length=80)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.WAITING)
    tries = models.PositiveIntegerField("次数", default=0)
    next_try = models.DateTimeField("下次", default=clock.now)
    last_error = models.CharField("原因", max_length=120, blank=True)
    done_at = models.DateTimeField("送到", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "消息投递"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["event", "subscriber"], name="delivery_once_per_subscriber")]
        indexes = [
            models.Index(fields=["next_try"], condition=Q(state="waiting"), name="delivery_due"),
            models.Index(fields=["id"], condition=Q(state="dead"), name="delivery_dead"),
        ]

    def __str__(self) -> str:
        return f"{self.subscriber} {self.pk}"


class Entry(models.Model):
    """One line of the audit. It stands: the database refuses to change or delete it, except to link it into the chain once."""

    at = models.DateTimeField("时间", default=clock.now, db_index=True)
    actor = models.CharField("谁", max_length=150)
    action = models.CharField("做了什么", max_length=80)
    subject = models.CharField("对象", max_length=150, db_index=True)
    facts = models.JSONField("事实", default=dict)
    mac = models.CharField("校验码", max_length=64)
    sequence = models.BigIntegerField("序号", null=True, blank=True, unique=True)
    chain = models.CharField("链", max_length=64, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "审计"
        ordering = ["pk"]
        indexes = [models.Index(fields=["id"], condition=Q(sequence=None), name="entry_unsealed")]

    def __str__(self) -> str:
        return f"{self.action} {self.pk}"


class ChainHead(models.Model):
    """Where the audit's chain ends; its one row is the sealer's lock."""

    sequence = models.BigIntegerField("序号", default=0)
    chain = models.CharField("链", max_length=64, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "审计链尾"

    def __str__(self) -> str:
        return str(self.sequence)
