"""The hospital system behind a port. `his()` is the connector that settings chose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from his.port import Hospital


def his(name: str = "default") -> Hospital:
    """The configured hospital system; a connector holds no state, so each call may make a new one."""
    chosen: Mapping[str, Any] = settings.HIS[name]
    hospital: Hospital = import_string(chosen["CONNECTOR"])(**chosen["OPTIONS"])
    return hospital
