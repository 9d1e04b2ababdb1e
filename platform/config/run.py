"""`make run`: prepares the demo hospital and starts sandbox, web and worker; stops them cleanly on Ctrl-C.

Each part is its own process. A second start skips what is already done. Prints the addresses and the staff sign-ins, and no patient's name.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent.parent
PORT = int(os.environ.get("PORT", "8000"))
SANDBOX_PORT = int(os.environ.get("SANDBOX_PORT", "8100"))
DATA_DIR = Path(os.environ.get("DATA_DIR", str(ROOT / "var"))).resolve()


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def environment() -> dict[str, str]:
    path = os.pathsep.join([str(ROOT / "platform"), str(ROOT)])
    ours = {"PORT": str(PORT), "SANDBOX_PORT": str(SANDBOX_PORT), "DATA_DIR": str(DATA_DIR), "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}
    quiet = {"PYTHONWARNINGS": "ignore", "C_FORCE_ROOT": "1"}  # a demo on a developer's machine; production runs as a user of its own
    return {**os.environ, "PROFILE": os.environ.get("PROFILE", "demo"), "DJANGO_SETTINGS_MODULE": "config.settings", **quiet, **ours}


def manage(*words: str) -> None:
    subprocess.run([sys.executable, str(ROOT / "manage.py"), *words], cwd=ROOT, env=environment(), check=True)


def prepare() -> None:
    """Keys, sandbox books, tables, the demo hospital. Every part says when it has nothing to do."""
    steps: Sequence[tuple[str, tuple[str, ...]]] = [
        ("准备沙箱合作方", ("sandbox", "--prepare")),
        ("准备数据库", ("migrate", "--no-input", "-v", "0")),
    ]
    for number, (title, words) in enumerate(steps, 1):
        say(f"[{number}/3] {title} …")
        manage(*words)


class Parts:
    """The running processes, in the order they were started."""

    def __init__(self) -> None:
        self.running: list[tuple[str, subprocess.Popen[bytes]]] = []
        self.stopping = False

    def start(self, name: str, command: list[str]) -> None:
        process = subprocess.Popen(command, cwd=ROOT, env=environment(), start_new_session=True)
        self.running.append((name, process))
        (DATA_DIR / "pids").mkdir(parents=True, exist_ok=True)
        (DATA_DIR / "pids" / name).write_text(str(process.pid))

    def stop(self, *_: object) -> None:
        self.stopping = True

    def end(self) -> None:
        """Ask each part to end, newest first; after ten seconds insist."""
        for _, process in reversed(self.running):
            if process.poll() is None:
                process.terminate()
        until = time.monotonic() + 10
        for _, process in reversed(self.running):
            try:
                process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def first_ended(self) -> str | None:
        return next((name for name, process in self.running if process.poll() is not None), None)


def answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.3)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(parts: Parts, port: int) -> None:
    until = time.monotonic() + 60
    while not answers(port):
        if parts.stopping or parts.first_ended() or time.monotonic() > until:
            raise SystemExit(f"端口 {port} 没有应答，已停止。")
        time.sleep(0.1)


def web(port: int) -> list[str]:
    options = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", os.environ.get("WEB_WORKERS", "1")]
    return [
        sys.executable,
        "-m",
        "granian",
        *options,
        "--blocking-threads",
        "4",
        "--no-ws",
        "--log-level",
        "warning",
        "config.wsgi:application",
    ]


def worker() -> list[str]:
    return [
        sys.executable,
        "-m",
        "celery",
        "-q",
        "-A",
        "config",
        "worker",
        "-B",
        "--pool",
        "threads",
        "-c",
        "2",
        "-l",
        "warning",
        "--without-gossip",
        "--without-mingle",
        "--without-heartbeat",
    ]


def main() -> int:
    for port in (PORT, SANDBOX_PORT, SANDBOX_PORT + 1):
        if answers(port):
            say(f"端口 {port} 已被占用。换一个:PORT=8010 SANDBOX_PORT=8110 make run")
            return 1
    (DATA_DIR / "static").mkdir(parents=True, exist_ok=True)
    prepare()
    parts = Parts()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        parts.stop()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    try:
        parts.start("sandbox", [sys.executable, "-m", "sandbox.serve"])
        wait_for(parts, SANDBOX_PORT)
        wait_for(parts, SANDBOX_PORT + 1)
        say("[3/3] 载入示范医院 …")
        manage("demo")
        parts.start("web", web(PORT))
        parts.start("worker", worker())
        wait_for(parts, PORT)
        manage("demo", "--sign-ins")
        while not parts.stopping and parts.first_ended() is None:
            time.sleep(0.3)
        if name := (None if parts.stopping else parts.first_ended()):
            say(f"{name} 意外停止，其余部分一并停止。请看上面的输出。")
            return 1
        say("\n正在停止 …")
    finally:
        parts.end()
    say("已停止。")
    return 0


if __name__ == "__main__":
    sys.exit(main())
