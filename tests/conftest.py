"""The servers and the cast every room's tests share.

Partners are the sandbox over real HTTP; the cast is what the sandbox HIS knows. `drain` plays the worker: it delivers the outbox.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
DATA = Path(os.environ["DATA_DIR"]) if "DATA_DIR" in os.environ else None


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("PROFILE") != "test" or DATA is None:
        raise pytest.UsageError("Run the tests with `make test` (or: python tests/services.py -- pytest …): they need their own servers.")


FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
]  # fmt: skip
"""A browser that runs as root and asks nobody but the house."""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One headless Chromium for all tests that look at pages; each opens a context of its own."""
    from playwright.sync_api import sync_playwright

    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright keeps an event loop in this thread
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield running
        running.close()


PASSED: set[str] = set()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" and report.passed:
        PASSED.add(report.nodeid.partition("[")[0])


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """When the whole suite ran, every test that a tick list names must be among those that passed."""
    import acceptance

    options = session.config.option
    whole = session.config.args == ["tests"] and not (options.keyword or options.markexpr or options.collectonly)
    if whole and (absent := acceptance.not_run(PASSED)):
        session.config.get_terminal_writer().line("\nnamed in docs/acceptance, but not passed in this run:\n  " + "\n  ".join(absent))
        session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Tests that commit are followed by a quick clean-up instead of Django's flush."""
    import clean_tables
    from django.db import connection
    from django.test import TransactionTestCase

    with django_db_blocker.unblock():
        if connection.vendor != "postgresql":
            return
        clean_tables.remember()
    TransactionTestCase._fixture_teardown = lambda _self: clean_tables.restore()  # the framework's, not the house's


@pytest.fixture(scope="session")
def sandbox_server() -> Iterator[Any]:
    """The sandbox partners as their own process, knowing where the live server will listen."""
    import sandbox_process
    from services import free_port

    port = free_port()
    server = sandbox_process.start(DATA, platform_port=port)
    yield server
    server.stop()


@pytest.fixture
def sandbox(sandbox_server: Any, settings: Any) -> Any:
    """The sandbox with empty books, and our settings pointing at it."""
    sandbox_server.fresh()
    point_settings_at(settings, sandbox_server.credentials)
    return sandbox_server


def point_settings_at(settings: Any, credentials: dict[str, Any]) -> None:
    his, wechat = credentials["his"], credentials["wechat"]
    settings.HIS = {"default": {**settings.HIS["default"], "OPTIONS": {name: his[name] for name in ("url", "key_id", "key")}}}
    settings.HIS_PUSH_KEYS = {his["key_id"]: his["key"]}
    channel = settings.CHANNELS["wechat"]
    options = {name: wechat[name] for name in ("url", "appid", "mchid", "serial", "private_key", "apiv3_key", "public_keys")}
    settings.CHANNELS = {"wechat": {**channel, "OPTIONS": {**channel["OPTIONS"], **options, "demo_cashier": wechat["cashier_url"]}}}
    platform = settings.PLATFORMS["wechat"]
    settings.PLATFORMS = {"wechat": {**platform, "OPTIONS": {name: wechat[name] for name in ("url", "appid", "secret")}}}
    settings.DEMO_SIGN_IN_URL = wechat["sign_in_url"]


@pytest.fixture
def drain() -> Callable[[], int]:
    """Deliver everything the outbox holds, as the worker would; returns how many deliveries were made."""

    def run() -> int:
        from core import outbox

        total = 0
        while made := outbox.sweep(limit=200):
            total += made
        return total

    return run
