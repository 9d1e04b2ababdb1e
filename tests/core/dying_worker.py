"""A worker of its own process: registers a subscriber that never ends, takes the delivery and says so. The test kills it."""

import os
import sys
import time
from dataclasses import dataclass

import django

os.environ["DJANGO_SETTINGS_MODULE"] = sys.argv[1]
django.setup()

from core import outbox  # noqa: E402 -- the apps must be loaded first


@outbox.event
@dataclass(frozen=True)
class ChairMoved:
    chair: str
    steps: int


@outbox.subscriber(ChairMoved, name="core.test_moves")
def never_ends(news: ChairMoved) -> None:
    sys.stdout.write(f"{news.chair}\n")
    sys.stdout.flush()
    time.sleep(60)


outbox.sweep()
