"""Which channels this hospital has: `settings.CHANNELS`, in the shape of Django's CACHES."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, cast

from django.conf import settings
from django.utils.module_loading import import_string

from payments.channels.port import Channel
from payments.errors import ChannelUnknown


def channel(name: str) -> Channel:
    """Raises ChannelUnknown."""
    channels: dict[str, dict[str, Any]] = settings.CHANNELS
    if name not in channels:
        raise ChannelUnknown(channel=name[:32])
    row = channels[name]
    return built(row["CHANNEL"], json.dumps({"name": name, **row["OPTIONS"]}, sort_keys=True))


@lru_cache(maxsize=16)
def built(path: str, options: str) -> Channel:
    """Channels hold parsed keys and no state, so one of each is enough."""
    return cast(Channel, import_string(path)(**json.loads(options)))


__all__ = ["Channel", "channel"]
