"""What every part of one partner needs at hand, and how a partner says no."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from sandbox.config import Config
from sandbox.faults import Faults
from sandbox.store import Store


@dataclass
class Partner:
    """`wake` is set when something waits to be sent; `settings` are the clock's: they outlive a request, not the process."""

    title: str
    config: Config
    store: Store
    faults: Faults
    keys: dict[str, Any]
    credentials: dict[str, Any]
    wake: threading.Event = field(default_factory=threading.Event)
    settings: dict[str, float] = field(default_factory=dict)


class Refused(Exception):
    """The partner's no: an HTTP status, a code, words for people. Raised before anything is changed."""

    def __init__(self, status: int, code: str, message: str, **detail: Any) -> None:
        super().__init__(code)
        self.status, self.code, self.message, self.detail = status, code, message, detail

    @property
    def body(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.message, **({"detail": self.detail} if self.detail else {})}
