"""Bring every protected field of the house under FIELD_KEY_ACTIVE. Afterwards the old key may leave FIELD_KEYS."""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand

from core.fields import protected_fields, rotate_rows


class Command(BaseCommand):
    help = __doc__

    def handle(self, *_: Any, **__: Any) -> None:
        for model in apps.get_models():
            if protected_fields(model):
                self.stdout.write(f"{model._meta.verbose_name}：{rotate_rows(model)} 行已换密钥")
