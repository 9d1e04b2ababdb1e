"""One patient of the cast with today's appointment, the hospital she goes to, and what care told about her."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from core import clock

sys.path.insert(0, str(Path(__file__).parent))

from care_news import here


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    """Limits are counted in the cache, which outlives a test."""
    cache.clear()


@dataclass
class Patient:
    """A person of the cast who has bound her card. `openid` pays."""

    row: Any
    key: str
    appointment: str
    openid: str
    his_patient: str


@dataclass
class Hospital:
    """The sandbox HIS as people act in it; `news` brings what it reported into the house, as the poller and the worker would."""

    sandbox: Any
    drain: Callable[[], int]

    def act(self, action: str, **words: Any) -> Any:
        return self.sandbox.his_act(action, **words)

    def news(self) -> None:
        from his import errands

        errands.poll()
        self.drain()

    def down(self, value: Any = True) -> None:
        self.sandbox.fault("his", "down", value)

    def ledger(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.sandbox.books("his")["rows"]
        return rows

    def calls(self, part: str) -> int:
        """How many calls of ours the HIS has answered or cut whose path holds `part`."""
        return sum(1 for call in self.sandbox.seen("his", limit=500) if part in str(call.get("path", "")))


@pytest.fixture
def hospital(transactional_db: None, sandbox: Any, drain: Callable[[], int]) -> Hospital:
    from care.appointments import errands

    errands.sync_directory()
    return Hospital(sandbox, drain)


@pytest.fixture
def bind(hospital: Hospital) -> Callable[..., Patient]:
    """Someone of the cast signs in and binds her card. Nothing is drained: her day is fetched when the worker comes."""
    from patients import errands

    def enter(key: str) -> Patient:
        person = hospital.sandbox.cast[key]
        session = errands.sign_in("wechat", hospital.sandbox.code(key))
        identity = {name: person[name] for name in ("name", "id_type", "id_no", "phone")}
        row = errands.bind_card(session.account, **identity)
        return Patient(row, key, person["appointment"] or "", person["openid"], person["patient"])

    return enter


@pytest.fixture
def wang(bind: Callable[..., Patient], hospital: Hospital, drain: Callable[[], int]) -> Patient:
    """She has bound her card, and care knows her appointment."""
    patient = bind("wang")
    drain()
    hospital.news()
    return patient


@pytest.fixture
def arrived(wang: Patient, hospital: Hospital) -> Patient:
    """She has checked in by phone and waits."""
    from care.checkin import errands

    errands.take_number(wang.appointment, key="arrived-1", means="gps", position=here(wang.appointment))
    hospital.news()
    return wang


@pytest.fixture
def billed(arrived: Patient, hospital: Hospital) -> Patient:
    """The doctor has finished with her and has issued a bill."""
    hospital.act("finish", appointment=arrived.appointment)
    hospital.news()
    return arrived


@dataclass
class Till:
    """Paying, as she does it on her phone."""

    sandbox: Any
    patient: Patient
    drain: Callable[[], int]

    def open(self, key: str = "V1:pay#1", *, minutes: int = 30) -> Any:
        from care.charges import errands, queries

        charge = queries.due(self.patient.appointment)[0]
        return errands.place_order(charge, key=key, expires_at=clock.now() + timedelta(minutes=minutes))

    def pay(self, order: Any) -> None:
        """She pays; the channel has told us, the worker has not come yet."""
        from payments import errands

        self.sandbox.pay(self.prepay(order))
        errands.look_up(order.number)

    def prepay(self, order: Any) -> str:
        from payments import errands

        ready = errands.prepay(order.number, channel="wechat", payer=self.patient.openid, client_ip="127.0.0.1")
        return str(ready.params["package"])


@pytest.fixture
def till(billed: Patient, hospital: Hospital, drain: Callable[[], int]) -> Till:
    return Till(hospital.sandbox, billed, drain)
