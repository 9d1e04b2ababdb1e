"""`make test`: every check of the house, one line each; with arguments, only the tests they name.

    make test                            everything
    make test ARGS="tests/payments -k twice"   these tests only

Installs what the tests need where that is permitted, else says what to install. The front end is built and checked by tests/miniprogram.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
PACKAGES = {"initdb": "postgresql", "redis-server": "redis-server", "chromium": "chromium", "fc-list": "fontconfig", "git": "git"}
ENVIRONMENT = {**os.environ, "PYTHONPATH": f"{ROOT / 'platform'}:{ROOT}", "PYTHONUNBUFFERED": "1"}
SERVED = [PYTHON, "tests/services.py", "--"]
KILLS, SEED = os.environ.get("RUNS", "10"), os.environ.get("SEED", "1")


@dataclass(frozen=True)
class Check:
    title: str
    command: list[str]
    folder: Path = ROOT
    extra: dict[str, str] = field(default_factory=dict)
    loud: bool = False


def manage(*words: str) -> list[str]:
    return [PYTHON, "manage.py", *words]


STATIC = [
    Check("格式", [PYTHON, "-m", "ruff", "format", "--check", "-q", "."]),
    Check("写法", [PYTHON, "-m", "ruff", "check", "-q", "."]),
    Check("房间与楼梯", [str(Path(PYTHON).parent / "lint-imports")]),
    Check("类型", [PYTHON, "-m", "mypy", "platform", "flows", "cms", "fixtures", "manage.py"]),
    Check("迁移", [*SERVED, *manage("makemigrations", "--check", "--dry-run")]),
    Check("接口说明", [*SERVED, *manage("openapi", "--check")]),
]
TESTS = [
    Check("测试", [*SERVED, PYTHON, "-m", "pytest", "tests", "-q"], loud=True),
    Check("杀进程", [*SERVED, PYTHON, "tests/kills.py"], extra={"RUNS": KILLS, "SEED": SEED}, loud=True),
]


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def missing() -> list[str]:
    """Debian packages of the programs that are not here."""
    names = [package for program, package in PACKAGES.items() if not there(program)]
    fonts = shutil.which("fc-list") and subprocess.run(["fc-list", ":lang=zh"], capture_output=True, text=True, check=False).stdout.strip()
    return names if fonts else [*names, "fonts-noto-cjk"]


def there(program: str) -> bool:
    return bool(shutil.which(program) or list(Path("/usr/lib/postgresql").glob(f"*/bin/{program}")))


def install() -> None:
    """Install the missing packages where permitted; else end with the line that installs them."""
    names = missing()
    if not names:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        sys.exit(f"缺少 {'、'.join(names)}。请先安装：sudo apt-get install -y {' '.join(names)}")
    say(f"安装 {'、'.join(names)}（一两分钟）…")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *names]):
        subprocess.run(["apt-get", *words], env=quiet, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)


def run(check: Check, failed: list[str]) -> None:
    began = time.monotonic()
    if check.loud:
        say(f"… {check.title}")
    output = None if check.loud else subprocess.PIPE
    done = subprocess.run(
        check.command,
        cwd=check.folder,
        env={**ENVIRONMENT, **check.extra},
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
        text=True,
        check=False,
    )
    say(f"{'✓' if done.returncode == 0 else '✗'} {check.title}（{time.monotonic() - began:.0f} 秒）")
    if done.returncode:
        failed.append(check.title)
        say(done.stdout or "")


def everything() -> int:
    failed: list[str] = []
    for check in STATIC:
        run(check, failed)
    if failed:
        return told(failed)
    for check in TESTS:
        run(check, failed)
    return told(failed)


def told(failed: list[str]) -> int:
    say(f"没有通过：{'、'.join(failed)}" if failed else "全部通过。")
    return 1 if failed else 0


def main(arguments: list[str]) -> int:
    install()
    if arguments:
        return subprocess.run([*SERVED, PYTHON, "-m", "pytest", *arguments], cwd=ROOT, env=ENVIRONMENT, check=False).returncode
    return everything()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
