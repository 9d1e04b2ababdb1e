"""The Celery application. A task is only a nudge: what a lost task hid is swept within ten seconds."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("yicheng")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def refuse_the_demo(**_: Any) -> None:
    """A worker refuses to start on settings that belong to the demo, as the web does."""
    from config import checks

    checks.or_refuse()
