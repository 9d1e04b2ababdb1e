"""The keys and numbers both sides need, made once: `$DATA_DIR/sandbox/credentials.json` is what a hospital would get from its partners."""

from __future__ import annotations

import json
import os
import secrets
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from sandbox.config import Config

PUBLIC_KEY_ID = "PUB_KEY_ID_SANDBOX000000000000000000000001"


def private_pem(key: RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem(key: RSAPrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def prepare(config: Config) -> dict[str, Any]:
    """Make what is missing, follow a change of ports, keep the keys. Returns the credentials of our side of the table."""
    config.folder.mkdir(parents=True, exist_ok=True)
    secret = kept(config) or make()
    write(config, "partner_keys.json", secret)
    credentials = {
        "his": {"url": config.his_url, "key_id": "sandbox-his-1", "key": secret["his_key"]},
        "wechat": {
            "url": config.wechat_url,
            "appid": "wxsandbox00000001",
            "secret": secret["app_secret"],
            "mchid": "sandbox1900000001",
            "serial": secret["merchant_serial"],
            "private_key": secret["merchant_private_key"],
            "apiv3_key": secret["apiv3_key"],
            "public_keys": secret["public_keys"],
            "cashier_url": f"{config.wechat_url}/demo/cashier",
            "sign_in_url": f"{config.wechat_url}/demo/sign-in",
        },
        "consoles": {"his": f"{config.his_url}/console/", "wechat": f"{config.wechat_url}/console/"},
    }
    write(config, "credentials.json", credentials)
    return credentials


def kept(config: Config) -> dict[str, Any] | None:
    path = config.folder / "partner_keys.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def make() -> dict[str, Any]:
    """New keys: the merchant's, the channel's public-key pair, and a pair in the older form of a platform certificate."""
    merchant, channel, certificate = (generate_private_key(65537, 2048) for _ in range(3))
    certificate_serial = secrets.token_hex(20).upper()
    return {
        "his_key": secrets.token_hex(32),
        "app_secret": secrets.token_hex(16),
        "apiv3_key": secrets.token_hex(16),
        "merchant_serial": secrets.token_hex(20).upper(),
        "merchant_private_key": private_pem(merchant),
        "merchant_public_key": public_pem(merchant),
        "channel_keys": {PUBLIC_KEY_ID: private_pem(channel), certificate_serial: private_pem(certificate)},
        "public_keys": {PUBLIC_KEY_ID: public_pem(channel), certificate_serial: public_pem(certificate)},
    }


def write(config: Config, name: str, document: dict[str, Any]) -> None:
    """Replace the file in one step; only its owner may read it."""
    path = config.folder / name
    text = json.dumps(document, ensure_ascii=False, indent=1)
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)
