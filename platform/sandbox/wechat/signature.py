"""WECHATPAY2-SHA256-RSA2048, both ways: the merchant's requests are checked, our answers and notices are signed."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Mapping
from typing import cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from sandbox import clock
from sandbox.credentials import PUBLIC_KEY_ID
from sandbox.partner import Partner, Refused

SCHEME = "WECHATPAY2-SHA256-RSA2048"
SKEW = 300
PART = re.compile(r'(mchid|nonce_str|signature|timestamp|serial_no)="([^"]*)"')


def request_text(method: str, path: str, timestamp: str, nonce: str, body: str) -> str:
    return f"{method}\n{path}\n{timestamp}\n{nonce}\n{body}\n"


def answer_text(timestamp: str, nonce: str, body: str) -> str:
    return f"{timestamp}\n{nonce}\n{body}\n"


def pay_text(appid: str, timestamp: str, nonce: str, package: str) -> str:
    return f"{appid}\n{timestamp}\n{nonce}\n{package}\n"


def sign(private_pem: str, text: str) -> str:
    key = cast(RSAPrivateKey, load_pem_private_key(private_pem.encode(), None))
    return base64.b64encode(key.sign(text.encode(), PKCS1v15(), SHA256())).decode()


def fits(public_pem: str, text: str, signature: str) -> bool:
    key = cast(RSAPublicKey, load_pem_public_key(public_pem.encode()))
    try:
        key.verify(base64.b64decode(signature, validate=True), text.encode(), PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def seal(apiv3_key: str, nonce: str, associated: str, plaintext: str) -> str:
    """AES-256-GCM, the tag appended, base64."""
    return base64.b64encode(AESGCM(apiv3_key.encode()).encrypt(nonce.encode(), plaintext.encode(), associated.encode())).decode()


def check(wechat: Partner, method: str, path: str, authorization: str, body: str) -> None:
    """Refuse what this merchant has not signed, just now, for the first time."""
    scheme, _, rest = authorization.partition(" ")
    parts = dict(PART.findall(rest))
    ours = wechat.credentials["wechat"]
    if scheme != SCHEME or len(parts) != 5:
        raise refused("Authorization 不合格式")
    if parts["mchid"] != ours["mchid"]:
        raise refused("商户号不存在，或不是签名的商户")
    if parts["serial_no"] != ours["serial"]:
        raise refused("商户证书序列号不存在")
    if not re.fullmatch(r"\d{1,12}", parts["timestamp"]) or abs(clock.seconds() - int(parts["timestamp"])) > SKEW:
        raise refused("时间戳相差超过五分钟")
    if not 1 <= len(parts["nonce_str"]) <= 64:
        raise refused("随机串不合格式")
    text = request_text(method, path, parts["timestamp"], parts["nonce_str"], body)
    if not fits(wechat.keys["merchant_public_key"], text, parts["signature"]):
        raise refused("错误的签名，验签失败")
    if not wechat.store.use_once(parts["nonce_str"], clock.seconds()):
        raise refused("随机串用过了")


def refused(message: str) -> Refused:
    return Refused(401, "SIGN_ERROR", message)


def headers(
    wechat: Partner, body: str, *, serial: str | None = None, seconds_ago: int = 0, private_pem: str | None = None
) -> Mapping[str, str]:
    """The headers under an answer or a notice. An unknown serial gets the public-key pair."""
    keys = wechat.keys["channel_keys"]
    serial = serial if serial in keys else PUBLIC_KEY_ID
    timestamp, nonce = str(clock.seconds() - seconds_ago), secrets.token_hex(16)
    return {
        "Wechatpay-Timestamp": timestamp,
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Serial": str(serial),
        "Wechatpay-Signature": sign(private_pem or keys[serial], answer_text(timestamp, nonce, body)),
        "Wechatpay-Signature-Type": SCHEME,
    }
