"""WeChat on the wire: sign-in of the mini-program, and Pay v3 with every answer signed."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request

from sandbox.faults import cut_the_line
from sandbox.partner import Partner, Refused
from sandbox.store import dump
from sandbox.wechat import login, orders, refunds, signature
from sandbox.wechat.words import Words

TAILS = {
    "SIGN_ERROR": 268443699,
    "PARAM_ERROR": 268435461,
    "ORDER_NOT_EXIST": 268512771,
    "ORDER_PAID": 268449538,
    "ORDER_CLOSED": 268447914,
    "OUT_TRADE_NO_USED": 268498689,
    "INVALID_REQUEST": 268498688,
    "APPID_MCHID_NOT_MATCH": 268445527,
}
"""The number after the last dash of Request-ID, by code."""


def blueprint(wechat: Partner) -> Blueprint:
    wire = Blueprint("wire", __name__)

    @wire.before_request
    def guard() -> Response | None:
        if down := wechat.faults["down"]:
            if down == "cut":
                cut_the_line()
            return Response("Service Unavailable", status=503)
        wechat.faults.slow_down()
        return None

    @wire.after_request
    def after(response: Response) -> Response:
        if response.status_code < 300 and wechat.faults.strikes("silent", request.path):
            cut_the_line()
        return response

    mini_program(wire, wechat)
    pay(wire, wechat)
    return wire


def mini_program(wire: Blueprint, wechat: Partner) -> None:
    def answered(act: Callable[[], dict[str, Any]]) -> Response:
        try:
            body = act()
        except login.Errcode as problem:
            body = problem.body
        return Response(dump(body), content_type="application/json")

    def words() -> dict[str, str]:
        return {name: request.args.get(name, "") for name in ("appid", "secret", "grant_type")}

    @wire.get("/sns/jscode2session")
    def session() -> Response:
        return answered(lambda: login.session(wechat, code=request.args.get("js_code", ""), **words()))

    @wire.get("/cgi-bin/token")
    def token() -> Response:
        return answered(lambda: login.token(wechat, fresh=True, **words()))

    @wire.post("/cgi-bin/stable_token")
    def stable_token() -> Response:
        body = request.get_json(force=True, silent=True) or {}
        given = {name: str(body.get(name, "")) for name in ("appid", "secret", "grant_type")}
        return answered(lambda: login.token(wechat, fresh=bool(body.get("force_refresh")), **given))


def pay(wire: Blueprint, wechat: Partner) -> None:
    def of(method: str, rule: str, act: Callable[..., Any]) -> None:
        wire.add_url_rule(rule, f"{method} {rule}", lambda **parts: answer(wechat, act, **parts), methods=[method])

    def query(**number: str) -> dict[str, Any]:
        return orders.entity(wechat, orders.find(wechat, mchid=request.args.get("mchid", ""), **number))

    of("POST", "/v3/pay/transactions/jsapi", lambda: orders.place(wechat, document()))
    of("GET", "/v3/pay/transactions/id/<transaction_id>", query)
    of("GET", "/v3/pay/transactions/out-trade-no/<out_trade_no>", query)
    of("POST", "/v3/pay/transactions/out-trade-no/<number>/close", lambda number: close(wechat, number))
    of("POST", "/v3/refund/domestic/refunds", lambda: refunds.ask(wechat, document()))
    of("GET", "/v3/refund/domestic/refunds/<number>", lambda number: refunds.find(wechat, number))
    of("GET", "/v3/certificates", lambda: not_for_public_keys())


def close(wechat: Partner, number: str) -> None:
    words = Words(document())
    words.only("mchid")
    orders.close(wechat, number, mchid=words.must("mchid", 32))


def not_for_public_keys() -> None:
    raise Refused(403, "NO_AUTH", "公钥模式的商户不使用平台证书接口")


def document() -> dict[str, Any]:
    try:
        body = json.loads(request.get_data())
    except ValueError as problem:
        raise Refused(400, "PARAM_ERROR", "请求内容不是 JSON") from problem
    if not isinstance(body, dict):
        raise Refused(400, "PARAM_ERROR", "请求内容不是对象")
    return body


def path() -> str:
    raw: str = request.environ.get("REQUEST_URI") or request.full_path.rstrip("?")
    return raw


def answer(wechat: Partner, act: Callable[..., Any], **parts: str) -> Response:
    """Check the signature, act, sign the answer with the key the request asked for."""
    code = ""
    try:
        signature.check(wechat, request.method, path(), request.headers.get("Authorization", ""), request.get_data(as_text=True))
        if wechat.faults.strikes("system_error", request.path):
            raise Refused(500, "SYSTEM_ERROR", "系统繁忙，请用相同参数稍后重试")
        found = act(**parts)
        status, text = (204, "") if found is None else (200, dump(found))
    except Refused as no:
        status, text, code = no.status, dump(no.body), no.code
    response = Response(text, status=status, content_type="application/json")
    for name, value in signature.headers(wechat, text, serial=request.headers.get("Wechatpay-Serial")).items():
        response.headers[name] = value
    response.headers["Request-ID"] = f"08{secrets.token_hex(16).upper()}-{TAILS.get(code, 0)}"
    return response
