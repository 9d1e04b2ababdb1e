"""Starts a private PostgreSQL and Redis on free loopback ports, runs a command with their addresses, stops them.

    python tests/services.py -- pytest tests

PostgreSQL refuses to run as root: as root the server runs as the user `postgres`. Without `--`, prints the addresses and waits.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def found(program: str) -> str:
    """The path of a program of PostgreSQL or Redis; ends with a sentence saying what to install."""
    candidates = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), reverse=True)
    path = shutil.which(program) or (str(candidates[0]) if candidates else None)
    if path is None:
        sys.exit(f"缺少程序 {program}。请安装:apt-get install postgresql redis-server chromium fonts-noto-cjk")
    return path


def as_postgres(folder: Path) -> list[str]:
    """The prefix that runs a command as a user other than root, who then owns `folder`."""
    if os.geteuid() != 0:
        return []
    user = pwd.getpwnam("postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def wait_for(port: int, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.5):
            return
        time.sleep(0.05)
    sys.exit(f"端口 {port} 在 {seconds:.0f} 秒内没有应答。")


@contextlib.contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A PostgreSQL cluster in `folder`; yields its address."""
    folder.mkdir()
    prefix, data, port = as_postgres(folder), folder / "data", free_port()
    make = [found("initdb"), "-D", str(data), "-U", "yicheng", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"]
    subprocess.run([*prefix, *make], check=True, stdout=subprocess.DEVNULL, cwd=folder)
    options = ["-c", f"port={port}", "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={folder}", "-c", "fsync=off"]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen([*prefix, found("postgres"), "-D", str(data), *options], stdout=log, stderr=log, cwd=folder)
    try:
        wait_for(port)
        ready = [found("psql"), "-h", "127.0.0.1", "-p", str(port), "-U", "yicheng", "-d", "postgres", "-qc", "create database yicheng"]
        for _ in range(50):
            if subprocess.run(ready, stderr=subprocess.DEVNULL, check=False).returncode == 0:
                break
            time.sleep(0.1)
        yield f"postgresql://yicheng@127.0.0.1:{port}/yicheng"
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(20)


@contextlib.contextmanager
def redis(folder: Path) -> Iterator[str]:
    """A Redis that keeps nothing on disk; yields its address."""
    folder.mkdir()
    port = free_port()
    command = [found("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(20)


@contextlib.contextmanager
def services() -> Iterator[dict[str, str]]:
    """Both servers; yields the environment that names them."""
    with tempfile.TemporaryDirectory(prefix="yicheng-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with postgres(folder / "postgres") as database, redis(folder / "redis") as queue:
            yield {"DATABASE_URL": database, "REDIS_URL": queue}


def main(command: list[str]) -> int:
    with services() as addresses, tempfile.TemporaryDirectory(prefix="yicheng-data-") as data:
        (Path(data) / "static").mkdir()
        path = os.pathsep.join([str(ROOT / "platform"), str(ROOT)])
        environment = {**os.environ, "PROFILE": "test", "DATA_DIR": data, "PYTHONPATH": path, **addresses}
        if not command:
            sys.stdout.write("".join(f"export {name}={value}\n" for name, value in addresses.items()))
            sys.stdout.flush()
            signal.pause()
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    arguments = sys.argv[1:]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(arguments[1:] if arguments[:1] == ["--"] else arguments))
