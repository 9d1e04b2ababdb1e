"""The sandbox partners as one process of their own, for the tests: started on free ports, driven over its control API, ended by pid."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).resolve().parent.parent
STARTS_WITHIN = 30


class Refused(AssertionError):
    """The control API said no."""


class Server:
    """Both partners. `his` and `wechat` in a signature name one of them."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path, port: int) -> None:
        self.process, self.folder = process, folder
        self.urls = {"his": f"http://127.0.0.1:{port}", "wechat": f"http://127.0.0.1:{port + 1}"}
        self.session = requests.Session()

    @property
    def credentials(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "sandbox" / "credentials.json").read_text(encoding="utf-8"))
        return found

    @property
    def cast(self) -> dict[str, dict[str, Any]]:
        """The invented people by key (`wang`, `li`, `li_child`, `zhao`, `zhou`, `smith`, `ma`, `stranger`, `chen`), with plain name, id_no,
        phone, openid, patient, card_no and today's `appointment`."""
        return {person["key"]: person for person in self.get("his", "cast")["people"]}

    def get(self, partner: str, what: str, **query: Any) -> Any:
        return self.read(self.session.get(f"{self.urls[partner]}/control/{what}", params=query, timeout=20))

    def post(self, partner: str, what: str, **body: Any) -> Any:
        return self.read(self.session.post(f"{self.urls[partner]}/control/{what}", json=body, timeout=60))

    @staticmethod
    def read(answer: requests.Response) -> Any:
        if answer.status_code != 200:
            raise Refused(f"{answer.status_code} {answer.text}")
        return answer.json()

    def fresh(self) -> None:
        """Empty books, every switch off, clocks still; the cast has new appointments of today. Numbers go on: none is given out twice."""
        for partner in self.urls:
            self.post(partner, "clock", seconds=0, retry_scale=1)
            self.post(partner, "fresh")

    def his_act(self, action: str, **words: Any) -> Any:
        """What a doctor, the pharmacy or the counter does: call_next, call, finish, ready, dispense, sell, settle_bill, withdraw_bill …"""
        return self.post("his", "act", do=action, **words)

    def wechat_act(self, action: str, **words: Any) -> Any:
        return self.post("wechat", "act", do=action, **words)

    def pay(self, order: str) -> dict[str, Any]:
        """The payer confirms; `order` is a prepay_id (with or without `prepay_id=`) or an out_trade_no. The notice follows by itself."""
        bare = order.removeprefix("prepay_id=")
        name = "prepay_id" if bare.startswith("wx") else "out_trade_no"
        found: dict[str, Any] = self.post("wechat", "pay", **{name: bare})
        return found

    def code(self, person: str) -> str:
        """A one-time sign-in code of this person, as wx.login would give it."""
        return str(self.wechat_act("code", person_key=person)["code"])

    def fault(self, partner: str, name: str, value: Any = True) -> None:
        """Switch a fault on, or off with False. `fresh` switches all of them off."""
        self.post(partner, "faults", **{name: value})

    def books(self, partner: str) -> dict[str, Any]:
        found: dict[str, Any] = self.get(partner, "books")
        return found

    def seen(self, partner: str, limit: int = 100) -> list[dict[str, Any]]:
        """The partner's own record of calls, newest first, masked."""
        rows: list[dict[str, Any]] = self.get(partner, "log", limit=limit)["calls"]
        return rows

    def events(self, after: int = 0) -> list[dict[str, Any]]:
        """The HIS's event feed."""
        found: list[dict[str, Any]] = self.get("his", "events", after=after)["events"]
        return found

    @property
    def last_event(self) -> int:
        return int(self.books("his")["last_event"])

    def clock(self, partner: str = "his", **words: Any) -> Any:
        """`ticks=n` moves the queues and the pharmacy; `seconds=s` lets them move by themselves; `retry_scale=` shortens retries."""
        return self.post(partner, "clock", **words)

    def deliver(self, partner: str) -> int:
        """Send all pushes (his) or notices (wechat) that wait, now; returns how many the platform took."""
        return int(self.post(partner, "deliver")["delivered"])

    def waiting(self, partner: str) -> list[dict[str, Any]]:
        """What has not been taken by the platform; sends what is due as a side effect."""
        rows: list[dict[str, Any]] = self.post(partner, "deliver")["waiting"]
        return rows

    def lead_to(self, address: str, name: str = "https://hospital.example") -> None:
        """Let the public name lead to this loopback address (a live server's)."""
        self.post("his", "names", **{name: address})
        self.post("wechat", "names", **{name: address})

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)


def two_free_ports() -> int:
    """A port that is free together with the next one."""
    for _ in range(200):
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return port
    raise RuntimeError("no two neighbouring ports are free")


def start(data: Path | None, platform_port: int) -> Server:
    """The sandbox with its files under `data`, pushing to the platform on `platform_port`; its clock stands still until told to move."""
    if data is None:
        raise RuntimeError("DATA_DIR is not set")
    port = two_free_ports()
    ours = {"DATA_DIR": str(data), "SANDBOX_PORT": str(port), "PORT": str(platform_port), "SANDBOX_CLOCK": "0"}
    environment = {**os.environ, **ours, "PYTHONPATH": str(ROOT / "platform")}
    process = subprocess.Popen([sys.executable, "-m", "sandbox.serve"], cwd=ROOT, env=environment)
    server = Server(process, Path(data), port)
    until = time.monotonic() + STARTS_WITHIN
    while not all(answers(url) for url in server.urls.values()):
        if process.poll() is not None or time.monotonic() > until:
            server.stop()
            raise RuntimeError(f"the sandbox did not start (exit {process.poll()})")
        time.sleep(0.05)
    return server


def answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/control/faults", timeout=2).status_code == 200
    except requests.RequestException:
        return False
