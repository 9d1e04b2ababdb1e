"""WeChat Pay's signatures and sealed bodies, verified by us: serial → key, the raw bytes, five minutes, then AES-256-GCM.

A body that decrypts is not authentic by that; only the signature over the raw bytes says who sent it.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate

from core import clock
from payments.errors import CallbackForged, CallbackProbe, CallbackStale

WINDOW = 300
PROBE = "WECHATPAY/SIGNTEST/"


def key_of(pem: str) -> RSAPublicKey:
    """The public key of a PEM that holds either a key or a platform certificate."""
    raw = pem.encode()
    found = load_pem_x509_certificate(raw).public_key() if "BEGIN CERTIFICATE" in pem else load_pem_public_key(raw)
    if not isinstance(found, RSAPublicKey):
        raise ValueError("WeChat Pay signs with RSA")
    return found


def verify(headers: Mapping[str, str], body: bytes, *, keys: Mapping[str, RSAPublicKey]) -> None:
    """Raises CallbackProbe, CallbackForged, CallbackStale. Several keys may be valid at once: the serial chooses."""
    given = {name.lower(): value for name, value in headers.items()}
    signature, serial = given.get("wechatpay-signature", ""), given.get("wechatpay-serial", "")
    stamp, nonce = given.get("wechatpay-timestamp", ""), given.get("wechatpay-nonce", "")
    if signature.startswith(PROBE):
        raise CallbackProbe(reason="probe")
    if serial not in keys:
        raise CallbackForged(reason="serial")
    message = b"\n".join([stamp.encode(), nonce.encode(), body, b""])
    try:
        keys[serial].verify(base64.b64decode(signature, validate=True), message, PKCS1v15(), SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        raise CallbackForged(reason="signature") from None
    if not stamp.isascii() or not stamp.isdigit() or abs(clock.now().timestamp() - int(stamp)) > WINDOW:
        raise CallbackStale(reason="time")


def opened(body: bytes, *, key: str) -> tuple[str, dict[str, Any]]:
    """(event type, the plain resource) of a callback whose signature holds. Raises CallbackForged when it is not what it should be."""
    try:
        told = json.loads(body)
        resource = told["resource"]
        if resource["algorithm"] != "AEAD_AES_256_GCM":
            raise CallbackForged(reason="algorithm")
        sealed, aad = base64.b64decode(resource["ciphertext"], validate=True), resource.get("associated_data") or ""
        plain = json.loads(AESGCM(key.encode()).decrypt(resource["nonce"].encode(), sealed, aad.encode()))
        return str(told["event_type"]), dict(plain)
    except InvalidTag:
        raise CallbackForged(reason="seal") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise CallbackForged(reason="form") from None
