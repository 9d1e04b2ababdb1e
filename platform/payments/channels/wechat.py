"""WeChat Pay APIv3 for one merchant (JSAPI and mini-program): wechatpayv3 builds and signs the calls, answers are verified here.

Amounts are fen on both sides.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.utils import timezone
from wechatpayv3 import WeChatPay as Library
from wechatpayv3 import WeChatPayType
from wechatpayv3.core import Core

from core import clock, http
from core.errors import PartnerRefused, PartnerUnavailable, PartnerUnclear
from payments.channels.port import Asking, Notice, RefundAsking, RefundStanding, Standing
from payments.channels.signatures import key_of, opened, verify
from payments.errors import CallbackForged, CallbackRefused

PAYMENT: dict[str, Any] = {
    "SUCCESS": "paid",
    "REFUND": "paid",
    "NOTPAY": "waiting",
    "USERPAYING": "waiting",
    "CLOSED": "closed",
    "REVOKED": "closed",
}
"""A paid order with a refund is still a paid order; what went back is told by the refund. PAYERROR stays unknown."""
REFUND: dict[str, Any] = {"SUCCESS": "succeeded", "PROCESSING": "processing", "CLOSED": "closed", "ABNORMAL": "abnormal"}
ABSENT = ("ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS")
NOT_ACCEPTED = ("FREQUENCY_LIMITED", "FREQUENCY_LIMIT_EXCEED", "RATELIMIT_EXCEEDED")
T = TypeVar("T")


class Verified(Core):
    """The library's calls, with our verification of what comes back."""

    keys: Mapping[str, RSAPublicKey] = {}

    def _verify_signature(self, headers: Mapping[str, str], body: str) -> bool:
        verify(headers, body.encode(), keys=self.keys)
        return True


class WeChatPay:
    def __init__(
        self,
        *,
        name: str = "wechat",
        url: str,
        appid: str,
        mchid: str,
        serial: str,
        private_key: str,
        apiv3_key: str,
        public_keys: Mapping[str, str],
        notify_url: str,
        demo_cashier: str = "",
    ) -> None:
        self.name, self.appid, self.mchid, self.apiv3_key, self.cashier_url = name, appid, mchid, apiv3_key, demo_cashier
        self.keys = {number: key_of(pem) for number, pem in public_keys.items()}
        key_id = next((number for number in public_keys if number.startswith("PUB_KEY_ID_")), next(iter(public_keys)))
        shown = public_keys[key_id]
        timeout = http.times(name)
        self.library = Library(
            WeChatPayType.MINIPROG, mchid, private_key, serial, appid, apiv3_key, notify_url=notify_url,
            public_key=shown, public_key_id=key_id, timeout=timeout,
        )  # fmt: skip
        core = Verified(mchid, serial, private_key, apiv3_key, public_key=shown, public_key_id=key_id, timeout=timeout)
        core.keys, core._gate_way = self.keys, url.rstrip("/")
        self.library._core = core

    def prepay(self, asking: Asking) -> str:
        answer = self.call(
            lambda: self.library.pay(
                description=asking.description,
                out_trade_no=asking.out_trade_no,
                amount={"total": asking.amount, "currency": "CNY"},
                payer={"openid": asking.payer},
                time_expire=timezone.localtime(asking.expires_at, timezone.get_default_timezone()).isoformat(timespec="seconds"),
                scene_info={"payer_client_ip": asking.client_ip},
            )
        )
        if not answer.get("prepay_id"):
            raise PartnerUnclear(self.name, reason="no_prepay_id")
        return str(answer["prepay_id"])

    def cashier(self, prepay_id: str) -> dict[str, str]:
        stamp, nonce, package = str(int(clock.now().timestamp())), secrets.token_hex(16), f"prepay_id={prepay_id}"
        signed = self.library.sign([self.appid, stamp, nonce, package])
        return {"timeStamp": stamp, "nonceStr": nonce, "package": package, "signType": "RSA", "paySign": signed}

    def demo_cashier(self, params: Mapping[str, str]) -> str | None:
        return f"{self.cashier_url}?{urlencode({'appId': self.appid, **params})}" if self.cashier_url else None

    def read_callback(self, headers: Mapping[str, str], body: bytes) -> Notice:
        verify(headers, body, keys=self.keys)
        event_type, told = opened(body, key=self.apiv3_key)
        if told.get("mchid") != self.mchid:
            raise CallbackForged(reason="mchid")
        try:
            if event_type.startswith("REFUND."):
                return Notice(event_type, refund=refund_standing(told, state=told["refund_status"]))
            if event_type.startswith("TRANSACTION."):
                if told.get("appid") != self.appid:
                    raise CallbackForged(reason="appid")
                return Notice(event_type, payment=standing(told))
        except (KeyError, TypeError, ValueError):
            raise CallbackForged(reason="form") from None
        raise CallbackForged(reason="event")

    def answer(self, *, refused: str = "") -> bytes:
        told = {"code": "FAIL", "message": refused} if refused else {"code": "SUCCESS", "message": "成功"}
        return json.dumps(told, ensure_ascii=False).encode()

    def query(self, out_trade_no: str) -> Standing:
        try:
            told = self.call(lambda: self.library.query(out_trade_no=out_trade_no))
        except PartnerRefused as refusal:
            if refusal.reason in ABSENT:
                return Standing(out_trade_no, "absent")
            raise
        if (told.get("mchid"), told.get("appid"), told.get("out_trade_no")) != (self.mchid, self.appid, out_trade_no):
            raise PartnerUnclear(self.name, reason="other_order")
        return self.read(lambda: standing(told))

    def close(self, out_trade_no: str) -> None:
        self.call(lambda: self.library.close(out_trade_no=out_trade_no))

    def refund(self, asking: RefundAsking) -> RefundStanding:
        told = self.call(
            lambda: self.library.refund(
                out_refund_no=asking.number,
                transaction_id=asking.channel_no,
                amount={"refund": asking.amount, "total": asking.total, "currency": "CNY"},
                reason=asking.reason,
            )
        )
        return self.read(lambda: refund_standing(told, state=told["status"]), number=asking.number)

    def query_refund(self, number: str) -> RefundStanding:
        try:
            told = self.call(lambda: self.library.query_refund(out_refund_no=number))
        except PartnerRefused as refusal:
            if refusal.reason in ABSENT:
                return RefundStanding(number, "absent")
            raise
        return self.read(lambda: refund_standing(told, state=told["status"]), number=number)

    def call(self, calling: Callable[[], tuple[int, str | bytes]]) -> dict[str, Any]:
        """The answer of one call, sorted: 2xx is an answer, 4xx a refusal, everything else unclear."""
        with http.leaving(self.name):
            try:
                status, text = calling()
            except CallbackRefused as forged:
                raise PartnerUnclear(self.name, reason=f"answer_{forged.facts.get('reason')}") from None
        told = document(text)
        if 200 <= status < 300:
            return told
        code, message = str(told.get("code", status)), str(told.get("message", ""))
        if code in NOT_ACCEPTED or status == 429:
            raise PartnerUnavailable(self.name, reason=code, message=message)
        if 400 <= status < 500:
            raise PartnerRefused(self.name, reason=code, message=message)
        raise PartnerUnclear(self.name, reason=code, message=message)

    def read(self, reading: Callable[[], T], *, number: str = "") -> T:
        """A signed answer without the fields it must have proves nothing; nor does one about another number."""
        try:
            found = reading()
        except (KeyError, TypeError, ValueError):
            raise PartnerUnclear(self.name, reason="form") from None
        if isinstance(found, RefundStanding) and found.number != number:
            raise PartnerUnclear(self.name, reason="other_refund")
        return found


def document(text: str | bytes) -> dict[str, Any]:
    """A body that is not a JSON object (a proxy's page, an empty 204) reads as an empty one."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def standing(told: Mapping[str, Any]) -> Standing:
    """A payment entity; `CNY` is the only currency there is."""
    state, amount = PAYMENT.get(told["trade_state"], "unknown"), told.get("amount") or {}
    if amount.get("currency", "CNY") != "CNY":
        raise ValueError("currency")
    if state != "paid":
        return Standing(str(told["out_trade_no"]), state)
    paid_at = datetime.fromisoformat(told["success_time"])
    return Standing(str(told["out_trade_no"]), state, whole(amount["total"]), str(told["transaction_id"]), paid_at)


def refund_standing(told: Mapping[str, Any], *, state: str) -> RefundStanding:
    """`state` stands under another name in the callback than in the answer."""
    amount, refund_id = whole(told["amount"]["refund"]), str(told.get("refund_id", ""))
    return RefundStanding(str(told["out_refund_no"]), REFUND.get(state, "unknown"), amount, str(told["out_trade_no"]), refund_id)


def whole(value: object) -> int:
    """A sum in fen; anything but a whole number is an error of form."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("amount")
    return value
