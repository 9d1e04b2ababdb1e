"""SM4-GCM for what must be read again, HMAC-SM3 for what must only be found again.

Keys come from the environment by id (`FIELD_KEYS`, hex of 16 bytes). Old ids read, `FIELD_KEY_ACTIVE` writes; `rotate` brings a value
over. Nonces are drawn at random, so one key may seal some four thousand million values: rotate before.
"""

from __future__ import annotations

import base64
import binascii
import secrets
import unicodedata
from functools import lru_cache

from django.conf import settings
from gmssl_pyx import GmsslInnerError, sm3_hmac, sm4_gcm_decrypt, sm4_gcm_encrypt

from core.errors import Problem

NONCE, TAG = 12, 16


class KeyUnknown(Problem):
    """A value was sealed with a key this house does not hold."""

    title = "缺少解密用的密钥"
    remedy = "请信息科核对密钥配置。"


class KeyMalformed(Problem):
    title = "密钥的写法不对"
    remedy = "请信息科核对密钥配置：16 字节，写成 32 位十六进制。"


class SealBroken(Problem):
    """A sealed value was changed, cut, or belongs to another key."""

    title = "加密内容被改动过"
    remedy = "请信息科核对，先不要改动数据库。"


def seal(plain: str) -> str:
    """`<key id>:<base64 of nonce, ciphertext, tag>`; different every time. An empty text stays empty."""
    if not plain:
        return ""
    key_id: str = settings.FIELD_KEY_ACTIVE
    nonce = secrets.token_bytes(NONCE)
    cipher, tag = sm4_gcm_encrypt(key(key_id), nonce, key_id.encode(), plain.encode())
    return f"{key_id}:{base64.b64encode(nonce + cipher + tag).decode()}"


def unseal(sealed: str) -> str:
    """Raises KeyUnknown, SealBroken."""
    if not sealed:
        return ""
    key_id, _, text = sealed.partition(":")
    try:
        raw = base64.b64decode(text, validate=True)
        nonce, cipher, tag = raw[:NONCE], raw[NONCE:-TAG], raw[-TAG:]
        return str(sm4_gcm_decrypt(key(key_id), nonce, key_id.encode(), cipher, tag).decode())
    except (GmsslInnerError, binascii.Error, ValueError):
        raise SealBroken(key=key_id) from None


def rotate(sealed: str) -> str:
    """The same text under the active key; unchanged when it is there already."""
    if not sealed or sealed.startswith(f"{settings.FIELD_KEY_ACTIVE}:"):
        return sealed
    return seal(unseal(sealed))


def blind_index(plain: str, *, kind: str) -> str:
    """Equal for equal texts of one kind and telling nothing else: 64 hex digits, empty for an empty text."""
    text = normal(plain, kind)
    return mac(settings.INDEX_KEY, f"{kind}\0{text}".encode()) if text else ""


def normal(plain: str, kind: str) -> str:
    """The spelling that is indexed: what people type differently and mean alike."""
    text = unicodedata.normalize("NFKC", plain).strip()
    if kind == "phone":
        text = "".join(sign for sign in text if sign.isdigit())
        return text[2:] if len(text) == 13 and text.startswith("86") else text
    return text.upper() if kind == "id_no" else text


def mac(secret: str, message: bytes) -> str:
    """HMAC-SM3 in hex."""
    return str(sm3_hmac(secret.encode(), message).hex())


def key(key_id: str) -> bytes:
    try:
        return read_key(settings.FIELD_KEYS[key_id])
    except KeyError:
        raise KeyUnknown(key=key_id) from None


@lru_cache(maxsize=32)
def read_key(written: str) -> bytes:
    try:
        found = bytes.fromhex(written)
    except ValueError:
        raise KeyMalformed from None
    if len(found) != 16:
        raise KeyMalformed
    return found
