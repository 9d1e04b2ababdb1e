"""Lists that rooms above offer to the settings of a node, such as the published guide pages. flows imports nobody above it:
whoever has a list offers it under its name, once, when the house starts.
"""

from __future__ import annotations

from collections.abc import Callable

Choices = list[tuple[str, str]]
GUIDE_PAGES = "guide_pages"
ROLES = "roles"
STAFF_PROCESSES = "staff_processes"

_offers: dict[str, Callable[[], Choices]] = {}


def offer(name: str, choices: Callable[[], Choices]) -> None:
    """`choices()` gives (value, title) pairs and is asked anew for every form. The last offer of a name counts."""
    _offers[name] = choices


def choices(name: str) -> Choices:
    """What is offered under `name` now; empty when nobody offers it."""
    return _offers[name]() if name in _offers else []


def is_offered(name: str) -> bool:
    return name in _offers
