"""The house keeps its shape: rooms, names, no address of a machine, no assert outside tests."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TRACKED = [
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    if (ROOT / name).is_file()
]
TEXT = [path for path in TRACKED if path.suffix not in (".png", ".mo", ".jpg", ".zip")]
OURS = [path for path in TRACKED if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in ("platform", "flows", "cms", "fixtures")]


def test_platform_is_a_folder_and_no_package() -> None:
    assert not (ROOT / "platform" / "__init__.py").exists()
    assert not list((ROOT / "tests").rglob("__init__.py"))


def test_no_file_is_named_for_nothing() -> None:
    empty = {"utils.py", "helpers.py", "common.py", "base.py"}
    assert [str(path) for path in OURS if path.name in empty] == []


def test_no_assert_and_no_print_in_the_house() -> None:
    found = [
        str(path) for path in OURS if any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    ]
    assert found == []


def test_files_stay_small() -> None:
    long = {str(path.relative_to(ROOT)): lines for path in OURS if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 500}
    assert long == {}


def test_no_path_of_a_machine_and_no_index_address() -> None:
    paths = [r"(?<![\w}])/" + name for name in ("work/", "root/", "home/[a-z]+/")]
    machine = re.compile("|".join([*paths, "--(extra-)?index-url", '"resolved": ?"http']))
    found = [str(path.relative_to(ROOT)) for path in TEXT if machine.search(path.read_text(encoding="utf-8", errors="ignore"))]
    assert found == [str(Path("tests/house/test_layout.py"))] or found == []


def test_every_required_package_has_its_line_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8").lower()
    named = ["django", "django-viewflow", "wagtail", "django-formtools", "celery", "redis", "psycopg2-binary", "wechatpy", "pytest"]
    assert [name for name in named if f"`{name}`" not in readme] == []
    pinned = (ROOT / "requirements.txt").read_text(encoding="utf-8") + (ROOT / "requirements-dev.txt").read_text(encoding="utf-8")
    assert [name for name in named if not re.search(rf"^{name}==", pinned, re.M)] == []


def test_the_map_names_every_room() -> None:
    rooms = {path.parent.name for path in OURS if path.name == "apps.py"} - {"fixtures", "sandbox"}
    text = (ROOT / "docs" / "map.md").read_text(encoding="utf-8")
    assert [room for room in sorted(rooms) if room not in text] == []
