"""One exchange with the REST dialect: sign, send, and say which of the three things went wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import orjson
from pydantic import TypeAdapter, ValidationError

from core import clock, http
from core.errors import PartnerRefused, PartnerUnavailable, PartnerUnclear
from his.errors import AnswerUnusable, OutcomeUnusable
from his.signature import sign

PARTNER: Final = "his"
T = TypeVar("T")
Reader = Callable[[bytes], T]
"""Makes our type of a raw answer; raises ValueError for what is not in the contract."""


class Adapters(dict[type, TypeAdapter[Any]]):
    """Made once for each kind: making one costs a thousand times what using it does."""

    def __missing__(self, kind: type) -> TypeAdapter[Any]:
        return self.setdefault(kind, TypeAdapter(kind))


ADAPTERS = Adapters()


def about(kind: type[T], **expected: str) -> Reader[T]:
    """A reader of one `kind` that also wants these fields: an answer about another bill is no answer."""

    def read(body: bytes) -> T:
        found: T = ADAPTERS[kind].validate_json(body, strict=True)
        for name, value in expected.items():
            if getattr(found, name) != value:
                raise ValueError(name)
        return found

    return read


def address(*parts: str, **query: str) -> str:
    """A path whose parts and values cannot break out of their place. Empty values are left out."""
    path = "".join(f"/{quote(part, safe='')}" for part in parts)
    asked = urlencode({name: value for name, value in query.items() if value})
    return f"{path}?{asked}" if asked else path


class Wire:
    def __init__(self, *, url: str, key_id: str, key: str) -> None:
        self.url, self.key_id, self.key = url.rstrip("/"), key_id, key

    def read(self, path: str, reader: Reader[T]) -> T:
        """Raises PartnerUnavailable or PartnerRefused."""
        return self._harmless("GET", path, b"", reader)

    def ask(self, path: str, content: Mapping[str, Any], reader: Reader[T]) -> T:
        """A POST that changes nothing: it fails like a read."""
        return self._harmless("POST", path, orjson.dumps(content), reader)

    def change(self, path: str, content: Mapping[str, Any], reader: Reader[T]) -> T:
        """Raises PartnerUnavailable (it never left), PartnerRefused, or PartnerUnclear."""
        answer = self._send("POST", path, orjson.dumps(content))
        if not answered(answer):
            raise PartnerUnclear(partner=PARTNER)
        try:
            return reader(answer.body)
        except ValueError as problem:
            raise OutcomeUnusable(partner=PARTNER, fields=places(problem)) from None

    def _harmless(self, method: str, path: str, body: bytes, reader: Reader[T]) -> T:
        try:
            answer = self._send(method, path, body)
        except PartnerUnclear:
            raise PartnerUnavailable(partner=PARTNER) from None
        if not answered(answer):
            raise PartnerUnavailable(partner=PARTNER)
        try:
            return reader(answer.body)
        except ValueError as problem:
            raise AnswerUnusable(partner=PARTNER, fields=places(problem)) from None

    def _send(self, method: str, path: str, body: bytes) -> http.Answer:
        url = self.url + path
        parts = urlsplit(url)
        raw = f"{parts.path}?{parts.query}" if parts.query else parts.path
        headers = sign(method, raw, body, key_id=self.key_id, key=self.key, at=int(clock.now().timestamp()))
        return http.call(PARTNER, method, url, headers={**headers, "Content-Type": "application/json"}, body=body)


def answered(answer: http.Answer) -> bool:
    """True for a yes; a no of the contract raises PartnerRefused; False when what happened is not known."""
    if 200 <= answer.status < 300:
        return True
    if 400 <= answer.status < 500 and (no := refusal(answer.body)):
        raise no
    return False


def refusal(body: bytes) -> PartnerRefused | None:
    """The no in an error answer; None when it does not have the contract's shape (a proxy answered, not the HIS)."""
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    code = content.get("code") if isinstance(content, dict) else None
    if not isinstance(code, str) or not code:
        return None
    return PartnerRefused(partner=PARTNER, reason=code[:60], message=str(content.get("message", ""))[:200])


def places(problem: ValueError) -> str:
    """Which fields were wrong, without their values: they may be a patient's."""
    if not isinstance(problem, ValidationError):
        return "$"
    errors = problem.errors(include_input=False, include_url=False)
    return ",".join(".".join(map(str, error["loc"])) or "$" for error in errors[:5])[:200]
