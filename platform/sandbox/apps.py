"""The partners of the demo and the tests. Not installed in production."""

from django.apps import AppConfig


class Sandbox(AppConfig):
    name = "sandbox"
    verbose_name = "沙箱合作方"
