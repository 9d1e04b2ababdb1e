"""A table with protected columns, and partners that misbehave on a real socket."""

from __future__ import annotations

import socket
import socketserver
import struct
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, models
from django.test.utils import isolate_apps

from core.fields import ProtectedField


@pytest.fixture(scope="session")
def person_model(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    """A model of the test's own; its table stands for the session."""
    with isolate_apps("core"):

        class Person(models.Model):
            name = ProtectedField("姓名", kind="name")
            phone = ProtectedField("手机号", kind="phone", blank=True, default="")
            id_no = ProtectedField("证件号码", kind="id_no", null=True, blank=True)
            openid = ProtectedField("平台账号", kind="openid", unique=True, blank=True, default="")

            class Meta:
                app_label = "core"

    with django_db_blocker.unblock(), connection.schema_editor() as editor:
        editor.create_model(Person)
    yield Person
    with django_db_blocker.unblock(), connection.schema_editor() as editor:
        editor.delete_model(Person)


@pytest.fixture
def person(person_model: Any, db: None) -> Any:
    return person_model


Behaviour = Callable[[socket.socket, bytes], None]


def request_of(wire: socket.socket) -> bytes:
    """The request as it came over the wire, head and body."""
    got = b""
    while b"\r\n\r\n" not in got:
        piece = wire.recv(65536)
        if not piece:
            return got
        got += piece
    head, _, body = got.partition(b"\r\n\r\n")
    length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0)
    while len(body) < length:
        body += wire.recv(65536)
    return head + b"\r\n\r\n" + body


class Partner:
    """A server on loopback that does what `behaves` says and remembers what it was sent, and over how many connections."""

    def __init__(self) -> None:
        self.behaves: Behaviour = self.says()
        self.heard: list[bytes] = []
        self.connections = 0
        partner = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                partner.connections += 1
                while request := request_of(self.request):
                    partner.heard.append(request)
                    try:
                        partner.behaves(self.request, request)
                    except OSError:
                        return

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A connection that broke is what was wanted."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    # Ways to behave

    @staticmethod
    def says(body: bytes = b"ok", status: str = "200 OK", *headers: str) -> Behaviour:
        lines = "".join(f"{line}\r\n" for line in headers)

        def answer(wire: socket.socket, _: bytes) -> None:
            wire.sendall(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{lines}\r\n".encode() + body)

        return answer

    @staticmethod
    def silent(*_: object) -> None:
        time.sleep(3)

    @staticmethod
    def hangs_up(wire: socket.socket, _: bytes) -> None:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        wire.close()

    @staticmethod
    def stops_midway(wire: socket.socket, _: bytes) -> None:
        wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        wire.close()

    @staticmethod
    def drips(wire: socket.socket, _: bytes) -> None:
        wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(30):
            wire.sendall(b".")
            time.sleep(0.1)


@pytest.fixture
def partner() -> Iterator[Partner]:
    one = Partner()
    yield one
    one.stop()


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
