"""How the canvas hands a finished draft over. `flows.wagtail_hooks` puts the process in: the two stand beside each other on the stair."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Submit = Callable[[Any, Any], str]
_submit: list[Submit] = []


def use(submit: Submit) -> None:
    """`submit(draft, user)` publishes or starts the approval; it returns what staff read. Raises problems."""
    _submit[:] = [submit]


def submit(draft: Any, *, by: Any) -> str:
    return _submit[0](draft, by)
