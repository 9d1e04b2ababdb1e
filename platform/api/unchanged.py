"""The unchanged visit page, answered before any work.

The ETag is an HMAC over account, run, mode and revision: only the server can make one, and only for an account that was allowed to see
the run. So a client that holds the right one may be told *unchanged* without a look at the database: one cache read and one HMAC.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from core import clock
from core.screen import Screen
from flows import queries
from patients.models import Account

FRESH_SECONDS = 60
"""A screen says "as of"; after a minute it is drawn anew even when nothing changed."""


def tag(account: str, run: str, mode: str, revision: int) -> str:
    minute = int(clock.now().timestamp()) // FRESH_SECONDS
    text = f"{account}|{run}|{mode}|{revision}|{minute}".encode()
    return f'"{hmac.new(bytes.fromhex(settings.TOKEN_KEY), text, hashlib.sha256).hexdigest()[:32]}"'


def answer(request: HttpRequest, account: Account, run: str, draw: Callable[[], Screen], *, elder: bool) -> HttpResponse:
    """The screen with its ETag, or 304."""
    mode = "elder" if elder else "normal"
    known = cache.get(f"run:{run}")
    current = tag(str(account.pk), run, mode, known) if known is not None else None
    if current is not None and request.headers.get("If-None-Match") == current:
        return HttpResponse(status=304, headers={"ETag": current})
    revision = queries.revision(run)
    body = draw().model_dump_json()
    cache.set(f"run:{run}", revision, 86_400)
    fresh = {"ETag": tag(str(account.pk), run, mode, revision), "Cache-Control": "private, no-cache"}
    return HttpResponse(body, content_type="application/json", headers=fresh)


__all__ = ["answer", "tag"]
