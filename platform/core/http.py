"""The one way out of the house.

Nobody leaves with a transaction open. What goes wrong is told apart by one question: had anything been sent? Before that it is
PartnerUnavailable, afterwards PartnerUnclear; whether an answer is a refusal is the connector's to say. Bodies are never logged.
"""

from __future__ import annotations

import logging
import os
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from django.conf import settings
from django.db import connections
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, LocationParseError, NewConnectionError
from urllib3.poolmanager import PoolManager

from core.errors import LeftWithTransactionOpen, PartnerError, PartnerUnavailable, PartnerUnclear

log = logging.getLogger("core.http")
logging.getLogger("urllib3.connectionpool").setLevel(logging.WARNING)  # its debug lines hold queries, and those hold secrets

CONNECT, READ = 3.0, 10.0
LARGEST = 32 * 1024 * 1024
A_PIECE = 64 * 1024


@dataclass(frozen=True)
class Answer:
    """`headers` are looked up without regard to case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Local(threading.local):
    """One set of kept-open connections for each thread; `sent` says whether the present call has left."""

    def __init__(self) -> None:
        self.sent = False
        self.pool = PoolManager(num_pools=16, maxsize=2)
        self.pool.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}


class PlainConnection(HTTPConnection):
    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        here.sent = True
        super().send(data)


class SecureConnection(HTTPSConnection):
    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        here.sent = True
        super().send(data)


class PlainPool(urllib3.HTTPConnectionPool):
    ConnectionCls = PlainConnection


class SecurePool(urllib3.HTTPSConnectionPool):
    ConnectionCls = SecureConnection


here = Local()


def fresh() -> None:
    """A forked process must not write into its parent's connections."""
    global here
    here = Local()


os.register_at_fork(after_in_child=fresh)


def call(
    partner: str,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    timeout: float | tuple[float, float] | None = None,
) -> Answer:
    """Send and wait for the answer, whatever its status. `timeout` is for reading, or (connect, read); else settings.PARTNER_TIMEOUTS.

    Redirects are not followed, proxies of the environment not asked. Raises LeftWithTransactionOpen, PartnerUnavailable, PartnerUnclear.
    """
    refuse_open_transaction(partner)
    connect, read = times(partner, timeout)
    began, here.sent = time.monotonic(), False
    try:
        answer = fetch(method, url, headers=dict(headers or {}), body=body, limits=(connect, read))
    except (HTTPError, OSError) as problem:
        reason = type(problem).__name__
        log.warning("%s %s %s: %s after %.2f s", partner, method, urlsplit(url).hostname, reason, time.monotonic() - began)
        kind = PartnerUnclear if here.sent else PartnerUnavailable
        raise kind(partner, reason=reason) from None  # the original message holds the address with its query
    log.info("%s %s %s: %s in %.2f s", partner, method, urlsplit(url).hostname, answer.status, time.monotonic() - began)
    return answer


def fetch(method: str, url: str, *, headers: dict[str, str], body: bytes, limits: tuple[float, float]) -> Answer:
    connect, read = limits
    until = time.monotonic() + connect + read
    answer = here.pool.request(
        method, url, headers=headers, body=body or None, redirect=False, retries=False, preload_content=False,
        timeout=urllib3.Timeout(connect=connect, read=read),
    )  # fmt: skip
    try:
        whole = b"".join(pieces(answer, until))
    except BaseException:
        answer.close()
        raise
    answer.release_conn()
    return Answer(answer.status, answer.headers, whole)


def pieces(answer: urllib3.BaseHTTPResponse, until: float) -> Iterator[bytes]:
    """The body, as long as it stays below LARGEST and the partner does not drip."""
    size = 0
    while piece := answer.read1(A_PIECE, decode_content=True):
        size += len(piece)
        if size > LARGEST:
            raise TooLarge
        if time.monotonic() > until:
            raise TooSlow
        yield piece


class TooLarge(HTTPError):
    pass


class TooSlow(HTTPError):
    pass


def times(partner: str, timeout: float | tuple[float, float] | None = None) -> tuple[float, float]:
    """(connect, read) in seconds for this partner."""
    if isinstance(timeout, tuple):
        return timeout
    connect, read = settings.PARTNER_TIMEOUTS.get(partner, (CONNECT, READ))
    return connect, timeout or read


def refuse_open_transaction(partner: str) -> None:
    if any(one.in_atomic_block for one in connections.all(initialized_only=True)):
        raise LeftWithTransactionOpen(partner=partner)


# SDKs that open their own connections


@contextmanager
def leaving(partner: str) -> Iterator[None]:
    """The same guard around an SDK (wechatpayv3, wechatpy): errors of the connection become ours, the SDK's own refusals pass."""
    refuse_open_transaction(partner)
    try:
        yield
    except PartnerError:
        raise
    except Exception as problem:
        found = list(causes(problem))
        cause = next((one for one in found if isinstance(one, BROKEN)), None)
        if cause is None or answered_no(cause):
            raise
        never_sent = any(isinstance(one, NEVER_SENT) for one in found)
        kind = PartnerUnavailable if never_sent else PartnerUnclear
        log.warning("%s: %s", partner, type(cause).__name__)
        raise kind(partner, reason=type(cause).__name__) from None


BROKEN = (requests.RequestException, HTTPError, TimeoutError, ConnectionError)
NEVER_SENT = (
    NewConnectionError,
    ConnectTimeoutError,
    LocationParseError,
    ConnectionRefusedError,
    ssl.SSLCertVerificationError,
    requests.ConnectTimeout,
)


def answered_no(cause: BaseException) -> bool:
    """A 4xx that an SDK turned into an exception is an answer: the SDK's words for it pass."""
    answer = cause.response if isinstance(cause, requests.HTTPError) else None
    return answer is not None and answer.status_code < 500


def causes(problem: BaseException, seen: frozenset[int] = frozenset()) -> Iterator[BaseException]:
    """`problem`, and whatever it was raised from or wraps."""
    if id(problem) in seen:
        return
    yield problem
    seen |= {id(problem)}
    context = None if problem.__suppress_context__ else problem.__context__
    for inner in (problem.__cause__, context, getattr(problem, "reason", None), *problem.args):
        if isinstance(inner, BaseException):
            yield from causes(inner, seen)
