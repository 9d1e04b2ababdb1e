"""The HIS on the wire, exactly as docs/partners/his-rest.md says: signed requests in, JSON out, changing calls once per request_no."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import date as Date
from typing import Any

from flask import Blueprint, Response, jsonify, request

from sandbox import clock
from sandbox.faults import cut_the_line
from sandbox.his import billing, directory, events, pharmacy, queue, signature, visits
from sandbox.partner import Partner, Refused
from sandbox.store import dump

Answer = dict[str, Any]
MEANS = ("gps", "desk", "kiosk")
ID_TYPES = ("resident", "passport", "hk_macau", "taiwan", "foreign_residence")
REQUEST_NO = re.compile(r"\S{1,64}")


def blueprint(his: Partner) -> Blueprint:
    wire = Blueprint("wire", __name__)

    @wire.before_request
    def guard() -> Response | None:
        if down := his.faults["down"]:
            if down == "cut":
                cut_the_line()
            return said(503, {"code": "down", "message": "系统维护中。"})
        his.faults.slow_down()
        signature.check(his, request.method, path(), dict(request.headers), request.get_data())
        return None

    @wire.after_request
    def after(response: Response) -> Response:
        if request.method == "POST" and response.status_code < 300 and his.faults.strikes("silent", request.path):
            cut_the_line()
        his.wake.set()
        return response

    reads(wire, his)
    changes(wire, his)
    return wire


def path() -> str:
    """The raw path with query, as the caller signed it."""
    raw: str = request.environ.get("REQUEST_URI") or request.full_path.rstrip("?")
    return raw


def said(status: int, body: Answer) -> Response:
    response = Response(dump(body), content_type="application/json")
    response.status_code = status
    return response


def reads(wire: Blueprint, his: Partner) -> None:
    """Every GET of the contract."""

    def of(rule: str, answer: Callable[..., Answer]) -> None:
        wire.add_url_rule(rule, rule, lambda **parts: jsonify(answer(**parts)), methods=["GET"])

    of("/campuses", lambda: {"campuses": directory.campuses()})
    of("/departments", lambda: {"departments": directory.departments(request.args.get("campus"))})
    of("/doctors", lambda: {"doctors": directory.doctors(request.args.get("department"))})
    of("/schedules", lambda: {"slots": visits.slots(his, department=asked("department"), day=day_asked())})
    of("/appointments", lambda: {"appointments": visits.of_patient(his, patient=asked("patient"), day=day_asked())})
    of("/appointments/<number>", lambda number: visits.shape(his, visits.find(his, number)))
    of("/appointments/<number>/ticket", lambda number: queue.shape(his, queue.ticket(his, visits.find(his, number)["id"])))
    of("/appointments/<number>/dispensing", lambda number: pharmacy.shape(pharmacy.find(his, visits.find(his, number)["id"])))
    of("/bills", lambda: {"bills": billing.of_appointment(his, visits.find(his, asked("appointment"))["id"])})
    of("/bills/<number>", lambda number: billing.shape(billing.find(his, number)))
    of("/ledger", lambda: {"rows": billing.ledger(his, day=request.args.get("date"), order=request.args.get("order"))})
    of("/events", lambda: events.after(his, whole("after", 0), whole("limit", 100)))


def asked(name: str) -> str:
    value = request.args.get(name, "")
    if not value:
        raise Refused(400, "malformed", f"缺少参数 {name}。")
    return value


def day_asked() -> str:
    value = request.args.get("date") or clock.today()
    try:
        return Date.fromisoformat(value).isoformat()
    except ValueError as problem:
        raise Refused(400, "malformed", "date 不是日期。") from problem


def whole(name: str, default: int) -> int:
    value = request.args.get(name, str(default))
    if not value.isdigit():
        raise Refused(400, "malformed", f"{name} 不是整数。")
    return int(value)


def changes(wire: Blueprint, his: Partner) -> None:
    """Every POST of the contract. All but the match carry a request_no."""

    def of(rule: str, act: Callable[..., Answer]) -> None:
        wire.add_url_rule(rule, f"change {rule}", lambda **parts: once(his, lambda body: act(body, **parts)), methods=["POST"])

    def match() -> Response:
        body = document()
        found = visits.match(
            his, name=text(body, "name"), id_type=text(body, "id_type", ID_TYPES), id_no=text(body, "id_no"), phone=text(body, "phone")
        )
        return said(200, found)

    wire.add_url_rule("/patients/match", "match", match, methods=["POST"])
    of(
        "/appointments",
        lambda body: visits.book(his, patient=text(body, "patient"), slot_number=text(body, "slot"), kind=text(body, "kind", visits.KINDS)),
    )
    of("/appointments/<number>/check-in", lambda body, number: visits.check_in(his, number, means=text(body, "means", MEANS)))
    of("/appointments/<number>/withdraw", lambda _body, number: visits.withdraw(his, number))
    of("/bills/<number>/lock", lambda body, number: billing.lock(his, number, order=text(body, "order"), amount_fen=fen(body)))
    of("/bills/<number>/unlock", lambda body, number: billing.unlock(his, number, order=text(body, "order")))
    of("/bills/<number>/settle", lambda body, number: settle(his, body, number))
    of("/bills/<number>/reverse", lambda body, number: reverse(his, body, number))


def settle(his: Partner, body: Answer, number: str) -> Answer:
    insurance(body)
    money = {"channel": text(body, "channel"), "channel_no": text(body, "channel_no"), "paid_at": text(body, "paid_at")}
    return billing.settle(his, number, order=text(body, "order"), amount_fen=fen(body), **money)


def reverse(his: Partner, body: Answer, number: str) -> Answer:
    insurance(body)
    numbers = {"order": text(body, "order"), "refund": text(body, "refund"), "channel_no": text(body, "channel_no")}
    return billing.reverse(his, number, amount_fen=fen(body), **numbers)


def document() -> Answer:
    try:
        body = json.loads(request.get_data())
    except ValueError as problem:
        raise Refused(400, "malformed", "内容不是 JSON。") from problem
    if not isinstance(body, dict):
        raise Refused(400, "malformed", "内容不是对象。")
    return body


def text(body: Answer, name: str, choices: tuple[str, ...] = ()) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value or len(value) > 200 or (choices and value not in choices):
        raise Refused(400, "malformed", f"{name} 缺少或不对。")
    return value


def fen(body: Answer) -> int:
    value = body.get("amount_fen")
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Refused(400, "malformed", "amount_fen 要是不小于零的整数(分)。")
    return value


def insurance(body: Answer) -> None:
    if not isinstance(body.get("insurance", {}), dict):
        raise Refused(400, "malformed", "insurance 要是对象。")


def once(his: Partner, act: Callable[[Answer], Answer]) -> Response:
    """Do it under its request_no: the same number with the same content gets the first answer, yes or no, again."""
    body = document()
    number = body.get("request_no")
    if not isinstance(number, str) or not REQUEST_NO.fullmatch(number):
        raise Refused(400, "malformed", "缺少 request_no,或长于 64 个字符。")
    content = hashlib.sha256(f"{request.path}\n{json.dumps(body, sort_keys=True)}".encode()).hexdigest()
    with his.store.change():
        first = his.store.row("select * from request where number = ?", number)
        if first and first["content"] != content:
            raise Refused(409, "request_no_reused", "这个 request_no 用在了别的内容上。")
        if first is None:
            status, answer = attempt(act, body)
            if status == 400:
                return said(status, answer)
            his.store.add("request", number=number, content=content, status=status, answer=dump(answer))
            first = {"status": status, "answer": dump(answer)}
    return said(first["status"], json.loads(first["answer"]))


def attempt(act: Callable[[Answer], Answer], body: Answer) -> tuple[int, Answer]:
    try:
        return 200, act(body)
    except Refused as no:
        return no.status, no.body
