"""Settings: each one documented, and what belongs to the demo impossible in production."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
READ = re.compile(r'(?:env\.(?:text|number|names|document)|os\.environ\.get)\(\s*"([A-Z_]+)"')


def read_names() -> set[str]:
    files = [ROOT / "platform" / "config" / name for name in ("settings.py", "run.py", "env.py")]
    return {name for file in files for name in READ.findall(file.read_text(encoding="utf-8"))}


def test_every_setting_is_documented() -> None:
    documented = set(re.findall(r"`([A-Z_]+)`", (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")))
    assert sorted(read_names() - documented) == []
    assert len(read_names()) > 25


KEY = "0123456789abcdef" * 4
SOUND = {
    "PROFILE": "production",
    "DATABASE_URL": "postgresql://yicheng:x@db.hospital.cn:5432/yicheng",
    "REDIS_URL": "redis://cache.hospital.cn:6379/0",
    "PUBLIC_URL": "https://wx.linghai.cn",
    "ALLOWED_HOSTS": "wx.linghai.cn",
    "SECRET_KEY": KEY,
    "INDEX_KEY": KEY,
    "AUDIT_KEY": KEY,
    "TOKEN_KEY": KEY,
    "STAFF_READ_TOKEN": KEY,
    "FIELD_KEYS": '{"k1": "0123456789abcdef0123456789abcdef"}',
    "HIS_URL": "https://his.linghai.cn",
    "HIS_KEY_ID": "yc-1",
    "HIS_KEY": KEY,
    "HIS_PUSH_KEYS": '{"his-1": "' + KEY + '"}',
    "WECHAT_APPID": "wx0123456789abcdef",
    "WECHAT_SECRET": KEY,
    "WECHAT_MCHID": "1900000109",
    "WECHAT_SERIAL": "5157F09EFDC096DE15EBE81A47057A7232F1B8E1",
    "WECHAT_PRIVATE_KEY": "from the key service",
    "WECHAT_APIV3_KEY": "0" * 32,
    "WECHAT_PUBLIC_KEYS": '{"PUB_KEY_ID_0119000001092024": "from the key service"}',
}


def start(folder: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    """`manage.py check` as production would start, with these changes to a sound environment."""
    path = os.pathsep.join([str(ROOT / "platform"), str(ROOT)])
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": path, "DATA_DIR": str(folder), **SOUND, **changes}
    return subprocess.run([sys.executable, "manage.py", "check"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_a_sound_production_starts(tmp_path: Path) -> None:
    done = start(tmp_path)
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == [], "production writes nothing into DATA_DIR by itself"


REFUSED = [
    ("config.E001", {"HIS_URL": "http://127.0.0.1:8100"}),
    ("config.E001", {"WECHAT_PAY_URL": "http://localhost:8101"}),
    ("config.E002", {"HIS_URL": "http://his.linghai.cn"}),
    ("config.E003", {"PUBLIC_URL": "https://hospital.example"}),
    ("config.E004", {"DATABASE_URL": "sqlite:////srv/yicheng.sqlite3"}),
    ("config.E005", {"REDIS_URL": ""}),
    ("config.E010", {"SECRET_KEY": "changeme"}),
    ("config.E010", {"STAFF_READ_TOKEN": "a" * 40}),
    ("config.E011", {"FIELD_KEYS": "{}"}),
    ("config.E020", {"WECHAT_MCHID": "SANDBOX190001"}),
    ("config.E020", {"HIS_KEY_ID": "sandbox-platform"}),
    ("config.E020", {"HIS_PUSH_KEYS": '{"sandbox-his": "' + KEY + '"}'}),
]


@pytest.mark.parametrize(("code", "changes"), REFUSED, ids=[f"{code}-{next(iter(changes))}" for code, changes in REFUSED])
def test_production_refuses_what_belongs_to_the_demo(tmp_path: Path, code: str, changes: dict[str, str]) -> None:
    done = start(tmp_path, **changes)
    assert done.returncode != 0
    assert code in done.stderr


@pytest.mark.parametrize("changes", [{"HIS_URL": "http://127.0.0.1:8100"}, {"SECRET_KEY": "changeme"}])
def test_the_servers_themselves_refuse_to_start(tmp_path: Path, changes: dict[str, str]) -> None:
    path = os.pathsep.join([str(ROOT / "platform"), str(ROOT)])
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": path, "DATA_DIR": str(tmp_path), **SOUND, **changes}
    done = subprocess.run(
        [sys.executable, "-c", "from config.wsgi import application"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "config.E0" in done.stderr


def test_neither_sandbox_nor_demo_hospital_is_installed_in_production(tmp_path: Path) -> None:
    path = os.pathsep.join([str(ROOT / "platform"), str(ROOT)])
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": path, "DATA_DIR": str(tmp_path), **SOUND}
    for words in (["sandbox"], ["demo"]):
        done = subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode != 0
        assert "Unknown command" in done.stderr
