"""What patients are told."""

from django.apps import AppConfig


class Messaging(AppConfig):
    name = "messaging"
    verbose_name = "患者消息"
