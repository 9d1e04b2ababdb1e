"""The sandbox HIS tells the platform: signed, at once, again after a failure, and wrong in every way a switch can make it."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any

import pytest


def is_signed(his: Any, path: str, headers: dict[str, str], body: bytes) -> bool:
    text = f"POST\n{path}\n{headers['X-Time']}\n{headers['X-Nonce']}\n".encode() + body
    signature = hmac.new(his.key.encode(), text, hashlib.sha256).hexdigest()
    return headers["X-Key-Id"] == his.key_id and headers["X-Signature"] == signature and abs(time.time() - int(headers["X-Time"])) < 300


def told(platform: Any) -> list[dict[str, Any]]:
    return [event for _, _, body in platform.got for event in json.loads(body)["events"]]


def test_what_happens_is_pushed_signed_and_in_order(his: Any, sandbox: Any, platform: Any, visit: str) -> None:
    last = sandbox.last_event
    his.change(f"/appointments/{visit}/check-in", means="gps")
    path, headers, body = platform.wait(1)[0]
    assert path == "/callbacks/his/events"
    assert is_signed(his, path, headers, body)
    sandbox.deliver("his")
    assert told(platform) == his.get(f"/events?after={last}").json()["events"]
    assert sandbox.cast["wang"]["name"] not in body.decode()


def test_an_unheard_event_is_repeated_unchanged_under_a_new_signature(his: Any, sandbox: Any, platform: Any, visit: str) -> None:
    platform.status = 500
    his.change(f"/appointments/{visit}/check-in", means="gps")
    platform.wait(1)
    waiting = sandbox.get("his", "log", limit=3)["calls"][0]
    assert waiting["status"] == 500
    first = told(platform)[0]
    platform.got.clear()
    platform.status = 200
    assert sandbox.deliver("his") >= 1
    assert first in told(platform)
    assert sandbox.waiting("his") == []


def test_the_plan_of_repeats_and_its_end(sandbox: Any, platform: Any, visit: str) -> None:
    platform.status = 204
    sandbox.his_act("miss", appointment=visit)
    for tries in range(1, 6):
        rows = sandbox.waiting("his")
        assert rows[-1]["tries"] >= tries
    assert {row["state"] for row in sandbox.waiting("his")} == {"left"}
    assert sandbox.events()[-1]["type"] == "visit.missed"


@pytest.mark.parametrize("name", ["push_forged", "push_stale"])
def test_a_spoiled_push_does_not_verify(his: Any, sandbox: Any, platform: Any, visit: str, name: str) -> None:
    sandbox.fault("his", name)
    sandbox.his_act("miss", appointment=visit)
    assert not is_signed(his, *platform.wait(1)[0])


def test_a_duplicate_push_differs_only_in_its_signature(his: Any, sandbox: Any, platform: Any, visit: str) -> None:
    sandbox.fault("his", "push_duplicate")
    sandbox.his_act("miss", appointment=visit)
    (_, one, first), (_, two, second) = platform.wait(2)[:2]
    assert first == second
    assert one["X-Nonce"] != two["X-Nonce"]


def test_a_lost_push_stays_in_the_feed(sandbox: Any, platform: Any, visit: str) -> None:
    sandbox.fault("his", "push_lost")
    sandbox.his_act("miss", appointment=visit)
    sandbox.deliver("his")
    assert platform.got == []
    assert sandbox.events()[-1]["type"] == "visit.missed"


def test_names_lead_to_this_machine_only(sandbox: Any) -> None:
    for address in ("http://198.51.100.7:80", "https://127.0.0.1", "file:///etc/passwd"):
        with pytest.raises(AssertionError, match="malformed"):
            sandbox.post("his", "names", **{"https://hospital.example": address})
