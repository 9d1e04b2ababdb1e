"""The sandbox's Pay v3 against the documents: signatures, numbers, addresses, and every code with its status."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from sandbox import credentials
from sandbox.wechat import signature


def said(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"] if answer.content else ""


def test_place_query_pay_query(merchant: Any, sandbox: Any, openid: str, number: Any) -> None:
    order = number()
    placed = merchant.place(order, openid)
    assert placed.status_code == 200
    merchant.verify(placed.headers, placed.text)
    assert merchant.query(order).json() == {
        "appid": merchant.wechat["appid"], "mchid": merchant.wechat["mchid"], "out_trade_no": order, "trade_state": "NOTPAY",
        "trade_state_desc": "订单未支付", "amount": {"total": 12485, "currency": "CNY"},
    }  # fmt: skip
    paid = sandbox.pay(placed.json()["prepay_id"])
    found = merchant.query(order)
    merchant.verify(found.headers, found.text)
    assert found.json() == paid
    assert (paid["trade_state"], paid["trade_type"], paid["payer"]) == ("SUCCESS", "JSAPI", {"openid": openid})
    assert paid["amount"] == {"total": 12485, "payer_total": 12485, "currency": "CNY", "payer_currency": "CNY"}
    by_id = merchant.send("GET", f"/v3/pay/transactions/id/{paid['transaction_id']}?mchid={merchant.wechat['mchid']}")
    assert by_id.json() == paid
    assert sandbox.books("wechat")["sum_fen"] == 12485


@pytest.mark.parametrize(
    "changed",
    [
        {"timestamp": -301},
        {"timestamp": 400},
        {"timestamp": "soon"},
        {"mchid": "1900000001"},
        {"serial_no": "0" * 40},
        {"nonce_str": ""},
        {"signature": "AAAA"},
        {"signature": "not base64"},
    ],
)
def test_a_request_that_is_not_properly_signed_is_refused(
    merchant: Any, sandbox: Any, openid: str, number: Any, changed: dict[str, str]
) -> None:
    spoiled = {name: str(int(time.time()) + value) if isinstance(value, int) else value for name, value in changed.items()}
    answer = merchant.send("POST", "/v3/pay/transactions/jsapi", merchant.order(number(), openid), **spoiled)
    assert said(answer) == (401, "SIGN_ERROR")
    assert answer.headers["Request-ID"].endswith("-268443699")
    assert sandbox.books("wechat")["orders"] == []


def test_another_scheme_another_body_and_a_nonce_seen_before(merchant: Any, openid: str, number: Any) -> None:
    import requests

    url = f"{merchant.wechat['url']}/v3/pay/transactions/jsapi"
    assert requests.post(url, data=b"{}", headers={"Authorization": "Bearer x"}, timeout=5).status_code == 401
    body = json.dumps(merchant.order(number(), openid))
    signed = {"Authorization": merchant.authorization("POST", "/v3/pay/transactions/jsapi", body)}
    changed = body.replace("12485", "1")
    assert said(requests.post(url, data=changed.encode(), headers=signed, timeout=5)) == (401, "SIGN_ERROR")
    assert requests.post(url, data=body.encode(), headers=signed, timeout=5).status_code == 200
    assert said(requests.post(url, data=body.encode(), headers=signed, timeout=5)) == (401, "SIGN_ERROR")


@pytest.mark.parametrize(
    ("changed", "status", "code", "field"),
    [
        ({"notify_url": "http://hospital.example/callbacks/wechat/pay"}, 400, "PARAM_ERROR", "/notify_url"),
        ({"notify_url": "https://hospital.example/callbacks/wechat/pay?a=1"}, 400, "PARAM_ERROR", "/notify_url"),
        ({"notify_url": "https://127.0.0.1/callbacks"}, 400, "PARAM_ERROR", "/notify_url"),
        ({"notify_url": "https://10.0.0.8/callbacks"}, 400, "PARAM_ERROR", "/notify_url"),
        ({"notify_url": "https://[::1]/callbacks"}, 400, "PARAM_ERROR", "/notify_url"),
        ({"notify_url": "https://localhost/callbacks"}, 400, "PARAM_ERROR", "/notify_url"),
        ({"notify_url": "https://intranet/callbacks"}, 400, "PARAM_ERROR", "/notify_url"),
        ({"notify_url": "https://hospital.example:8443/callbacks"}, 400, "PARAM_ERROR", "/notify_url"),
        ({"amount": {"total": 0, "currency": "CNY"}}, 400, "PARAM_ERROR", "/amount/total"),
        ({"amount": {"total": 1.5}}, 400, "PARAM_ERROR", "/amount/total"),
        ({"amount": {"total": "12485"}}, 400, "PARAM_ERROR", "/amount/total"),
        ({"amount": {"total": True}}, 400, "PARAM_ERROR", "/amount/total"),
        ({"amount": {"total": 1, "currency": "USD"}}, 400, "PARAM_ERROR", "/amount/currency"),
        ({"amount": 12485}, 400, "PARAM_ERROR", "/amount"),
        ({"out_trade_no": "short"}, 400, "PARAM_ERROR", "/out_trade_no"),
        ({"out_trade_no": "x" * 33}, 400, "PARAM_ERROR", "/out_trade_no"),
        ({"out_trade_no": "with space"}, 400, "PARAM_ERROR", "/out_trade_no"),
        ({"description": "长" * 128}, 400, "PARAM_ERROR", "/description"),
        ({"payer": {"openid": "nobody"}}, 400, "PARAM_ERROR", "/payer/openid"),
        ({"time_expire": "tomorrow"}, 400, "PARAM_ERROR", "/time_expire"),
        ({"surprise": 1}, 400, "PARAM_ERROR", "/surprise"),
        ({"mchid": "1900000002"}, 400, "PARAM_ERROR", "/mchid"),
        ({"appid": "wx0000000000000001"}, 400, "APPID_MCHID_NOT_MATCH", None),
    ],
)  # fmt: skip
def test_wrong_words_are_refused_by_name(
    merchant: Any, sandbox: Any, openid: str, number: Any, changed: Any, status: int, code: str, field: Any
) -> None:
    answer = merchant.send("POST", "/v3/pay/transactions/jsapi", merchant.order(number(), openid, **changed))
    assert said(answer) == (status, code)
    assert answer.json().get("detail", {}).get("field") == field
    merchant.verify(answer.headers, answer.text)
    assert sandbox.books("wechat")["orders"] == []


def test_the_same_order_again_is_the_same_prepay_id(merchant: Any, openid: str, number: Any) -> None:
    order = number()
    first = merchant.place(order, openid).json()
    assert merchant.place(order, openid).json() == first
    assert said(merchant.place(order, openid, amount={"total": 12484, "currency": "CNY"})) == (400, "INVALID_REQUEST")
    assert merchant.query(order).json()["amount"]["total"] == 12485


def test_a_used_number_stays_used(merchant: Any, sandbox: Any, openid: str, number: Any) -> None:
    paid, closed = number(), number()
    sandbox.pay(merchant.place(paid, openid).json()["prepay_id"])
    assert said(merchant.place(paid, openid)) == (403, "OUT_TRADE_NO_USED")
    merchant.place(closed, openid)
    merchant.close(closed)
    assert said(merchant.place(closed, openid)) == (400, "ORDER_CLOSED")


def test_closing(merchant: Any, sandbox: Any, openid: str, number: Any) -> None:
    order = number()
    prepay = merchant.place(order, openid).json()["prepay_id"]
    for _ in range(2):
        answer = merchant.close(order)
        assert (answer.status_code, answer.text) == (204, "")
        merchant.verify(answer.headers, "")
    assert merchant.query(order).json()["trade_state"] == "CLOSED"
    with pytest.raises(AssertionError, match="ORDER_CLOSED"):
        sandbox.pay(prepay)
    assert merchant.close(number()).status_code == 204
    paid = number()
    sandbox.pay(merchant.place(paid, openid).json()["prepay_id"])
    assert said(merchant.close(paid)) == (400, "ORDER_PAID")
    assert merchant.query(paid).json()["trade_state"] == "SUCCESS"


def test_looking_up(merchant: Any, number: Any) -> None:
    assert said(merchant.query(number())) == (404, "ORDER_NOT_EXIST")
    assert said(merchant.send("GET", f"/v3/pay/transactions/out-trade-no/{number()}")) == (400, "PARAM_ERROR")
    assert said(merchant.send("GET", "/v3/certificates")) == (403, "NO_AUTH")


def test_paying_twice_is_refused(merchant: Any, sandbox: Any, openid: str, number: Any) -> None:
    order = number()
    merchant.place(order, openid)
    sandbox.pay(order)
    with pytest.raises(AssertionError, match="ORDER_PAID"):
        sandbox.pay(order)
    assert sandbox.books("wechat")["sum_fen"] == 12485


def test_silent_after_commit_has_placed_the_order(merchant: Any, sandbox: Any, openid: str, number: Any) -> None:
    import requests

    order = number()
    sandbox.fault("wechat", "silent", "jsapi")
    with pytest.raises(requests.ConnectionError):
        merchant.place(order, openid)
    assert merchant.query(order).json()["trade_state"] == "NOTPAY"
    sandbox.fault("wechat", "silent", False)
    assert merchant.place(order, openid).json()["prepay_id"]


def test_a_system_error_has_done_nothing(merchant: Any, sandbox: Any, openid: str, number: Any) -> None:
    order = number()
    sandbox.fault("wechat", "system_error", "jsapi")
    assert said(merchant.place(order, openid)) == (500, "SYSTEM_ERROR")
    assert said(merchant.query(order)) == (404, "ORDER_NOT_EXIST")


def test_a_wrong_amount_is_what_the_channel_itself_says(merchant: Any, sandbox: Any, openid: str, number: Any) -> None:
    order = number()
    merchant.place(order, openid)
    sandbox.fault("wechat", "wrong_amount", -100)
    sandbox.pay(order)
    assert merchant.query(order).json()["amount"]["total"] == 12385


def test_the_answer_is_signed_with_the_key_that_was_asked_for(merchant: Any, number: Any) -> None:
    for serial in merchant.wechat["public_keys"]:
        answer = merchant.send("GET", f"/v3/pay/transactions/out-trade-no/{number()}?mchid={merchant.wechat['mchid']}", serial=serial)
        assert answer.headers["Wechatpay-Serial"] == serial
        merchant.verify(answer.headers, answer.text)
        with pytest.raises(InvalidSignature):
            merchant.verify(answer.headers, answer.text + " ")


class TestVectors:
    """The samples in the documentation, and those of the official SDK, through the sandbox's own signing."""

    official: dict[str, Any] = json.loads((Path(__file__).parent / "official_sample.json").read_text(encoding="utf-8"))

    def test_request_signature(self) -> None:
        request = self.official["request"]
        text = signature.request_text(request["method"], request["path"], request["timestamp"], request["nonce_str"], request["body"])
        assert text == request["string_to_sign"]
        assert signature.fits(self.official["merchant_public_key"], text, request["signature_b64"])
        assert not signature.fits(self.official["merchant_public_key"], text + "\n", request["signature_b64"])

    def test_pay_sign(self) -> None:
        pay = self.official["pay_sign"]
        text = signature.pay_text(pay["appId"], pay["timeStamp"], pay["nonceStr"], pay["package"])
        assert text == pay["string_to_sign"]
        assert signature.fits(self.official["merchant_public_key"], text, pay["paySign_b64"])

    def test_answer_signature(self) -> None:
        answer = self.official["response_verify"]
        text = signature.answer_text(answer["Wechatpay-Timestamp"], answer["Wechatpay-Nonce"], answer["body"])
        assert signature.fits(answer["public_key_pem"], text, answer["Wechatpay-Signature"])

    def test_sealing(self) -> None:
        sample = self.official["aes_gcm"]
        assert (
            signature.seal(sample["apiv3_key"], sample["nonce"], sample["associated_data"], sample["plaintext"]) == sample["ciphertext_b64"]
        )

    def test_what_it_signs_fits(self) -> None:
        key = generate_private_key(65537, 2048)
        assert signature.fits(credentials.public_pem(key), "source", signature.sign(credentials.private_pem(key), "source"))
