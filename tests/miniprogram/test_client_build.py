"""What is built: exact pins, no addresses in the lock file, a branch for every block, three programs of one code, all small."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, get_args

import pytest
import sample_screens as sample
from conftest import H5, ROOT

from core.screen import AnyBlock

CLIENT = ROOT / "miniprogram"
UNI = "3.0.0-5000720260410001"
TYPES = sorted(block.model_fields["type"].default for block in get_args(get_args(AnyBlock)[0]))
MOST_BYTES = 1_500_000


def run(*command: str, folder: Path = CLIENT) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=180)


def test_every_package_is_pinned_exactly() -> None:
    package = json.loads((CLIENT / "package.json").read_text(encoding="utf-8"))
    pins = package["dependencies"] | package["devDependencies"]
    assert {version for name, version in pins.items() if name.startswith("@dcloudio/") and name != "@dcloudio/types"} == {UNI}
    assert all(re.fullmatch(r"\d[\w.-]*", version) for version in pins.values())
    assert (pins["vue"], pins["vite"], package["overrides"]["rollup"]) == ("3.4.21", "5.2.8", "4.52.5")


def test_the_lock_file_names_no_address() -> None:
    lock = (CLIENT / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock
    assert "http://" not in lock
    assert all("integrity" in entry for name, entry in json.loads(lock)["packages"].items() if name)
    assert "ignore-scripts=true" in (CLIENT / ".npmrc").read_text(encoding="utf-8")


def test_every_block_has_a_branch_in_the_source_and_in_what_is_built() -> None:
    source = (CLIENT / "src" / "blocks" / "Blocks.vue").read_text(encoding="utf-8")
    assert sorted(re.findall(r"block\.type === '(\w+)'", source)) == TYPES
    built = "".join(path.read_text(encoding="utf-8") for path in H5.glob("assets/*.js"))
    assert [kind for kind in TYPES if not re.search(rf'type ?===? ?"{kind}"|"{kind}" ?===? ?\w+\.type', built)] == []


def test_only_the_host_layer_knows_the_host() -> None:
    """Conditional compilation stands in `host/` and in the list of pages, nowhere else."""
    found = [
        path.relative_to(CLIENT).as_posix()
        for path in (CLIENT / "src").rglob("*.*")
        if "#ifdef" in path.read_text(encoding="utf-8", errors="ignore")
    ]
    assert sorted(found) == ["src/host/index.ts", "src/pages.json"]


def test_both_platforms_say_what_the_position_is_for() -> None:
    manifest = json.loads((CLIENT / "src" / "manifest.json").read_text(encoding="utf-8"))
    for platform in ("mp-weixin", "mp-alipay"):
        assert "不保存" in manifest[platform]["permission"]["scope.userLocation"]["desc"]
    assert manifest["mp-weixin"]["requiredPrivateInfos"] == ["getLocation"]


@pytest.mark.browser
def test_the_client_asks_nothing_of_strangers(phone: Any, house: Any) -> None:
    """Everything the H5 loads is its own: it works in a hospital's closed network."""
    page = phone("?quiet", signed_in=False)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for mode in (False, True):
        house.shows("/visits/V1", sample.every_block(elder=mode))
        page.goto(f"{house.address}/m/?{mode}#/pages/visit/index?id=V1")
        page.locator(".slot").first.wait_for()
    assert len(asked) > 4
    assert [url for url in asked if not url.startswith((house.address, "data:"))] == []


@pytest.mark.slow
def test_pure_parts() -> None:
    done = run("npm", "test", "--silent")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_the_client_compiles_and_a_block_without_a_branch_does_not(tmp_path: Path) -> None:
    done = run("npm", "run", "-s", "typecheck")
    assert done.returncode == 0, done.stdout
    copy = tmp_path / "client"
    shutil.copytree(CLIENT / "src", copy / "src")
    shutil.copy(CLIENT / "tsconfig.json", copy)
    (copy / "node_modules").symlink_to(CLIENT / "node_modules")
    blocks = copy / "src" / "blocks" / "Blocks.vue"
    lines = blocks.read_text(encoding="utf-8").splitlines()
    blocks.write_text("\n".join(line for line in lines if "'code'" not in line), encoding="utf-8")
    broken = run(str(CLIENT / "node_modules/.bin/vue-tsc"), "--noEmit", folder=copy)
    assert broken.returncode != 0
    assert "is not assignable to parameter of type 'never'" in broken.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "page", "mark"), [("wechat", "pages/visit/index.wxml", "wx:if"), ("alipay", "pages/visit/index.axml", "a:if")]
)
def test_both_mini_programs_are_built_of_the_same_code(built: dict[str, Path], kind: str, page: str, mark: str) -> None:
    folder = built[kind]
    pages = json.loads((folder / "app.json").read_text(encoding="utf-8"))["pages"]
    assert len(pages) == 13
    assert all((folder / f"{one}.js").exists() for one in pages)
    assert (folder / page).exists()
    blocks = (folder / "blocks" / page.rpartition("/")[2].replace("index", "Blocks")).read_text(encoding="utf-8")
    assert mark in blocks
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < MOST_BYTES
