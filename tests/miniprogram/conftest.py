"""The built H5 in a real browser, with a small interface on loopback that answers what a test lays out."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

ROOT = Path(__file__).parents[2]
CLIENT = ROOT / "miniprogram"
H5 = CLIENT / "dist" / "build" / "h5"
PHONE, SMALL, TABLET = (390, 844), (320, 640), (1024, 768)


@pytest.fixture(scope="session")
def browser(chromium: Any) -> Any:
    if not (H5 / "index.html").exists():
        pytest.fail("患者端 H5 还没有构建：make front")
    return chromium


@pytest.fixture
def house() -> Iterator[Any]:
    """The interface, empty: a test lays out its answers."""
    from fake_house import House

    with House(H5) as running:
        yield running


@pytest.fixture
def phone(browser: Any, house: Any) -> Iterator[Callable[..., Any]]:
    """Opens a page of the client on a phone; `opened.faults` holds what the page complained of."""
    contexts: list[Any] = []

    def opened(address: str = "", *, size: tuple[int, int] = PHONE, signed_in: bool = True, dark: bool = False, **more: Any) -> Any:
        width, height = size
        scheme = "dark" if dark else "light"
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, locale="zh-CN", reduced_motion="reduce", **more
        )
        contexts.append(context)
        if signed_in:
            context.add_init_script(
                "if (!localStorage.getItem('y.token')) localStorage.setItem('y.token', JSON.stringify({type:'string',data:'t-1'}))"
            )
        page = context.new_page()
        page.set_default_timeout(6000)
        page.faults = []  # type: ignore[attr-defined]
        page.on("pageerror", lambda fault: page.faults.append(str(fault)))  # type: ignore[attr-defined]
        page.goto(f"{house.address}/m/{address}")
        return page

    yield opened
    for context in contexts:
        context.close()


TARGETS = {"wechat": "mp-weixin", "alipay": "mp-alipay"}


def started(folder: Path, kind: str) -> subprocess.Popen[str]:
    """One build of its own: nobody else's build can pull it away."""
    environment = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    return subprocess.Popen(
        ["npm", "run", "-s", f"build:{TARGETS[kind]}"],
        cwd=CLIENT,
        env=environment | {"UNI_OUTPUT_DIR": str(folder / kind / "built")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Both mini-programs, built of the same code, in a folder of this session."""
    folder = tmp_path_factory.mktemp("mini-programs")
    builds = {kind: started(folder, kind) for kind in TARGETS}
    for build in builds.values():
        said, _ = build.communicate(timeout=170)
        assert build.returncode == 0, said
    return {kind: folder / kind / "built" for kind in TARGETS}
