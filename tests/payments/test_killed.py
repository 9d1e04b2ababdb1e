"""A process dies, or two act at once: what was claimed is found again, and nothing is done twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections

from core import clock
from payments import actions, errands, queries
from payments.errors import SubjectHasOrder
from payments.models import Attempt, Order, Refund, Transaction

ROOT = Path(__file__).resolve().parent.parent.parent
STEP = "import django; django.setup(); from payments import errands; errands.{call}"


@pytest.fixture
def killed(sandbox: Any, eventually: Any) -> Callable[..., None]:
    """Run one errand in a process of its own and kill it while the channel thinks; the channel carries the call out all the same."""

    def run(call: str, *, until: Callable[[], Any], done: Callable[[], Any]) -> None:
        sandbox.fault("wechat", "slow", 3)
        name = connection.settings_dict["NAME"]
        address = os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{name}"
        process = subprocess.Popen([sys.executable, "-c", STEP.format(call=call)], cwd=ROOT, env={**os.environ, "DATABASE_URL": address})
        try:
            eventually(until, 60)
            time.sleep(1)  # claimed: now it is on its way
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        sandbox.fault("wechat", "slow", False)
        eventually(done)

    return run


def together(*deeds: Callable[[], Any]) -> list[Any]:
    """Do them at the same moment, each in a thread with its own connection; what each returned or raised."""
    gate, results = threading.Barrier(len(deeds)), [None] * len(deeds)

    def run(place: int, deed: Callable[[], Any]) -> None:
        gate.wait()
        try:
            results[place] = deed()
        except Exception as problem:  # noqa: BLE001 -- the test looks at it
            results[place] = problem
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_killed_between_claim_and_record_of_a_prepayment(
    order: Order, wang: str, quiet: Any, killed: Any, pay_with: Any, number: Any
) -> None:
    killed(
        f"prepay({order.number!r}, channel='wechat', payer={wang!r}, client_ip='127.0.0.1')",
        until=lambda: Attempt.objects.filter(order=order, state="claimed").exists(),
        done=lambda: quiet.books("wechat")["orders"],
    )
    claimed = Attempt.objects.get(order=order)
    assert (claimed.state, claimed.prepay_id) == ("claimed", "")
    ready = pay_with(order, wang)
    assert (number(order), len(quiet.books("wechat")["orders"])) == (claimed.out_trade_no, 1)
    quiet.pay(ready.params["package"])
    errands.look_up(order.number)
    assert queries.order(order.number).state == "paid"


def test_killed_in_a_refund(tapped: Order, quiet: Any, killed: Any, number: Any, eventually: Any) -> None:
    quiet.pay(number(tapped))
    errands.look_up(tapped.number)
    actions.mark_booked(tapped.number, receipt="S1")
    killed(
        f"refund({tapped.number!r}, key='k', amount=12850, reason='没有取药')",
        until=lambda: Refund.objects.filter(state="claimed").exists(),
        done=lambda: quiet.books("wechat")["refunds"],
    )

    def returned() -> bool:
        Refund.objects.exclude(ask_at=None).update(ask_at=clock.now())
        errands.sweep()
        return queries.order(tapped.number).state == "refunded"

    eventually(returned)
    assert (len(quiet.books("wechat")["refunds"]), quiet.books("wechat")["sum_fen"]) == (1, 0)


def test_killed_while_closing(tapped: Order, quiet: Any, killed: Any) -> None:
    killed(
        f"close({tapped.number!r})",
        until=lambda: queries.order(tapped.number).state == "closing",
        done=lambda: quiet.books("wechat")["orders"][0]["state"] == "CLOSED",
    )
    assert queries.order(tapped.number).state == "closing"
    Order.objects.update(ask_at=clock.now())
    errands.sweep()
    assert queries.order(tapped.number).state == "closed"


def test_two_taps_at_once(order: Order, wang: str, quiet: Any, pay_with: Any) -> None:
    results = together(*[lambda: pay_with(order, wang)] * 4)
    assert len({ready.params["package"] for ready in results}) == 1
    assert (Attempt.objects.count(), len(quiet.books("wechat")["orders"])) == (1, 1)


def test_two_orders_for_one_bill_at_once(books: None) -> None:
    def make(key: str) -> Order:
        return actions.open_order(
            key=key, purpose="outpatient", subject="B", patient="P", campus="C", amount=1, description="费用",
            expires_at=clock.now() + timedelta(minutes=5),
        )  # fmt: skip

    results = together(*[lambda key=key: make(key) for key in "abcd"])
    assert [type(one) for one in results if not isinstance(one, Order)] == [SubjectHasOrder] * 3
    assert Order.objects.count() == 1


def test_the_same_key_at_once(opened: Any) -> None:
    results = together(*[lambda: opened(key="K:pay#1", subject="B-1")] * 4)
    assert [one.pk for one in results] == [Order.objects.get().pk] * 4


def test_told_and_asked_at_once(tapped: Order, quiet: Any, number: Any, news: Any) -> None:
    quiet.pay(number(tapped))
    together(*[lambda: errands.look_up(tapped.number)] * 4, lambda: errands.close(tapped.number))
    assert (queries.order(tapped.number).state, Transaction.objects.count(), len(news("OrderPaid"))) == ("paid", 1, 1)


def test_the_same_refund_at_once(tapped: Order, quiet: Any, number: Any) -> None:
    quiet.pay(number(tapped))
    errands.look_up(tapped.number)
    results = together(*[lambda: errands.refund(tapped.number, key="k", amount=12_850, reason="没有取药")] * 4)
    assert {one.number for one in results} == {Refund.objects.get().number}
    assert len(quiet.books("wechat")["refunds"]) == 1
