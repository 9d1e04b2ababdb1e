"""A partner's control API, for tests, `make walk` and the console's buttons. It is the sandbox's, not part of any partner's contract."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, request

from sandbox import journal, people
from sandbox.partner import Partner, Refused

Act = Callable[..., Any]


@dataclass(frozen=True)
class Controls:
    """What the two partners answer differently."""

    fresh: Callable[[], None]
    cast: Callable[[], list[dict[str, Any]]]
    books: Callable[[], dict[str, Any]]
    acts: Mapping[str, Act]
    tick: Callable[[], None]
    deliver: Callable[[], int]
    waiting: Callable[[], list[dict[str, Any]]]


def blueprint(partner: Partner, controls: Controls) -> Blueprint:
    control = Blueprint("control", __name__, url_prefix="/control")

    def on(rule: str, answer: Callable[[], Any], *methods: str) -> None:
        control.add_url_rule(rule, f"{rule}{methods}", lambda: jsonify(answer()), methods=list(methods))

    on("/cast", lambda: {"people": controls.cast()}, "GET")
    on("/books", controls.books, "GET")
    on("/log", lambda: {"calls": journal.newest(partner, int(request.args.get("limit", 100)))}, "GET")
    on("/faults", lambda: {"on": partner.faults.all(), "names": partner.faults.names}, "GET")
    on("/faults", lambda: switch(partner), "POST")
    on("/names", lambda: rename(partner), "POST")
    on("/clock", lambda: clock(partner, controls), "POST")
    on("/fresh", lambda: fresh(controls), "POST")
    on("/deliver", lambda: {"delivered": controls.deliver(), "waiting": controls.waiting()}, "POST")
    on("/act", lambda: act(partner, controls.acts, asked()), "POST")
    return control


def asked() -> dict[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise Refused(400, "malformed", "内容要是 JSON 对象，类型写 application/json。")
    return body


def fresh(controls: Controls) -> dict[str, Any]:
    controls.fresh()
    return {"fresh": True}


def switch(partner: Partner) -> dict[str, Any]:
    """`{"slow": 2, "silent": "settle", "down": false}`: each named switch is set, the others stay."""
    for name, value in asked().items():
        try:
            partner.faults.switch(name, value)
        except KeyError as problem:
            raise Refused(404, "fault_unknown", f"没有这个开关：{name}") from problem
    return {"on": partner.faults.all()}


def rename(partner: Partner) -> dict[str, Any]:
    try:
        partner.config.rename(asked())
    except (ValueError, AttributeError) as problem:
        raise Refused(400, "malformed", "公网名只能指向本机的 http 地址。") from problem
    return {"names": partner.config.names}


def clock(partner: Partner, controls: Controls) -> dict[str, Any]:
    """`seconds`: how often it ticks by itself (0: never); `ticks`: do so many now; `retry_scale`: how long retries wait, 1 = as in life."""
    body = asked()
    if "seconds" in body:
        partner.settings["clock_seconds"] = float(body["seconds"])
    if "retry_scale" in body:
        partner.settings["retry_scale"] = float(body["retry_scale"])
    for _ in range(min(int(body.get("ticks", 0)), 1000)):
        controls.tick()
    return dict(partner.settings)


def act(partner: Partner, acts: Mapping[str, Act], body: dict[str, Any]) -> Any:
    """Do one thing a person could do at this partner's: `{"do": name, ...}`. No lock is held: an act may call the platform."""
    words = dict(body)
    name = words.pop("do", None)
    if name not in acts:
        raise Refused(404, "act_unknown", f"没有这个动作：{name}。有：{'、'.join(sorted(acts))}")
    try:
        inspect.signature(acts[name]).bind(partner, **words)
    except TypeError as problem:
        raise Refused(400, "malformed", f"{name}:{problem}") from problem
    answer = acts[name](partner, **words)
    partner.wake.set()
    return answer


def local_only() -> Response | None:
    """Refuse what a foreign web page might send to this machine: another host name, another origin."""
    origin = request.headers.get("Origin")
    hosts = [urlsplit(f"//{request.host}").hostname, *([urlsplit(origin).hostname] if origin else [])]
    if all(host in ("127.0.0.1", "localhost") for host in hosts):
        return None
    return Response("沙箱只答本机。", status=403, content_type="text/plain; charset=utf-8")


def person(key: str) -> dict[str, Any]:
    found = people.by_key(key)
    if found is None:
        raise Refused(404, "person_unknown", "没有这个人。")
    return found
