"""An independent caller: signs by hand, knows the partners' documents and nothing of our connectors. And a platform that only listens."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key


@dataclass
class HisCaller:
    url: str
    key_id: str
    key: str

    def headers(self, method: str, path: str, body: bytes, **changed: str) -> dict[str, str]:
        parts = {"X-Key-Id": self.key_id, "X-Time": str(int(time.time())), "X-Nonce": secrets.token_hex(16), **changed}
        text = f"{method}\n{path}\n{parts['X-Time']}\n{parts['X-Nonce']}\n".encode() + body
        return {"X-Signature": hmac.new(self.key.encode(), text, hashlib.sha256).hexdigest(), **parts}

    def get(self, path: str) -> requests.Response:
        return requests.get(self.url + path, headers=self.headers("GET", path, b""), timeout=10)

    def post(self, path: str, **body: Any) -> requests.Response:
        raw = json.dumps(body, ensure_ascii=False).encode()
        return requests.post(self.url + path, data=raw, headers=self.headers("POST", path, raw), timeout=10)

    def change(self, path: str, **body: Any) -> requests.Response:
        return self.post(path, **{"request_no": secrets.token_hex(8), **body})


@dataclass
class PayCaller:
    """The merchant, by hand."""

    wechat: dict[str, Any]

    def sign(self, text: str) -> str:
        key: Any = load_pem_private_key(self.wechat["private_key"].encode(), None)
        return base64.b64encode(key.sign(text.encode(), PKCS1v15(), SHA256())).decode()

    def authorization(self, method: str, path: str, body: str, **changed: str) -> str:
        parts = {
            "mchid": self.wechat["mchid"],
            "nonce_str": secrets.token_hex(16),
            "timestamp": str(int(time.time())),
            "serial_no": self.wechat["serial"],
        }
        parts |= changed
        parts.setdefault("signature", self.sign(f"{method}\n{path}\n{parts['timestamp']}\n{parts['nonce_str']}\n{body}\n"))
        return "WECHATPAY2-SHA256-RSA2048 " + ",".join(f'{name}="{value}"' for name, value in parts.items())

    def send(self, method: str, path: str, body: Any = None, *, serial: str | None = None, **changed: str) -> requests.Response:
        text = "" if body is None else json.dumps(body, ensure_ascii=False)
        headers = {"Authorization": self.authorization(method, path, text, **changed), "Content-Type": "application/json"}
        headers["Wechatpay-Serial"] = serial or next(iter(self.wechat["public_keys"]))
        return requests.request(method, self.wechat["url"] + path, data=text.encode(), headers=headers, timeout=10)

    def order(self, number: str, openid: str, **changed: Any) -> dict[str, Any]:
        body = {"appid": self.wechat["appid"], "mchid": self.wechat["mchid"], "description": "门诊缴费", "out_trade_no": number}
        body |= {"notify_url": "https://hospital.example/callbacks/wechat/pay", "amount": {"total": 12485, "currency": "CNY"}}
        return {**body, "payer": {"openid": openid}, **changed}

    def place(self, number: str, openid: str, **changed: Any) -> requests.Response:
        return self.send("POST", "/v3/pay/transactions/jsapi", self.order(number, openid, **changed))

    def query(self, number: str) -> requests.Response:
        return self.send("GET", f"/v3/pay/transactions/out-trade-no/{number}?mchid={self.wechat['mchid']}")

    def close(self, number: str) -> requests.Response:
        return self.send("POST", f"/v3/pay/transactions/out-trade-no/{number}/close", {"mchid": self.wechat["mchid"]})

    def verify(self, headers: Any, body: str) -> None:
        """Raises InvalidSignature when the channel did not sign this."""
        key: Any = load_pem_public_key(self.wechat["public_keys"][headers["Wechatpay-Serial"]].encode())
        text = f"{headers['Wechatpay-Timestamp']}\n{headers['Wechatpay-Nonce']}\n{body}\n"
        key.verify(base64.b64decode(headers["Wechatpay-Signature"]), text.encode(), PKCS1v15(), SHA256())

    def open(self, resource: dict[str, str]) -> dict[str, Any]:
        sealed = base64.b64decode(resource["ciphertext"])
        plain = AESGCM(self.wechat["apiv3_key"].encode()).decrypt(resource["nonce"].encode(), sealed, resource["associated_data"].encode())
        found: dict[str, Any] = json.loads(plain)
        return found


@dataclass
class Listener:
    """What reached the platform, oldest first; `status` is what it answers."""

    address: str = ""
    status: int = 200
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    def wait(self, count: int, seconds: float = 5) -> list[tuple[str, dict[str, str], bytes]]:
        until = time.monotonic() + seconds
        while len(self.got) < count and time.monotonic() < until:
            time.sleep(0.02)
        assert len(self.got) >= count, f"{len(self.got)} of {count} arrived"
        return list(self.got)


@pytest.fixture
def his(sandbox: Any) -> HisCaller:
    return HisCaller(**sandbox.credentials["his"])


@pytest.fixture
def merchant(sandbox: Any) -> PayCaller:
    return PayCaller(sandbox.credentials["wechat"])


@pytest.fixture
def visit(sandbox: Any) -> str:
    """The appointment, today, of the patient who has a bill after the doctor."""
    return str(sandbox.cast["wang"]["appointment"])


@pytest.fixture
def openid(sandbox: Any) -> str:
    return str(sandbox.cast["wang"]["openid"])


@pytest.fixture
def bill(sandbox: Any, visit: str) -> dict[str, Any]:
    """An open bill of 124.85 yuan."""
    sandbox.his_act("check_in", appointment=visit)
    found: dict[str, Any] = sandbox.his_act("finish", appointment=visit)
    return found


@pytest.fixture
def number() -> Callable[[], str]:
    return lambda: f"T{secrets.token_hex(10)}"


@pytest.fixture
def platform(sandbox: Any) -> Iterator[Listener]:
    """A platform that writes down what it is told; the public name leads to it."""
    listener = Listener()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            listener.got.append((self.path, dict(self.headers), body))
            self.send_response(listener.status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    listener.address = f"http://127.0.0.1:{server.server_port}"
    sandbox.lead_to(listener.address)
    sandbox.deliver("his")
    listener.got.clear()
    yield listener
    sandbox.lead_to("http://127.0.0.1:9")
    server.shutdown()
    server.server_close()
