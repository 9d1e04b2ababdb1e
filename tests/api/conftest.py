"""A signed-in patient of the sandbox's cast, over our public API alone."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from screens_read import targets

HOUSE = {"kind": "step", "key": "first", "title": "看第一页", "type": "guide@1", "settings": {"page": "medicine", "must_read": True}}


@dataclass
class Phone:
    """A patient's phone: the address, the token, and nothing else."""

    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))
    token: str = ""

    def ask(self, method: str, path: str, body: object = None, *, raw: bytes | None = None, **headers: str) -> Any:
        data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        sent = {"HTTP_AUTHORIZATION": f"Bearer {self.token}", **{f"HTTP_{name.upper()}": value for name, value in headers.items()}}
        return self.client.generic(method, f"/api/v1{path}", data, content_type="application/json", **sent)

    def get(self, path: str, **headers: str) -> Any:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: object, key: str = "") -> Any:
        return self.ask("POST", path, body, idempotency_key=key or uuid.uuid4().hex)

    @property
    def visit(self) -> str:
        """The number of the visit on the home page."""
        return next(one for one in targets(self.get("/home").json()) if one.startswith("/pages/visit")).partition("id=")[2]


@pytest.fixture
def hospital(transactional_db: None, sandbox: Any) -> Any:
    """The sandbox, our directory of it, and the outpatient flow bound everywhere."""
    from care.appointments import errands as care
    from flows import actions, patterns
    from flows.models import FlowDefinition

    cache.clear()
    care.sync_directory()
    definition = FlowDefinition.objects.create(code="outpatient", title="门诊就诊", tree=patterns.outpatient())
    actions.bind(actions.publish(definition, by="chen", approved_by="lin"), by="lin")
    return sandbox


@pytest.fixture
def phone(hospital: Any) -> Callable[[str], Phone]:
    """A phone signed in as this person, her card bound."""

    def enter(person: str = "wang") -> Phone:
        one, who = Phone(), hospital.cast[person]
        one.token = one.post("/sign-in", {"platform": "wechat", "code": hospital.code(person)}).json()["token"]
        card = {name: who[name] for name in ("name", "id_no", "phone")}
        bound = one.post("/cards", {**card, "id_type": who.get("id_type", "resident"), "consent": True})
        assert bound.status_code == 200, bound.content.decode()
        return one

    return enter
