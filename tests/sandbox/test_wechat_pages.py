"""Signing in and paying on the sandbox's pages, the mini-program's own calls, the consoles, and the door to other machines."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import requests

HOME = "http://127.0.0.1:8000/m/"


def url(sandbox: Any, path: str, partner: str = "wechat") -> str:
    return f"{sandbox.urls[partner]}{path}"


def session(sandbox: Any, **changed: str) -> dict[str, Any]:
    ours = sandbox.credentials["wechat"]
    words = {"appid": ours["appid"], "secret": ours["secret"], "grant_type": "authorization_code", **changed}
    found: dict[str, Any] = requests.get(url(sandbox, "/sns/jscode2session"), params=words, timeout=5).json()
    return found


def test_a_code_is_good_once(sandbox: Any, openid: str) -> None:
    code = sandbox.code("wang")
    first = session(sandbox, js_code=code)
    assert (first["openid"], set(first)) == (openid, {"openid", "session_key"})
    assert session(sandbox, js_code=code)["errcode"] == 40029


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"js_code": "invented"}, 40029),
        ({"js_code": ""}, 41008),
        ({"appid": "wx1"}, 40013),
        ({"secret": "guess"}, 40125),
        ({"appid": ""}, 41002),
        ({"secret": ""}, 41004),
        ({"grant_type": "guess"}, 40002),
    ],
)
def test_sign_in_errors_are_200_with_an_errcode(sandbox: Any, changed: dict[str, str], errcode: int) -> None:
    assert session(sandbox, **{"js_code": sandbox.code("wang"), **changed})["errcode"] == errcode


def test_access_tokens(sandbox: Any) -> None:
    ours = sandbox.credentials["wechat"]
    words = {"appid": ours["appid"], "secret": ours["secret"], "grant_type": "client_credential"}
    stable = [requests.post(url(sandbox, "/cgi-bin/stable_token"), json=words, timeout=5).json() for _ in range(2)]
    assert stable[0]["access_token"] == stable[1]["access_token"]
    fresh = requests.get(url(sandbox, "/cgi-bin/token"), params=words, timeout=5).json()
    assert (fresh["access_token"] != stable[0]["access_token"], fresh["expires_in"]) == (True, 7200)
    assert requests.get(url(sandbox, "/cgi-bin/token"), params={**words, "secret": "x"}, timeout=5).json()["errcode"] == 40125


@pytest.mark.parametrize(
    ("back", "begins"),
    [(HOME, f"{HOME}?code="), (f"{HOME}?a=1", f"{HOME}?a=1&code="), (f"{HOME}#/pages/sign-in/index", f"{HOME}#/pages/sign-in/index?code=")],
)
def test_choosing_a_person_returns_with_her_code(sandbox: Any, openid: str, back: str, begins: str) -> None:
    page = requests.get(url(sandbox, "/demo/sign-in"), params={"redirect": back}, timeout=5)
    assert "不收真钱" in page.text
    answer = requests.post(url(sandbox, "/demo/sign-in"), data={"redirect": back, "person": "wang"}, allow_redirects=False, timeout=5)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(begins)
    code = answer.headers["Location"].rpartition("code=")[2]
    assert session(sandbox, js_code=code)["openid"] == openid


@pytest.mark.parametrize("back", ["https://example.com/", "http://127.0.0.1.example.com/", "javascript:alert(1)", "//example.com", ""])
def test_the_pages_return_to_this_machine_only(sandbox: Any, back: str) -> None:
    answer = requests.post(url(sandbox, "/demo/sign-in"), data={"redirect": back, "person": "wang"}, allow_redirects=False, timeout=5)
    assert (answer.status_code, "Location" in answer.headers) == (400, False)


def pay_words(merchant: Any, prepay: str) -> dict[str, str]:
    words = {"timeStamp": "1764000000", "nonceStr": "abc123", "package": f"prepay_id={prepay}", "signType": "RSA"}
    text = f"{merchant.wechat['appid']}\n{words['timeStamp']}\n{words['nonceStr']}\n{words['package']}\n"
    return {**words, "paySign": merchant.sign(text)}


def test_the_cashier_shows_the_order_and_takes_the_payment(merchant: Any, sandbox: Any, openid: str, number: Any) -> None:
    order = number()
    prepay = merchant.place(order, openid).json()["prepay_id"]
    cashier = sandbox.credentials["wechat"]["cashier_url"]
    page = requests.get(cashier, params={**pay_words(merchant, prepay), "back": HOME}, timeout=5)
    assert page.status_code == 200
    assert all(words in page.text for words in ("124.85", "门诊缴费", "确认支付", "取消", order, "不收真钱"))
    away = requests.post(cashier, data={"prepay_id": prepay, "back": HOME, "choice": "cancel"}, allow_redirects=False, timeout=5)
    assert parse_qs(urlsplit(away.headers["Location"]).query) == {"result": ["cancel"]}
    assert merchant.query(order).json()["trade_state"] == "NOTPAY"
    done = requests.post(
        cashier, data={"prepay_id": prepay, "back": f"{HOME}#/pages/pay?o=1", "choice": "pay"}, allow_redirects=False, timeout=5
    )
    assert done.headers["Location"] == f"{HOME}#/pages/pay?o=1&result=ok"
    assert merchant.query(order).json()["trade_state"] == "SUCCESS"
    again = requests.post(cashier, data={"prepay_id": prepay, "back": HOME, "choice": "pay"}, allow_redirects=False, timeout=5)
    assert again.status_code == 409


def test_the_cashier_refuses_parameters_that_do_not_fit(merchant: Any, sandbox: Any, openid: str, number: Any) -> None:
    prepay = merchant.place(number(), openid).json()["prepay_id"]
    words = pay_words(merchant, prepay)
    for changed in ({"nonceStr": "other"}, {"package": "prepay_id=wx1"}, {"paySign": "AAAA"}, {"signType": "MD5"}):
        answer = requests.get(sandbox.credentials["wechat"]["cashier_url"], params={**words, **changed, "back": HOME}, timeout=5)
        assert (answer.status_code, "paySign" in answer.text) == (400, True)


@pytest.mark.parametrize(("partner", "steps"), [("wechat", 0), ("his", 0), ("his", 1), ("his", 2), ("his", 3)])
def test_a_console_shows_what_was_seen_and_every_button_works(
    sandbox: Any, his: Any, merchant: Any, openid: str, number: Any, partner: str, steps: int
) -> None:
    for action in ("check_in", "call", "finish")[:steps]:
        sandbox.his_act(action, appointment=sandbox.cast["wang"]["appointment"])
    merchant.place(number(), openid)
    his.get("/campuses")
    page = requests.get(url(sandbox, "/console/", partner), timeout=5)
    assert (page.status_code, "来往记录" in page.text, "不收真钱" in page.text) == (200, True, True)
    press_all(sandbox, partner, page.text)


def press_all(sandbox: Any, partner: str, page: str) -> None:
    """Press each kind of button once; a refusal by the rules is fine, a malformed act is not."""
    pressed = set()
    for action, inside in re.findall(r'<form method="post" action="(act|faults|clock|deliver)">(.*?)</form>', page, re.S):
        words = dict(re.findall(r'name="(\w+)"[^>]*?value="([^"]*)"', inside, re.S))
        words |= dict(re.findall(r'<select name="(\w+)"[^>]*><option value="(\w+)"', inside))
        kind = (action, words.get("do", ""), tuple(words), "true" in words.values())
        if kind in pressed:
            continue
        pressed.add(kind)
        answer = requests.post(url(sandbox, f"/console/{action}", partner), data=words, timeout=20, allow_redirects=False)
        assert (answer.status_code, "said=" in answer.headers["Location"]) == (303, True), (kind, answer.text[:300])
        assert not re.search(r"缺少|argument|没有这个", unquote(answer.headers["Location"])), kind
    assert len(pressed) >= 4


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}])
def test_foreign_pages_are_kept_out(sandbox: Any, headers: dict[str, str]) -> None:
    before = sandbox.last_event
    for partner in sandbox.urls:
        for path in ("/control/fresh", "/console/fresh"):
            assert requests.post(url(sandbox, path, partner), json={}, headers=headers, timeout=5).status_code == 403
    assert sandbox.last_event == before


def test_an_unknown_switch_and_a_malformed_body(sandbox: Any) -> None:
    with pytest.raises(AssertionError, match="fault_unknown"):
        sandbox.fault("his", "magic")
    answer = requests.post(url(sandbox, "/control/faults"), data="{}", headers={"Content-Type": "text/plain"}, timeout=5)
    assert answer.status_code == 400
