"""Care: from the appointment to the medicine."""

from django.apps import AppConfig


class Care(AppConfig):
    name = "care"
    verbose_name = "就医"
