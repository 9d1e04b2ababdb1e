"""The sandbox as a process: prepared once, listening on this machine only, ended cleanly, knowing nothing of us."""

from __future__ import annotations

import ast
import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import sandbox_process

from sandbox import config, credentials

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "platform" / "sandbox"


def prepare(data: Path, port: int) -> dict[str, Any]:
    place = config.Config(data / "sandbox", port, port + 1, {"https://hospital.example": "http://127.0.0.1:8000"})
    assert credentials.prepare(place) == kept(data)
    return kept(data)


def kept(data: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((data / "sandbox" / "credentials.json").read_text(encoding="utf-8"))
    return found


def test_the_command_prepares(tmp_path: Path) -> None:
    environment = {**os.environ, "DATA_DIR": str(tmp_path), "SANDBOX_PORT": "8400"}
    subprocess.run([sys.executable, "manage.py", "sandbox", "--prepare"], cwd=ROOT, env=environment, check=True, capture_output=True)
    assert kept(tmp_path)["consoles"] == {"his": "http://127.0.0.1:8400/console/", "wechat": "http://127.0.0.1:8401/console/"}


def test_preparing_twice_keeps_the_keys_and_follows_the_ports(tmp_path: Path) -> None:
    first, again, moved = prepare(tmp_path, 8100), prepare(tmp_path, 8100), prepare(tmp_path, 8300)
    assert first == again
    assert (first["his"]["url"], moved["his"]["url"], moved["wechat"]["url"]) == (
        "http://127.0.0.1:8100",
        "http://127.0.0.1:8300",
        "http://127.0.0.1:8301",
    )
    assert {**first["wechat"], "url": "", "cashier_url": "", "sign_in_url": ""} == {
        **moved["wechat"],
        "url": "",
        "cashier_url": "",
        "sign_in_url": "",
    }
    for path in (tmp_path / "sandbox").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name


def test_every_number_says_that_it_is_the_sandbox(tmp_path: Path) -> None:
    found = prepare(tmp_path, 8100)
    marks = [found["his"]["key_id"], found["wechat"]["mchid"], found["wechat"]["appid"], next(iter(found["wechat"]["public_keys"]))]
    assert all("sandbox" in mark.lower() for mark in marks)
    assert len(found["wechat"]["apiv3_key"]) == 32


def test_a_kill_loses_nothing_and_a_signal_ends_it(tmp_path: Path) -> None:
    server = sandbox_process.start(tmp_path, platform_port=9)
    visit = server.cast["wang"]["appointment"]
    server.his_act("check_in", appointment=visit)
    server.process.kill()
    server.process.wait(5)
    again = sandbox_process.start(tmp_path, platform_port=9)
    try:
        assert again.cast["wang"]["appointment"] == visit
        assert again.his_act("check_in", appointment=visit)["number"] == "A004"
        assert {path.name for path in tmp_path.iterdir()} == {"sandbox"}
    finally:
        again.process.send_signal(signal.SIGINT)
        assert again.process.wait(8) == 0


def test_it_imports_nothing_of_ours() -> None:
    allowed = {"sandbox", "flask", "waitress", "werkzeug", "requests", "cryptography", *sys.stdlib_module_names}
    for path in SOURCE.rglob("*.py"):
        django = {"django"} if path.name == "apps.py" or "commands" in path.parts else set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert {name.split(".")[0] for name in names} <= allowed | django, (path.name, names)
