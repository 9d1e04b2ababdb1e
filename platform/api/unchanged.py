"""The unchanged visit page, answered before any work.

The ETag is an HMAC over account, run, mode and revision: only the server can make one, and only for an account that was allowed to see
the run. So a client that holds the right one may be told *unchanged* without a look at the database: one cache read and one HMAC.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from core import clock
from core.screen import Screen
from flows import queries
from patients import queries as patients
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


PAGE = re.compile(r"/api/v1/visits/([0-9A-Za-z]{1,32})")
Start = Callable[..., Any]


class Door:
    """Stands before Django: a poll that finds nothing new is answered here, from the cache alone. All else goes in."""

    def __init__(self, application: Callable[[dict[str, Any], Start], Iterable[bytes]]) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        held = environ.get("HTTP_IF_NONE_MATCH")
        if held and environ["REQUEST_METHOD"] == "GET" and held == current(environ):
            start("304 Not Modified", [("ETag", held), ("Cache-Control", "private, no-cache")])
            return ()
        return self.application(environ, start)


def current(environ: dict[str, Any]) -> str | None:
    """The tag that the visit page asked for has now; None where only Django can tell."""
    page, token = PAGE.fullmatch(environ.get("PATH_INFO", "")), environ.get("HTTP_AUTHORIZATION", "")
    account = patients.account_of(token.removeprefix("Bearer "), asking=False) if page and token.startswith("Bearer ") else None
    known = cache.get(f"run:{page[1]}") if page and account else None
    if page is None or account is None or known is None:
        return None
    asked = parse_qs(environ.get("QUERY_STRING", "")).get("mode", [""])[-1]
    mode = asked if asked in MODES else patients.display_mode(account, host_font=font(environ.get("HTTP_X_FONT_PX", ""))).mode
    return tag(str(account.pk), page[1], mode, known)


MODES = ("normal", "elder")


def font(text: str) -> float | None:
    """The host's font size in px, as the mini-program reports it (WeChat only)."""
    return float(text) if text.replace(".", "", 1).isdigit() else None


__all__ = ["Door", "answer", "font", "tag"]
