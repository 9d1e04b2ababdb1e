"""The Celery application. A task is only a nudge: what a lost task hid is swept within ten seconds."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("yicheng")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
