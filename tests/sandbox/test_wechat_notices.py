"""The sandbox's callbacks and refunds: verified and opened by hand, repeated on WeChat's plan, wrong in every way a switch can make."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature


@pytest.fixture
def order(merchant: Any, openid: str, number: Any) -> str:
    found: str = number()
    merchant.place(found, openid)
    return found


def opened(merchant: Any, call: tuple[str, dict[str, str], bytes]) -> tuple[dict[str, Any], dict[str, Any]]:
    path, headers, body = call
    assert path == "/callbacks/wechat/pay"
    assert headers["Wechatpay-Signature-Type"] == "WECHATPAY2-SHA256-RSA2048"
    assert abs(time.time() - int(headers["Wechatpay-Timestamp"])) < 300
    merchant.verify(headers, body.decode())
    envelope = json.loads(body)
    return envelope, merchant.open(envelope["resource"])


def test_a_payment_is_told_signed_and_sealed(merchant: Any, sandbox: Any, platform: Any, order: str) -> None:
    sandbox.pay(order)
    envelope, told = opened(merchant, platform.wait(1)[0])
    assert (envelope["event_type"], envelope["resource_type"], envelope["summary"]) == (
        "TRANSACTION.SUCCESS",
        "encrypt-resource",
        "支付成功",
    )
    assert {name: envelope["resource"][name] for name in ("original_type", "algorithm", "associated_data")} == {
        "original_type": "transaction", "algorithm": "AEAD_AES_256_GCM", "associated_data": "transaction",
    }  # fmt: skip
    assert told == merchant.query(order).json()


@pytest.mark.parametrize("status", [201, 302, 404, 500])
def test_only_200_and_204_are_a_yes(merchant: Any, sandbox: Any, platform: Any, order: str, status: int) -> None:
    platform.status = status
    sandbox.pay(order)
    first, _ = opened(merchant, platform.wait(1)[0])
    platform.status = 204
    assert sandbox.deliver("wechat") == 1
    second, _ = opened(merchant, platform.wait(2)[1])
    assert first["id"] == second["id"]
    assert first["resource"]["ciphertext"] != second["resource"]["ciphertext"]
    assert sandbox.deliver("wechat") == 0


def test_the_plan_ends_after_sixteen_tries(sandbox: Any, platform: Any, order: str) -> None:
    platform.status = 500
    sandbox.pay(order)
    platform.wait(1)
    for _ in range(16):
        sandbox.deliver("wechat")
    assert len(platform.got) == 16
    assert [row["state"] for row in sandbox.waiting("wechat")] == ["left"]


def test_retries_wait_as_long_as_in_life_unless_scaled(sandbox: Any, platform: Any, order: str) -> None:
    platform.status = 500
    sandbox.pay(order)
    platform.wait(1)
    time.sleep(0.6)
    assert len(platform.got) == 1
    sandbox.deliver("wechat")
    sandbox.clock("wechat", retry_scale=0.005)
    sandbox.deliver("wechat")
    platform.wait(5, seconds=5)


@pytest.mark.parametrize("name", ["callback_forged", "callback_stale"])
def test_a_spoiled_notice_does_not_verify(merchant: Any, sandbox: Any, platform: Any, order: str, name: str) -> None:
    sandbox.fault("wechat", name)
    sandbox.pay(order)
    with pytest.raises((InvalidSignature, AssertionError)):
        opened(merchant, platform.wait(1)[0])


def test_forged_and_probing_notices_on_demand(merchant: Any, sandbox: Any, platform: Any, order: str) -> None:
    for words in ({"forged": True}, {"probe": True}):
        platform.got.clear()
        sandbox.wechat_act("notify", out_trade_no=order, **words)
        with pytest.raises((InvalidSignature, ValueError)):
            opened(merchant, platform.wait(1)[0])
    assert platform.got[0][1]["Wechatpay-Signature"].startswith("WECHATPAY/SIGNTEST/")
    assert merchant.query(order).json()["trade_state"] == "NOTPAY"


def test_a_rightly_signed_lie(merchant: Any, sandbox: Any, platform: Any, order: str) -> None:
    sandbox.wechat_act("notify", out_trade_no=order, paid=1)
    assert opened(merchant, platform.wait(1)[0])[1]["amount"]["total"] == 1
    sandbox.wechat_act("notify", out_trade_no="UNKNOWN0001")
    assert opened(merchant, platform.wait(2)[1])[1]["out_trade_no"] == "UNKNOWN0001"


def test_duplicate_lost_late_and_certificate(merchant: Any, sandbox: Any, platform: Any, order: str) -> None:
    sandbox.fault("wechat", "callback_duplicate", 2)
    sandbox.fault("wechat", "callback_certificate")
    sandbox.pay(order)
    calls = platform.wait(3)
    assert len({opened(merchant, call)[0]["id"] for call in calls}) == 1
    assert {call[1]["Wechatpay-Serial"] for call in calls} == {list(merchant.wechat["public_keys"])[1]}


def test_a_lost_notice_can_be_found_by_asking_and_sent_after_all(merchant: Any, sandbox: Any, platform: Any, order: str) -> None:
    sandbox.fault("wechat", "callback_lost")
    sandbox.pay(order)
    sandbox.deliver("wechat")
    assert platform.got == []
    assert merchant.query(order).json()["trade_state"] == "SUCCESS"
    sandbox.fault("wechat", "callback_lost", False)
    sandbox.wechat_act("repeat_notice", out_trade_no=order)
    opened(merchant, platform.wait(1)[0])


def test_a_late_notice(sandbox: Any, platform: Any, order: str) -> None:
    sandbox.fault("wechat", "callback_late", 0.7)
    sandbox.pay(order)
    time.sleep(0.3)
    assert platform.got == []
    platform.wait(1)


def test_a_name_that_is_not_in_the_table_is_never_called(merchant: Any, sandbox: Any, platform: Any, openid: str, number: Any) -> None:
    order = number()
    merchant.place(order, openid, notify_url="https://elsewhere.example/callbacks/wechat/pay")
    sandbox.pay(order)
    sandbox.deliver("wechat")
    assert platform.got == []
    assert sandbox.seen("wechat", 5)[0]["note"] == "这个公网名不在表里"


def refund(merchant: Any, order: str, number: str, fen: int = 12485, **changed: Any) -> Any:
    body = {"out_trade_no": order, "out_refund_no": number, "reason": "退号", "notify_url": "https://hospital.example/callbacks/wechat/pay"}
    body |= {"amount": {"refund": fen, "total": 12485, "currency": "CNY"}, **changed}
    return merchant.send("POST", "/v3/refund/domestic/refunds", body)


def test_a_refund_is_accepted_then_done_then_told(merchant: Any, sandbox: Any, platform: Any, order: str, number: Any) -> None:
    sandbox.pay(order)
    platform.wait(1)
    name = number()
    accepted = refund(merchant, order, name)
    merchant.verify(accepted.headers, accepted.text)
    assert (accepted.status_code, accepted.json()["status"]) == (200, "PROCESSING")
    assert refund(merchant, order, name).json()["refund_id"] == accepted.json()["refund_id"]
    envelope, told = opened(merchant, platform.wait(2)[1])
    assert (envelope["event_type"], envelope["resource"]["associated_data"]) == ("REFUND.SUCCESS", "refund")
    assert (told["refund_status"], told["amount"]) == (
        "SUCCESS",
        {"total": 12485, "refund": 12485, "payer_total": 12485, "payer_refund": 12485},
    )
    found = merchant.send("GET", f"/v3/refund/domestic/refunds/{name}").json()
    assert (found["status"], found["out_trade_no"]) == ("SUCCESS", order)
    assert merchant.query(order).json()["trade_state"] == "REFUND"
    assert sandbox.books("wechat")["sum_fen"] == 0


def test_refund_refusals(merchant: Any, sandbox: Any, openid: str, order: str, number: Any) -> None:
    def said(answer: Any) -> tuple[int, str]:
        return answer.status_code, answer.json()["code"]

    assert said(refund(merchant, order, number())) == (404, "RESOURCE_NOT_EXISTS")
    sandbox.pay(order)
    sandbox.fault("wechat", "refund_manual")
    first = number()
    refund(merchant, order, first, 10000)
    assert said(refund(merchant, order, first, 9000)) == (400, "INVALID_REQUEST")
    assert said(refund(merchant, order, number(), 2486)) == (400, "INVALID_REQUEST")
    assert said(refund(merchant, order, number(), 1, amount={"refund": 1, "total": 1, "currency": "CNY"})) == (400, "INVALID_REQUEST")
    assert said(refund(merchant, order, number(), 1, amount={"refund": 0, "total": 12485, "currency": "CNY"})) == (400, "PARAM_ERROR")
    assert said(merchant.send("GET", f"/v3/refund/domestic/refunds/{number()}")) == (404, "RESOURCE_NOT_EXISTS")
    sandbox.fault("wechat", "not_enough")
    assert said(refund(merchant, order, number(), 1)) == (403, "NOT_ENOUGH")
    assert len(sandbox.books("wechat")["refunds"]) == 1


@pytest.mark.parametrize("status", ["ABNORMAL", "CLOSED"])
def test_a_refund_may_end_badly(merchant: Any, sandbox: Any, platform: Any, order: str, number: Any, status: str) -> None:
    sandbox.fault("wechat", "refund_manual")
    sandbox.pay(order)
    name = number()
    refund(merchant, order, name)
    sandbox.wechat_act("end_refund", out_refund_no=name, status=status)
    assert opened(merchant, platform.wait(2)[1])[0]["event_type"] == f"REFUND.{status}"
    assert sandbox.books("wechat")["sum_fen"] == 12485
