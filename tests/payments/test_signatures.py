"""What WeChat signs, checked by us: published vectors hold, and one changed byte does not. No database."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

from core import clock
from payments.channels.signatures import key_of, opened, verify
from payments.channels.wechat import refund_standing, standing
from payments.errors import CallbackForged, CallbackProbe, CallbackStale

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "vectors" / "wechat.json").read_text(encoding="utf-8"))
KEYS = {VECTORS["serial"]: key_of(VECTORS["certificate"])}
MINE = generate_private_key(65537, 2048)


def signed(body: bytes = b"{}", *, seconds_ago: int = 0, **changed: str) -> dict[str, str]:
    stamp = str(int(clock.now().timestamp()) - seconds_ago)
    signature = MINE.sign(b"\n".join([stamp.encode(), b"nonce", body, b""]), PKCS1v15(), SHA256())
    headers = {"Wechatpay-Timestamp": stamp, "Wechatpay-Nonce": "nonce", "Wechatpay-Serial": "S1"}
    return {**headers, "Wechatpay-Signature": base64.b64encode(signature).decode(), **changed}


def check(headers: dict[str, str], body: bytes = b"{}") -> None:
    verify(headers, body, keys={"S1": MINE.public_key()})


@pytest.mark.parametrize("name", ["TRANSACTION.SUCCESS", "REFUND.SUCCESS"])
def test_a_published_callback_is_genuine_but_long_past(name: str) -> None:
    case = VECTORS["callbacks"][name]
    with pytest.raises(CallbackStale):
        verify(case["headers"], case["body"].encode(), keys=KEYS)
    with pytest.raises(CallbackForged):
        verify(case["headers"], case["body"].encode() + b" ", keys=KEYS)


@pytest.mark.parametrize("name", ["TRANSACTION.SUCCESS", "REFUND.SUCCESS"])
def test_its_seal_opens_with_the_key_and_only_with_it(name: str) -> None:
    body = VECTORS["callbacks"][name]["body"].encode()
    assert opened(body, key=VECTORS["apiv3_key"]) == (name, VECTORS["callbacks"][name]["plain"])
    with pytest.raises(CallbackForged, match="seal"):
        opened(body, key="f" * 32)


def test_the_official_answer_verifies_with_the_official_key() -> None:
    answer = VECTORS["answer"]
    headers = {**answer, "Wechatpay-Serial": "S"}
    with pytest.raises(CallbackStale):
        verify(headers, answer["body"].encode(), keys={"S": key_of(answer["public_key_pem"])})


def test_now_and_signed_is_taken_whatever_the_case_of_the_headers() -> None:
    check(signed())
    check({name.lower(): value for name, value in signed().items()})
    check({name.upper(): value for name, value in signed().items()})


@pytest.mark.parametrize("seconds", [-299, 299])
def test_five_minutes_either_way_are_allowed(seconds: int) -> None:
    check(signed(seconds_ago=seconds))


@pytest.mark.parametrize("seconds", [-305, 305])
def test_more_than_five_minutes_are_not(seconds: int) -> None:
    with pytest.raises(CallbackStale):
        check(signed(seconds_ago=seconds))


def test_the_probe_is_known_by_its_signature() -> None:
    with pytest.raises(CallbackProbe):
        check(signed(**{"Wechatpay-Signature": "WECHATPAY/SIGNTEST/abc"}))


@pytest.mark.parametrize(
    "changed",
    [
        {"Wechatpay-Serial": "S2"},
        {"Wechatpay-Serial": ""},
        {"Wechatpay-Nonce": "other"},
        {"Wechatpay-Timestamp": "0"},
        {"Wechatpay-Timestamp": "now"},
        {"Wechatpay-Signature": ""},
        {"Wechatpay-Signature": "not base64!"},
        {"Wechatpay-Signature": base64.b64encode(b"x" * 256).decode()},
    ],
)
def test_anything_else_is_forged(changed: dict[str, str]) -> None:
    with pytest.raises(CallbackForged):
        check(signed(**changed))


def test_another_body_is_forged() -> None:
    with pytest.raises(CallbackForged):
        check(signed(b'{"amount":1}'), b'{"amount":2}')


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff", b'{"resource":1}', b'{"resource":{"algorithm":"AEAD_AES_256_GCM"}}', b"null"])
def test_a_body_of_another_form_is_forged(body: bytes) -> None:
    with pytest.raises(CallbackForged):
        opened(body, key="0" * 32)


# What it says

PAID = VECTORS["callbacks"]["TRANSACTION.SUCCESS"]["plain"]


@pytest.mark.parametrize(
    ("said", "meant"),
    [("SUCCESS", "paid"), ("REFUND", "paid"), ("NOTPAY", "waiting"), ("CLOSED", "closed"), ("PAYERROR", "unknown"), ("NEU", "unknown")],
)
def test_a_status_nobody_knows_is_neither_success_nor_failure(said: str, meant: str) -> None:
    assert standing({**PAID, "trade_state": said}).state == meant


def test_the_sum_is_whole_fen() -> None:
    assert standing(PAID).amount == 42_000
    for wrong in ("42000", 420.0, True, None):
        with pytest.raises(TypeError):
            standing({**PAID, "amount": {"total": wrong}})


def test_another_currency_is_not_read() -> None:
    with pytest.raises(ValueError, match="currency"):
        standing({**PAID, "amount": {"total": 1, "currency": "USD"}})


@pytest.mark.parametrize(
    ("said", "meant"), [("SUCCESS", "succeeded"), ("PROCESSING", "processing"), ("ABNORMAL", "abnormal"), ("X", "unknown")]
)
def test_refunds_are_read_the_same_way(said: str, meant: str) -> None:
    assert refund_standing(VECTORS["callbacks"]["REFUND.SUCCESS"]["plain"], state=said).state == meant
