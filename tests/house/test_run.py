"""`make run`: prepares, starts, prints where to go and no patient, stops cleanly; a second start has nothing left to prepare."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import requests
from sandbox_process import two_free_ports
from services import free_port

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


class Demo:
    """`make run` with SQLite in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.port, self.sandbox = free_port(), two_free_ports()
        bare = {
            name: value
            for name, value in os.environ.items()
            if name not in ("DATABASE_URL", "REDIS_URL", "PROFILE", "DJANGO_SETTINGS_MODULE")
        }
        environment = {**bare, "PORT": str(self.port), "SANDBOX_PORT": str(self.sandbox), "DATA_DIR": str(folder)}
        self.began, self.lines = time.monotonic(), list[str]()
        self.process = subprocess.Popen(
            [sys.executable, "platform/config/run.py"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self.read, daemon=True).start()

    def read(self) -> None:
        for line in self.process.stdout or ():
            self.lines.append(line)

    def up(self, seconds: float = 150) -> bool:
        while time.monotonic() < self.began + seconds and self.process.poll() is None:
            if any("Ctrl-C" in line for line in self.lines):
                return True
            time.sleep(0.2)
        return False

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


def test_it_starts_prints_no_patient_and_stops_cleanly(tmp_path: Path) -> None:
    demo = Demo(tmp_path)
    try:
        assert demo.up(), "".join(demo.lines)
        text = "".join(demo.lines)
        home = f"http://127.0.0.1:{demo.port}"
        assert f"{home}/m/" in text
        assert f"{home}/admin/" in text
        for path in ("/", "/m/", "/admin/login/", "/api/v1/config", "/source/"):
            assert (path, requests.get(home + path, timeout=10).status_code) == (path, 200)
        people = requests.get(f"http://127.0.0.1:{demo.sandbox}/control/cast", timeout=10).json()["people"]
        patients = [
            person[name] for person in people if person["role"] != "staff" for name in ("name", "id_no", "phone") if person.get(name)
        ]
        assert [word for word in patients if word in text] == []
    finally:
        ended = demo.stop()
    assert ended == 0
    assert "已停止" in "".join(demo.lines)
    passwords = json.loads((tmp_path / "staff.json").read_text(encoding="utf-8"))
    assert len(set(passwords.values())) == len(passwords), "made for this folder, each its own"
    assert (tmp_path / "staff.json").stat().st_mode & 0o077 == 0

    again = Demo(tmp_path)
    try:
        assert again.up(), "".join(again.lines)
        assert all(word in "".join(again.lines) for word in passwords.values()), "the same sign-ins"
    finally:
        again.stop()


def test_a_port_in_use_is_said_with_the_way_out(tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        environment = {**os.environ, "PORT": str(taken.getsockname()[1]), "SANDBOX_PORT": str(two_free_ports()), "DATA_DIR": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "platform/config/run.py"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
    assert done.returncode == 1
    assert "PORT=8010" in done.stdout
