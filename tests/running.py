"""The whole house as it runs in production: web, worker and sandbox as processes, on the tests' PostgreSQL and Redis.

A context manager for journeys, browser tests and kills. Each part can be killed and started again; every process is ended by its pid.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import requests
from sandbox_process import two_free_ports
from services import free_port, wait_for

ROOT = Path(__file__).resolve().parent.parent


class House:
    def __init__(self, folder: Path, *, database: str, redis: str) -> None:
        self.folder, self.port, self.sandbox_port = folder, free_port(), two_free_ports()
        self.parts: dict[str, subprocess.Popen[bytes]] = {}
        self.environment = {
            **os.environ,
            "PROFILE": "test",
            "DATA_DIR": str(folder),
            "DATABASE_URL": database,
            "REDIS_URL": redis,
            "PORT": str(self.port),
            "SANDBOX_PORT": str(self.sandbox_port),
            "PYTHONPATH": f"{ROOT / 'platform'}:{ROOT}",
            "PYTHONWARNINGS": "ignore",
            "C_FORCE_ROOT": "1",
            "SANDBOX_CLOCK": "0",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "WALK_PATIENCE": os.environ.get("WALK_PATIENCE", "90"),
        }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def manage(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *words], cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"manage.py {' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout

    def command(self, part: str) -> list[str]:
        python = sys.executable
        web = [
            "--interface",
            "wsgi",
            "--host",
            "127.0.0.1",
            "--port",
            str(self.port),
            "--blocking-threads",
            "4",
            "--no-ws",
            "--log-level",
            "warning",
        ]
        worker = [
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
        ]
        return {
            "sandbox": [python, "-m", "sandbox.serve"],
            "web": [python, "-m", "granian", *web, "config.wsgi:application"],
            "worker": [python, "-m", "celery", *worker],
        }[part]

    def start(self, part: str) -> None:
        with (self.log / part).open("ab") as out:
            self.parts[part] = subprocess.Popen(
                self.command(part), cwd=ROOT, env=self.environment, stdout=out, stderr=out, start_new_session=True
            )

    def kill(self, part: str) -> None:
        """kill -9 of the part and everything it started; nothing is said to it."""
        process = self.parts[part]
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self, part: str) -> None:
        process = self.parts[part]
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            self.kill(part)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    def open(self) -> None:
        self.log.mkdir(parents=True, exist_ok=True)
        (self.folder / "static").mkdir(exist_ok=True)
        self.manage("sandbox", "--prepare")
        self.manage("migrate", "--no-input", "-v", "0")
        self.start("sandbox")
        wait_for(self.sandbox_port)
        wait_for(self.sandbox_port + 1)
        self.manage("demo")
        self.start("web")
        self.start("worker")
        wait_for(self.port)

    def answers(self) -> bool:
        """Does the web answer?"""
        with contextlib.suppress(requests.RequestException):
            return requests.get(f"{self.url}/api/v1/config", timeout=2).ok
        return False

    def close(self) -> None:
        for part in reversed(self.parts):
            self.stop(part)

    def control(self, partner: str, what: str, **body: object) -> dict[str, object]:
        port = self.sandbox_port + (partner == "wechat")
        answer = requests.post(f"http://127.0.0.1:{port}/control/{what}", json=body, timeout=20)
        answer.raise_for_status()
        found: dict[str, object] = answer.json()
        return found

    def walk(self, **extra: str) -> subprocess.CompletedProcess[str]:
        """`make walk` against this house."""
        environment = {**self.environment, **extra}
        return subprocess.run(
            [sys.executable, "tests/walk.py"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=600
        )

    def until(self, seconds: float, true: object) -> bool:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if true():  # type: ignore[operator]
                return True
            time.sleep(0.3)
        return False


def another_database(address: str, name: str) -> str:
    """An empty database beside the one of `address`."""
    import psycopg2

    parts = urlsplit(address)
    connection = psycopg2.connect(address)
    connection.autocommit = True
    with connection.cursor() as sql:
        sql.execute(f'drop database if exists "{name}"')
        sql.execute(f'create database "{name}"')
    connection.close()
    return parts._replace(path=f"/{name}").geturl()


@contextlib.contextmanager
def house(folder: Path, *, database: str = "house", queue: int = 1) -> Iterator[House]:
    """A house of its own on the servers that `tests/services.py` started; `queue` is the Redis database."""
    address = another_database(os.environ["DATABASE_URL"], database)
    redis = urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{queue}").geturl()
    running = House(folder, database=address, redis=redis)
    try:
        running.open()
        yield running
    finally:
        running.close()
