"""The hospital system behind a port."""

from django.apps import AppConfig


class His(AppConfig):
    name = "his"
    verbose_name = "HIS 连接"
