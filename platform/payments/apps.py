"""Orders, channels, refunds and the ledger."""

from django.apps import AppConfig


class Payments(AppConfig):
    name = "payments"
    verbose_name = "缴费"
