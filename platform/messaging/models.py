"""What patients were told, kept until they have read it and after."""

from __future__ import annotations

from django.db import models

from core import clock


class Message(models.Model):
    """`patient` is our number. `target` is where a tap leads inside the program; empty for none. Texts hold no personal data."""

    id = models.BigAutoField(primary_key=True)
    number = models.CharField("消息编号", max_length=32, unique=True)
    patient = models.CharField("就诊人编号", max_length=32)
    key = models.CharField("事由编号", max_length=120)
    title = models.CharField("标题", max_length=60)
    body = models.CharField("内容", max_length=500, blank=True)
    target = models.CharField("去处", max_length=200, blank=True)
    left_at = models.DateTimeField("留言时间", default=clock.now)
    read_at = models.DateTimeField("阅读时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "患者消息"
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["patient", "key"], name="message_once")]
        indexes = [models.Index(fields=["patient", "-id"], name="message_inbox")]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"
