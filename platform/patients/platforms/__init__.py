"""Who a person is to the host app she comes from. `platform(name)` is the connector that settings chose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from patients.errors import PlatformUnknown
from patients.platforms.port import Platform


def platform(name: str) -> Platform:
    """Raises PlatformUnknown for a host this hospital has no program in."""
    chosen: Mapping[str, Any] | None = settings.PLATFORMS.get(name)
    if chosen is None:
        raise PlatformUnknown
    connector: Platform = import_string(chosen["PLATFORM"])(**chosen["OPTIONS"])
    return connector
