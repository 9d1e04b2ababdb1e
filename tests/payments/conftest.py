"""A patient at the cashier, the sandbox's WeChat on the other side, and a door through which its notices come in."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.db import connections

from core import clock
from payments import actions, errands, queries
from payments.models import Order

AMOUNT = 12_850
COUNT = itertools.count(1)


@pytest.fixture
def books(transactional_db: None) -> Iterator[None]:
    """Empty books before; afterwards every test's ledger must agree with itself."""
    yield
    assert queries.balanced()


@pytest.fixture
def opened(books: None) -> Callable[..., Order]:
    """Open an order as care does; the keys tell tests apart."""

    def make(amount: int = AMOUNT, *, key: str = "", subject: str = "", minutes: float = 30) -> Order:
        n = next(COUNT)
        return actions.open_order(
            key=key or f"R{n}:pay#1", purpose="outpatient", subject=subject or f"B{n}", patient="P1", campus="C1", amount=amount,
            description="内科 门诊费用", expires_at=clock.now() + timedelta(minutes=minutes),
        )  # fmt: skip

    return make


@pytest.fixture
def order(opened: Callable[..., Order]) -> Order:
    return opened()


@pytest.fixture
def wang(sandbox: Any) -> str:
    """The payer's openid."""
    return str(sandbox.cast["wang"]["openid"])


@pytest.fixture
def quiet(sandbox: Any) -> Any:
    """The sandbox without notices: what is known is known by asking."""
    sandbox.fault("wechat", "callback_lost")
    return sandbox


@pytest.fixture
def tapped(order: Order, wang: str) -> Order:
    """She has tapped 去缴费: the host's cashier is open."""
    prepay(order, wang)
    order.refresh_from_db()
    return order


def prepay(order: Order, payer: str) -> errands.Prepayment:
    return errands.prepay(order.number, channel="wechat", payer=payer, client_ip="127.0.0.1")


@pytest.fixture
def pay_with() -> Callable[[Order, str], errands.Prepayment]:
    return prepay


@pytest.fixture
def number() -> Callable[[Order], str]:
    """Our number at the channel, of the newest attempt."""
    return lambda order: str(order.attempts.order_by("pk").last().out_trade_no)


class Door:
    """What came in through the callback's address: the answers given, in order."""

    def __init__(self) -> None:
        self.answers: list[errands.Ack] = []
        self.heard: list[tuple[dict[str, str], bytes]] = []


@pytest.fixture
def door(sandbox: Any, books: None) -> Iterator[Door]:
    """A real HTTP door before `accept_callback`; the public name leads to it."""
    seen = Door()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if "/wechat/" not in self.path:  # the HIS pushes to the same public name
                self.send_error(404)
                return
            try:
                ack = errands.accept_callback("wechat", dict(self.headers), body)
            finally:
                connections.close_all()
            seen.heard.append((dict(self.headers), body))
            seen.answers.append(ack)
            self.send_response(ack.status)
            self.send_header("Content-Length", str(len(ack.body)))
            self.end_headers()
            self.wfile.write(ack.body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    sandbox.lead_to(f"http://127.0.0.1:{server.server_port}")
    yield seen
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def eventually() -> Callable[[Callable[[], Any]], Any]:
    """Wait up to ten seconds until something is so."""

    def wait(what: Callable[[], Any], seconds: float = 10) -> Any:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if found := what():
                return found
            time.sleep(0.05)
        raise AssertionError("it did not come to pass")

    return wait


@pytest.fixture
def news() -> Callable[[str], list[dict[str, Any]]]:
    """What was published under this name, in order."""
    from core.models import Published

    return lambda name: [row.payload for row in Published.objects.filter(name=name).order_by("pk")]
