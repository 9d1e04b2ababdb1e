"""A partner's console: what it has seen, and buttons for what people there do. Every button is an act of the control API."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from sandbox import control, journal
from sandbox.partner import Partner, Refused


def blueprint(partner: Partner, controls: control.Controls, template: str, facts: Callable[[], dict[str, Any]]) -> Blueprint:
    console = Blueprint("console", __name__, url_prefix="/console")

    @console.get("/")
    def page() -> str:
        seen = [{**row, "body": row["body"][:400]} for row in journal.newest(partner, 60)]
        words = {
            "title": partner.title,
            "seen": seen,
            "on": partner.faults.all(),
            "faults": partner.faults.names,
            "said": request.args.get("said", ""),
        }
        return render_template(template, **words, waiting=controls.waiting(), settings=partner.settings, **facts())

    @console.post("/act")
    def act() -> Response:
        return back(lambda: control.act(partner, controls.acts, typed(controls, request.form.to_dict())) and "已经做了。")

    @console.post("/faults")
    def fault() -> Response:
        return back(lambda: switch(partner, request.form["name"], request.form.get("value", "")))

    @console.post("/clock")
    def clock() -> Response:
        return back(lambda: wind(partner, controls, request.form.to_dict()))

    @console.post("/fresh")
    def fresh() -> Response:
        controls.fresh()
        return back(lambda: "账本已清空，人物已重新载入。")

    @console.post("/deliver")
    def deliver() -> Response:
        return back(lambda: f"送到 {controls.deliver()} 条。")

    return console


def back(deed: Callable[[], Any]) -> Response:
    try:
        said = deed() or "已经做了。"
    except Refused as no:
        said = f"没有做成：{no.message}"
    return redirect(f"/console/?said={quote(str(said))}", 303)


def typed(controls: control.Controls, words: dict[str, str]) -> dict[str, Any]:
    """A form's words as the act wants them; empty ones are left out."""
    act = controls.acts.get(words.get("do", ""))
    kinds = {name: str(part.annotation) for name, part in inspect.signature(act).parameters.items()} if act else {}
    return {name: value_of(value, kinds.get(name, "str")) for name, value in words.items() if value != ""}


def value_of(text: str, kind: str) -> Any:
    if "bool" in kind:
        return text in ("1", "true", "on")
    if "int" in kind and not text.lstrip("-").isdigit():
        raise Refused(400, "malformed", f"“{text}”不是整数。")
    return int(text) if "int" in kind else text


def switch(partner: Partner, name: str, text: str) -> str:
    try:
        value = json.loads(text) if text else False
    except ValueError:
        value = text
    partner.faults.switch(name, value)
    return "开关已打开。" if value else "开关已关上。"


def wind(partner: Partner, controls: control.Controls, words: dict[str, str]) -> str:
    if words.get("seconds"):
        partner.settings["clock_seconds"] = float(words["seconds"])
    for _ in range(int(words.get("ticks") or 0)):
        controls.tick()
    return "时钟已拨动。"
