"""Events as the HIS writes them, pushes as it signs them, and a HIS that says what a test tells it to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.cache import cache
from scripted_partner import Scripted, listening

from core import clock
from his import signature

KEY_ID, KEY = "test-his-1", "a" * 64
PATH = "/callbacks/his/events"


@pytest.fixture
def scripted(settings: Any) -> Iterator[Scripted]:
    with listening() as script:
        options = {"url": f"{script.url}/hospital", "key_id": KEY_ID, "key": KEY}
        settings.HIS = {"default": {**settings.HIS["default"], "OPTIONS": options}}
        settings.HIS_PUSH_KEYS = {KEY_ID: KEY}
        yield script


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    cache.clear()


def event(seq: int, kind: str = "checkin.recorded", /, **said: Any) -> dict[str, Any]:
    """An event as the HIS writes it."""
    row = {"id": f"ev-{seq:08d}", "seq": seq, "type": kind, "at": "2026-11-24T09:00:00+08:00", "campus": "C1", "patient": "H1"}
    return {**row, "appointment": f"A{seq}", "bill": None, "data": {}, **said}


@dataclass
class Pusher:
    """Signs as the HIS does; a test may spoil any part before it is delivered."""

    accept: Callable[..., int]

    def signed(self, body: bytes, *, path: str = PATH, at: int | None = None, key: str = KEY, key_id: str = KEY_ID) -> dict[str, str]:
        now = int(clock.now().timestamp()) if at is None else at
        return signature.sign("POST", path, body, key_id=key_id, key=key, at=now)

    def __call__(self, *events: dict[str, Any]) -> int:
        body = json.dumps({"events": list(events)}).encode()
        return self.accept("POST", PATH, self.signed(body), body)


@pytest.fixture
def push(settings: Any) -> Pusher:
    from his import errands

    settings.HIS_PUSH_KEYS = {KEY_ID: KEY}
    return Pusher(errands.accept_push)
