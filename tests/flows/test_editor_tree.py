"""The pure half of the canvas (insert, move, copy with references, undo) has its tests in its own language."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


def test_the_trees_edits_hold_in_node() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed")
    done = subprocess.run([node, "--test", str(Path(__file__).parent / "editor")], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout
