"""A background thread of a partner: sends what is due, and moves the clock by itself when it is told to."""

from __future__ import annotations

import sys
import threading
import time
import traceback
from collections.abc import Callable

from sandbox.partner import Partner

LOOK_EVERY = 0.25


class Beat(threading.Thread):
    """`send` runs when woken and every quarter of a second; `tick` every `settings["clock_seconds"]`, never when that is 0."""

    def __init__(self, partner: Partner, send: Callable[[], object], tick: Callable[[], object] | None = None) -> None:
        super().__init__(name=f"beat-{partner.title}", daemon=True)
        self.partner, self.send, self.tick = partner, send, tick
        self.ending = False
        self.ticked = time.monotonic()

    def run(self) -> None:
        while not self.ending:
            self.partner.wake.wait(LOOK_EVERY)
            self.partner.wake.clear()
            if not self.ending:
                self.once()

    def once(self) -> None:
        try:
            seconds = self.partner.settings["clock_seconds"]
            if self.tick and seconds and time.monotonic() - self.ticked >= seconds:
                self.ticked = time.monotonic()
                self.tick()
            self.send()
        except Exception:  # noqa: BLE001 -- a beat must not end because one send went wrong
            traceback.print_exc(file=sys.stderr)

    def end(self) -> None:
        self.ending = True
        self.partner.wake.set()
        self.join(6)
