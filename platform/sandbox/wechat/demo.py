"""Two pages that stand in for the WeChat app in the demo: signing in as an invented person, and the cashier. They say what they are."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from sandbox import people
from sandbox.config import is_loopback
from sandbox.control import person
from sandbox.partner import Partner, Refused
from sandbox.store import Row
from sandbox.wechat import login, orders, signature

PAY_WORDS = ("timeStamp", "nonceStr", "paySign")


def blueprint(wechat: Partner) -> Blueprint:
    demo = Blueprint("demo", __name__, url_prefix="/demo")

    @demo.get("/sign-in")
    def sign_in() -> str:
        return render_template("sign_in.html", people=people.phones(), back=way_back("redirect"))

    @demo.post("/sign-in")
    def enter() -> Response:
        found = person(request.form.get("person", ""))
        return redirect(carry(way_back("redirect"), code=login.issue_code(wechat, str(found["openid"]))), 303)

    @demo.get("/cashier")
    def cashier() -> str:
        row = order_of(wechat)
        payer = next((found["name"] for found in people.phones() if found["openid"] == row["openid"]), "")
        return render_template(
            "cashier.html", order=row, yuan=f"{row['total'] / 100:,.2f}", payer=payer, back=way_back("back"), merchant="岭海医院"
        )

    @demo.post("/cashier")
    def decide() -> Response:
        row = order_of(wechat)
        paid = request.form.get("choice") == "pay"
        if paid:
            orders.pay(wechat, row)
        return redirect(carry(way_back("back"), result="ok" if paid else "cancel"), 303)

    return demo


def asked(name: str) -> str:
    value: str = request.values.get(name, "")
    return value


def order_of(wechat: Partner) -> Row:
    """The order behind the prepay parameters; a paySign that is passed must fit them."""
    package = asked("package") or f"prepay_id={asked('prepay_id')}"
    if any(asked(name) for name in PAY_WORDS):
        appid = asked("appId") or wechat.credentials["wechat"]["appid"]
        text = signature.pay_text(appid, asked("timeStamp"), asked("nonceStr"), package)
        if asked("signType") not in ("", "RSA") or not signature.fits(wechat.keys["merchant_public_key"], text, asked("paySign")):
            raise Refused(400, "SIGN_ERROR", "支付验证签名失败:paySign 和参数对不上。")
    return orders.by_prepay(wechat, package.removeprefix("prepay_id="))


def way_back(name: str) -> str:
    """Where to return to: a page on this machine only."""
    address = asked(name)
    if not is_loopback(address):
        raise Refused(400, "malformed", f"{name} 只能是本机地址。")
    return address


def carry(address: str, **words: Any) -> str:
    """The address with words added: inside the hash where there is one, because a hash router reads them there; else in the query."""
    parts = urlsplit(address)
    if parts.fragment:
        return urlunsplit(parts._replace(fragment=joined(parts.fragment, words)))
    query = f"{parts.query}&{urlencode(words)}" if parts.query else urlencode(words)
    return urlunsplit(parts._replace(query=query))


def joined(text: str, words: dict[str, Any]) -> str:
    return f"{text}{'&' if '?' in text else '?'}{urlencode(words)}"
