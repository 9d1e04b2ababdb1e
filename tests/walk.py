"""`make walk`: one invented patient walks the demo visit, as a phone and a hospital would; then three books are compared.

Knows only addresses: the public API and the sandbox's consoles. No Django, no database. Exit status 1 when a step fails or books differ.

    PORT=8000 SANDBOX_PORT=8100 make walk
"""

from __future__ import annotations

import json
import os
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

PORT, SANDBOX = int(os.environ.get("PORT", "8000")), int(os.environ.get("SANDBOX_PORT", "8100"))
API, HIS, WECHAT = f"http://127.0.0.1:{PORT}/api/v1", f"http://127.0.0.1:{SANDBOX}/control", f"http://127.0.0.1:{SANDBOX + 1}/control"
PATIENCE = float(os.environ.get("WALK_PATIENCE", "60"))
"""Seconds a step may take; a worker that was killed needs its lease to run out."""
DOCTOR = "D11"


class Stopped(Exception):
    """The walk cannot go on."""


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def call(method: str, url: str, **words: Any) -> Any:
    """One request; a server that is starting again is asked again, with the same idempotency key."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            answer = requests.request(method, url, timeout=20, **words)
        except requests.RequestException as problem:
            failed = type(problem).__name__
        else:
            if answer.status_code < 400:
                return answer.json()
            failed = f"{answer.status_code} {answer.json().get('title') or answer.json().get('message')}"
            if answer.status_code not in (502, 503, 409):
                raise Stopped(f"{method} {url.partition('/api/v1')[2] or url}：{failed}")
        if time.monotonic() > until:
            raise Stopped(f"{url}：{failed}")
        time.sleep(0.5)


def title_of(answer: requests.Response) -> str:
    try:
        told = answer.json()
    except ValueError:
        return "没有按约定回答"
    return str(told.get("title") or told.get("message"))


def act(what: str, **words: Any) -> Any:
    """What a person in the hospital does."""
    return call("POST", f"{HIS}/act", json={"do": what, **words})


def actions(node: object) -> Iterator[dict[str, Any]]:
    """Every button on a screen, wherever it stands."""
    if isinstance(node, dict):
        if node.get("kind") in ("act", "pay", "nav") and "target" in node:
            yield node
        for value in node.values():
            yield from actions(value)
    elif isinstance(node, list):
        for value in node:
            yield from actions(value)


class Phone:
    """A patient's phone."""

    def __init__(self, person: str) -> None:
        self.person, self.headers = person, {"Authorization": ""}

    def sign_in(self) -> bool:
        """True when a card is bound already."""
        code = call("POST", f"{WECHAT}/act", json={"do": "code", "person_key": self.person})["code"]
        session = call("POST", f"{API}/sign-in", json={"platform": "wechat", "code": code})
        self.headers = {"Authorization": f"Bearer {session['token']}"}
        return bool(session["bound"])

    def get(self, path: str) -> Any:
        return call("GET", f"{API}{path}", headers=self.headers)

    def post(self, path: str, body: dict[str, Any], key: str = "") -> Any:
        return call("POST", f"{API}{path}", json=body, headers={**self.headers, "Idempotency-Key": key or uuid.uuid4().hex})

    def button(self, path: str, kind: str) -> dict[str, Any]:
        """The first button of this kind on a page; waits until it is there."""
        return wait_for(f"{path} 的按钮", lambda: next((one for one in actions(self.get(path)) if one["kind"] == kind), None))


def wait_for(what: str, look: Callable[[], Any]) -> Any:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if found := look():
            return found
        time.sleep(0.3)
    raise Stopped(f"等了 {PATIENCE:.0f} 秒没有等到：{what}")


class Walk:
    """One visit from the counter to the pharmacy."""

    def __init__(self, person: str = "wang") -> None:
        self.phone, self.person, self.number = Phone(person), person, 0
        self.visit = self.appointment = self.order = self.bill = ""

    def line(self, text: str) -> None:
        self.number += 1
        say(f"{self.number:>2}. {text}")

    def go(self) -> None:
        for step in (self.come, self.enter, self.check_in, self.queue, self.doctor, self.pay, self.medicine, self.leave):
            step()

    def come(self) -> None:
        person = next((one for one in call("GET", f"{HIS}/cast")["people"] if one["key"] == self.person), None)
        if person is None:
            raise Stopped(f"沙箱里没有 {self.person}")
        sold = act("sell_today", patient=self.person, doctor=DOCTOR)
        self.appointment, self.patient = sold["id"], person
        self.line(f"窗口挂了今天的号：{sold['department_name']}")

    def enter(self) -> None:
        if self.phone.sign_in():
            self.line("登录，就诊卡已绑定")
        else:
            card = {name: self.patient[name] for name in ("name", "id_no", "phone")}
            self.phone.post("/cards", {**card, "id_type": self.patient.get("id_type", "resident"), "consent": True})
            self.line("登录，绑定就诊卡，医院核对无误")
        self.visit = wait_for("就诊出现在首页", self.newest_visit)
        self.line(f"首页出现今天的就诊 {self.visit}")

    def newest_visit(self) -> str | None:
        home = self.phone.get("/home")
        found = [target.partition("id=")[2] for target in targets(home) if target.startswith("/pages/visit/index?id=")]
        fresh = [number for number in found if self.current(number, "arrive")]
        return fresh[-1] if fresh else None

    def current(self, number: str, *keys: str) -> bool:
        return any(stop["key"] in keys and stop["state"] in ("now", "waiting") for stop in stops(self.phone.get(f"/visits/{number}")))

    def path(self, step: str) -> str:
        return f"/visits/{self.visit}/steps/{step}"

    def check_in(self) -> None:
        lng, lat, name = self.phone.button(self.path("arrive"), "nav")["target"].split(",")
        position = {"lng": float(lng), "lat": float(lat), "accuracy": 20, "at": datetime.now(UTC).isoformat()}
        answer = {"action": "take_number", "position": position}
        self.phone.post(f"{self.path('arrive')}/answer", answer)
        wait_for("报到", lambda: self.stands("arrive", "done"))
        self.line(f"在{name}用手机报到取号")

    def stands(self, key: str, state: str) -> bool:
        return any(stop["key"] == key and stop["state"] == state for stop in stops(self.phone.get(f"/visits/{self.visit}")))

    def queue(self) -> None:
        wait_for("候诊", lambda: self.current(self.visit, "wait"))
        act("call", appointment=self.appointment)
        wait_for("叫号", lambda: self.current(self.visit, "consult"))
        self.line("候诊，叫到号")

    def doctor(self) -> None:
        act("finish", appointment=self.appointment, next_step="bill")
        wait_for("收费单", lambda: self.current(self.visit, "pay"))
        self.line("医生看完，开了药，费用算好")

    def pay(self) -> None:
        button = self.phone.button(self.path("pay"), "pay")
        ready = wait_for("付款", lambda: self.phone.post(button["target"], button["body"]))
        self.order = ready["order"]
        call("POST", f"{WECHAT}/pay", json={"prepay_id": ready["params"]["package"].removeprefix("prepay_id=")})
        self.line(f"微信支付付款，订单 {self.order}")
        wait_for("医院记账", lambda: self.stands("pay", "done"))
        self.line("医院收到钱并记了账")

    def medicine(self) -> None:
        act("ready", appointment=self.appointment)
        wait_for("备药", lambda: self.current(self.visit, "pharmacy"))
        act("dispense", appointment=self.appointment)
        self.line("药备好，到窗口取走")

    def leave(self) -> None:
        wait_for(
            "就诊完成", lambda: not any(stop["state"] in ("now", "waiting") for stop in stops(self.phone.get(f"/visits/{self.visit}")))
        )
        self.line("就诊全部完成")


def stops(screen: dict[str, Any]) -> list[dict[str, Any]]:
    """Every station of the chain on a visit page."""

    def under(nodes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for node in nodes:
            yield node
            for lane in node["lanes"]:
                yield from under(lane)

    return [stop for block in screen["blocks"] if block["type"] == "route" for stop in under(block["nodes"])]


def targets(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("target"), str):
            yield node["target"]
        for value in node.values():
            yield from targets(value)
    elif isinstance(node, list):
        for value in node:
            yield from targets(value)


def read_token() -> str:
    """The staff endpoint's token: from the environment, else where `make run` keeps it."""
    if token := os.environ.get("STAFF_READ_TOKEN"):
        return token
    folder = Path(os.environ.get("DATA_DIR", Path(__file__).resolve().parent.parent / "var"))
    try:
        return str(json.loads((folder / "keys.json").read_text(encoding="utf-8"))["staff_read_token"])
    except (OSError, KeyError) as problem:
        raise Stopped("没有找到只读口令：先 make run，或设 STAFF_READ_TOKEN。") from problem


def compare(order: str) -> bool:
    """Print the order as our books, the HIS's books and the channel's books have it; True when the three sums are equal."""
    ours = call("GET", f"{API}/staff/orders/{order}", headers={"Authorization": f"Bearer {read_token()}"})
    his = [row for row in call("GET", f"{HIS}/books")["rows"] if row["order"] == order]
    channel = [row for row in call("GET", f"{WECHAT}/books")["orders"] if row["out_trade_no"] == ours["out_trade_no"]]
    sums = {
        "我们": ours["paid"] - ours["refunded"],
        "HIS": sum(row["amount_fen"] * (1 if row["kind"] == "settle" else -1) for row in his),
        "微信": sum(row["paid_fen"] or 0 for row in channel),
    }
    say(f"\n订单 {order}：我们的状态 {ours['state']}，账{'平' if ours['balanced'] else '不平'}")
    say(f"收据 {ours['receipt'] or '—'}，渠道单号 {ours['channel_no'] or '—'}")
    for name, fen in sums.items():
        say(f"  {name:<4} {fen / 100:>10.2f} 元")
    equal = len(set(sums.values())) == 1 and ours["balanced"] and ours["booked"] and sums["我们"] > 0
    say("三本账相等。" if equal else "三本账不相等！")
    return equal


def main() -> int:
    walk = Walk(os.environ.get("WALK_PERSON", "wang"))
    try:
        walk.go()
        return 0 if compare(walk.order) else 1
    except Stopped as stopped:
        say(f"走不下去：{stopped}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
