"""The conductor: definitions that staff draw, and the runs that patients walk."""

from django.apps import AppConfig


class Flows(AppConfig):
    name = "flows"
    verbose_name = "流程"
