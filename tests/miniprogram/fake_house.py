"""The client's counterpart on loopback: it serves the built H5, plays any partner's page, and answers what a test laid out."""

from __future__ import annotations

import json
import mimetypes
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from core.screen import Screen

CONFIG = {
    "hospital": "岭海医院",
    "desk_name": "门诊导诊台",
    "desk_phone": "020-00000000",
    "sign_in_url": "",
    "appid": "wx0",
    "elder_age": 60,
    "source_url": "/source/",
}
ME = {
    "patients": [{"id": "P1", "name": "王*", "relation": "本人", "card": "**3821", "current": True}],
    "display": {"mode": "normal", "source": "default", "prompt": ""},
}


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Reply:
    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


Answers = Reply | Callable[[Asked], Reply]


class House:
    """`answers["GET /home"] = Reply(...)`, or a function of what was asked. `asked` keeps every request."""

    def __init__(self, h5: Path) -> None:
        self.h5 = h5
        self.asked: list[Asked] = []
        self.answers: dict[str, Answers] = {"GET /config": Reply(CONFIG), "GET /me": Reply(ME)}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler(self))
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def shows(self, path: str, screen: Screen, **headers: str) -> None:
        self.answers[f"GET {path}"] = Reply(screen.model_dump(mode="json"), headers=headers)

    def times(self, what: str) -> int:
        return len([one for one in self.asked if f"{one.method} {one.path}" == what])

    def last(self, what: str) -> Asked:
        return [one for one in self.asked if f"{one.method} {one.path}" == what][-1]


def handler(house: House) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            return

        def answer(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.path.startswith("/api/v1"):
                asked = Asked(
                    self.command, self.path.removeprefix("/api/v1").partition("?")[0], dict(self.headers), json.loads(raw) if raw else None
                )
                house.asked.append(asked)
                found = house.answers.get(
                    f"{asked.method} {asked.path}", Reply({"title": "没有找到", "code": "api.not_found", "status": 404}, 404)
                )
                reply = found(asked) if callable(found) else found
                content = b"" if reply.status == 304 else json.dumps(reply.body, ensure_ascii=False).encode()
                self.say(reply.status, content, "application/json", reply.headers)
            else:
                self.file()

        def file(self) -> None:
            name = self.path.partition("?")[0].removeprefix("/m/") or "index.html"
            path = house.h5 / name
            if not path.is_file():
                return self.say(200, b"<title>partner</title>", "text/html", {})
            return self.say(200, path.read_bytes(), mimetypes.guess_type(path.name)[0] or "text/plain", {})

        def say(self, status: int, content: bytes, kind: str, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = answer

    return Handler


def problem(
    status: int, code: str, title: str, detail: str = "", remedy: str = "", screen: Screen | None = None, **facts: str | int
) -> Reply:
    body = {"type": "about:blank", "code": code, "title": title, "detail": detail, "remedy": remedy, "status": status, "facts": facts}
    if screen is not None:
        body["screen"] = screen.model_dump(mode="json")
    return Reply(body, status)
