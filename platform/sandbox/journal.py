"""What a partner has seen: every call with its answer, with nothing in it that tells who somebody is."""

from __future__ import annotations

import json
import re
import time
from typing import Any

from flask import Response, g, request

from sandbox import clock
from sandbox.partner import Partner

HIDDEN = {"name", "id_no", "phone", "secret", "js_code", "openid", "session_key", "access_token", "paySign", "code", "signature"}
KEPT_ROWS = 2000
QUERY = re.compile(r"\b(secret|js_code|access_token|code)=[^&]*")


def begin() -> None:
    g.began = time.monotonic()


def hide(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: "***" if key in HIDDEN and inner else hide(inner) for key, inner in value.items()}
    return [hide(inner) for inner in value] if isinstance(value, list) else value


def masked(body: bytes) -> str:
    try:
        return json.dumps(hide(json.loads(body)), ensure_ascii=False)[:2000] if body else ""
    except ValueError:
        return f"({len(body)} 字节，不是 JSON)"


def note(partner: Partner, response: Response) -> None:
    """Write the call down, after it was answered and outside its transaction."""
    spent = int((time.monotonic() - g.get("began", time.monotonic())) * 1000)
    path = QUERY.sub(r"\1=***", request.full_path.rstrip("?"))
    said = "" if response.status_code < 400 else masked(response.get_data())
    record(partner, method=request.method, path=path, status=response.status_code, ms=spent, body=masked(request.get_data()), note=said)


def record(partner: Partner, *, method: str, path: str, status: int, ms: int, body: str, note: str) -> None:
    partner.store.add("seen", at=clock.stamp(), method=method, path=path, status=status, ms=ms, body=body, note=note)
    partner.store.run("delete from seen where id < (select max(id) from seen) - ?", KEPT_ROWS)


def newest(partner: Partner, limit: int = 100) -> list[dict[str, Any]]:
    return partner.store.rows("select * from seen order by id desc limit ?", limit)
