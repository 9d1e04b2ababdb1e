"""The mini-program's contract, and the doors partners knock on."""

from django.apps import AppConfig


class Api(AppConfig):
    name = "api"
    verbose_name = "接口"
