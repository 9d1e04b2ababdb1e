"""A partner that says what a test tells it to, over real HTTP: for answers the sandbox would never give."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Scripted:
    """`says` answers (method, path, body) with (status, body); None hangs up without a word. `heard` is what was asked."""

    url: str = ""
    says: Callable[[str, str, bytes], tuple[int, Any] | None] = lambda *_: (200, {})
    heard: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def listening() -> Iterator[Scripted]:
    script = Scripted()

    class Desk(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            script.heard.append((self.command, self.path, dict(self.headers), body))
            answer = script.says(self.command, self.path, body)
            if answer is None:
                self.close_connection = True
                return
            status, said = answer
            raw = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_POST = do_GET

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    script.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
