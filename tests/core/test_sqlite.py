"""Core on the demo's database."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings


def test_core_keeps_its_promises_on_sqlite(tmp_path: Path) -> None:
    paths = os.pathsep.join([str(settings.ROOT / "platform"), str(settings.ROOT), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path}/story.sqlite3", "PYTHONPATH": paths}
    command = [sys.executable, str(Path(__file__).with_name("sqlite_story.py")), os.environ["DJANGO_SETTINGS_MODULE"]]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert told.stdout == "the story holds\n", told.stderr[-3000:]
