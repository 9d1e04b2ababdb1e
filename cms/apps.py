"""Pages that IT publishes and patients read in the mini-program."""

from django.apps import AppConfig


class Cms(AppConfig):
    name = "cms"
    verbose_name = "内容"
